"""Configuration of ingest and of the past cut-offs."""

from pathlib import Path

from pydantic import Field

from recsys_core.section import Section


class DataConfig(Section):
    """Ingest."""

    max_bad_share: float = Field(0.001, ge=0, le=1)
    """More quarantined rows than this share of a file stop the run."""
    mapping: Path | None = None
    """A column-mapping file that brings in another shop's names, or the name of one that ships."""


class CutoffsConfig(Section):
    """Past cut-offs that the ranker learns from, and how often it learns anew."""

    label_days: int = Field(7, ge=1)
    """Length of a label window, days from the cut-off on."""
    train_cutoffs: int = Field(5, ge=1)
    """Number of past cut-offs; fewer are used if the data does not reach back far enough. Several keep a ranker from
    learning by heart which articles sold in one label window."""
    max_age_days: int = Field(400, ge=1)
    """Largest age of a label window's first day. An older window is used only if there is no younger one."""
    retrain_after_days: int = Field(7, ge=1)
    """Age of the models, in days of data, from which they are trained anew. Until then the lists of each day are made
    with the models that there are; what is counted is always of the day."""
    retrain_after_deletion_days: int = Field(0, ge=0)
    """Days from the deletion of a customer's data until models that learned from the customer are trained anew. Until
    then their weights and vocabularies hold the customer's id; lists and tables do not. With 0, the next run trains."""
