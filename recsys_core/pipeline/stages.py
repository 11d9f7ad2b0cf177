"""The registry: the commands from raw files to a live release in their order.

The stage of a command is ``STAGE`` in the file of its name: ``train-ranker`` in ``pipeline/train_ranker.py``. It is
imported when it runs, so that ``recsys --help`` answers at once.
"""

import importlib
import logging
from collections.abc import Mapping
from typing import Final

from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.stage import Stage, StageGroup, Summary

log = logging.getLogger(__name__)
INGEST: Final = "ingest"
PATH: Final[Mapping[str, str]] = {
    INGEST: "Check the raw files and join them into tables (Spark).",
    "train-images": "Train an image encoder on the catalogue's own images (torch); a killed training continues.",
    "embed-images": "Turn the catalogue's new or changed images into vectors (torch).",
    "snapshot": "Build the feature snapshot as of the cut-off (Spark).",
    "drift": "Compare the day's data with those that the serving models were trained on (evidently).",
    "features": "Build the feature snapshots as of the cut-off and of the training cut-offs (Spark).",
    "train-retrievers": "Fit every retriever as of each cut-off: the two-tower model (TensorFlow), and those that "
    "count and compare.",
    "train-ranker": "Train the ranker on candidates of past cut-offs (TensorFlow, LightGBM, or both and their blend).",
    "validate": "Measure the trained models on the last complete label window, beside the champion and simple lists.",
    "refresh-retrievers": "Bring every retriever up to the cut-off without training: counts and vectors.",
    "score": "Retrieve and rank the candidates of every customer, shard by shard (Spark).",
    "filter": "Finish the lists: apply the business rules, keep the drop ledger, refill.",
    "catalogue": "Build the shop's catalogue: columns, facets, similar articles, text search.",
    "index": "Build the Milvus collections of this release and check them.",
    "publish": "Assemble and verify the release, ask the gate of mlflow/promotion.yaml, and go live.",
}
"""Names of the commands, each with its help."""
AFTER_INGEST: Final = tuple(name for name in PATH if name != INGEST)
IMAGES: Final = ("train-images", "embed-images")
TRAINING: Final = ("features", "train-retrievers", "train-ranker", "validate")
"""Commands that train; only run if models are due (``pipeline/training_due.py``)."""
SERVING: Final = ("refresh-retrievers", "score", "filter", "catalogue", "index", "publish")
"""Commands that make the lists of a day, with models that may be older (``pipeline/models.py``)."""


def stage_called(name: str) -> Stage | StageGroup:
    """The stage of a command after ingest."""
    found: Stage | StageGroup = importlib.import_module(f"recsys_core.pipeline.{name.replace('-', '_')}").STAGE
    return found


def run_stage(name: str, plan: BuildPlan) -> Summary:
    """Run one stage after ingest; what exists already is found, not made again. Returns its summary."""
    models = f" with the models as of {plan.models.cutoff}" if plan.models else ""
    log.info("stage %s as of %s%s", name, plan.cutoff, models)
    return stage_called(name)(plan)
