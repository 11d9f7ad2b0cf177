"""Choices about training: whether a run trains, and when its models may make lists."""

from enum import StrEnum


class Training(StrEnum):
    """``--train``: AUTO asks ``recsys training-due``."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Challenge(StrEnum):
    """``--challenge``: when newly trained models may make the lists of other runs."""

    AT_ONCE = "at-once"
    AFTER_APPROVAL = "after-approval"
