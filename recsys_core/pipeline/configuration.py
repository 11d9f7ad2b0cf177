"""The key of a configuration, by which champions are identified."""

import hashlib
import json

from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.filter import lists_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.score import scored_spec
from recsys_core.pipeline.train_ranker import ranker_spec
from recsys_core.pipeline.train_retrievers import retriever_specs


def configuration_key(plan: BuildPlan) -> str:
    """Key of everything that lists depend on beside the data: settings, and the versions of the stages.

    No part are addresses, shard sizes, the length of the label windows, the age or drift from which models are trained
    anew, and the settings of rankers that are off.
    """
    config = plan.config.model_dump(mode="json", exclude={"data", "index"})
    for when in ("label_days", "retrain_after_days", "retrain_after_deletion_days"):
        config["cutoffs"].pop(when)
    for elsewhere in ("shard_customers", "second_ranker"):
        config["lists"].pop(elsewhere)
    for beside_lists in ("validation", "drift"):
        config.pop(beside_lists)
    for elsewhere in ("embed_batch", "download", "revision"):
        config["images"].pop(elsewhere)
    for ranker, unused in (("dnn", "lightgbm"), ("lightgbm", "dnn_ranker")):
        if plan.config.ranker == ranker:
            config.pop(unused)
    specs = [*retriever_specs(plan).values(), ranker_spec(plan), scored_spec(plan), lists_spec(plan)]
    versions = {spec.kind: spec.version for spec in specs} | {"features": snapshot_spec(plan).version}
    return hashlib.sha256(json.dumps([config, versions], sort_keys=True).encode()).hexdigest()[:16]
