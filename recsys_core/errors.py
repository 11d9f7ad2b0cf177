"""Failures of a stage on good input. Bad input is a ValueError; the command line tells the two apart."""


class StageError(RuntimeError):
    """A stage failed though its input is fine; another try may help."""


class TooLittleToLearnError(ValueError):
    """The shop has too few articles, purchases, or days of purchases to train on some and be measured on others."""


class CollapsedError(StageError):
    """A model learned nothing: its vectors are of no use for retrieval."""


class JobError(StageError):
    """A Spark job ended with an error; its own log says which."""
