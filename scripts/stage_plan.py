"""The stages of `make demo`, in their order: the tasks of the chain of DAGs, and the steps before and after them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from recsys_core.contracts.artifacts import ENCODERS


@dataclass(frozen=True)
class Stage:
    """One line of the progress."""

    key: str
    """``<dag>.<task>``, or the name of a step of the command itself."""
    title: str
    after: tuple[str, ...] = ()
    """Keys of the stages that must have ended before it begins."""
    outputs: tuple[str, ...] = ()
    """Files below the workspace that it writes when it computes (glob patterns); empty: it computes every time."""
    computes_first: bool = True
    """False: in an empty workspace, an earlier stage makes what this one makes, so only a later run measures it."""


def unplanned(key: str) -> Stage:
    """A stage that the plan does not know: it has a line, and runs beside the others."""
    return Stage(key, key.rpartition(".")[2].replace("_", " "))


INGEST: Final = "ingest_purchases.ingest"
FIRST_SNAPSHOT: Final = "first_release.features"
FIRST_RELEASE: Final = "first_release.first_release"
TRAIN_IMAGES: Final = "embed_images.train_images"
EMBED_IMAGES: Final = "embed_images.embed_images"
SNAPSHOT: Final = "build_features.snapshot"
TRAINING_DUE: Final = "build_features.training_due"
FEATURES: Final = "train_models.features"
RETRIEVERS: Final = "train_models.train_retrievers"
RANKER: Final = "train_models.train_ranker"
VALIDATE: Final = "train_models.validate"
REFRESH: Final = "recommend.refresh_retrievers"
SCORE: Final = "recommend.score"
CATALOGUE: Final = "recommend.catalogue"
FILTER: Final = "recommend.filter"
INDEX: Final = "publish_release.index"
PUBLISH: Final = "publish_release.publish"


def artifacts_of(*kinds: str) -> tuple[str, ...]:
    """The records of artifacts of these kinds; see ``recsys_core/store/artifacts.py``."""
    return tuple(f"{kind}/*/artifact.json" for kind in kinds)


DEMO_SHOP: Final = Stage("demo_shop", "files of a demo shop")
SERVICES: Final = Stage("services", "Milvus, MLflow, Airflow", (DEMO_SHOP.key,))
"""Rest of their start, which began while the demo shop was drawn."""
SERVICES_ALONE: Final = Stage("services_alone", SERVICES.title)
"""Their start from nothing, where the shop's files exist."""
SHOP: Final = Stage("shop", "opening the shop", (PUBLISH,))
REOPENING: Final = Stage("reopening", "the shop and its services")
CHAIN_STAGES: Final = (
    Stage(INGEST, "ingest", (SERVICES.key, SERVICES_ALONE.key), artifacts_of("tables", "batches")),
    Stage(FIRST_SNAPSHOT, "features (first release)", (INGEST,), artifacts_of("features/*")),
    Stage(FIRST_RELEASE, "first release", (FIRST_SNAPSHOT,), ("releases/*/manifest.json",)),
    Stage(TRAIN_IMAGES, "image encoder", (INGEST,), artifacts_of(ENCODERS)),
    Stage(EMBED_IMAGES, "image vectors", (TRAIN_IMAGES,), artifacts_of("image_embeddings")),
    Stage(SNAPSHOT, "features of the day", (EMBED_IMAGES,), artifacts_of("features/*"), computes_first=False),
    Stage(TRAINING_DUE, "are models due?", (SNAPSHOT,)),
    Stage(FEATURES, "features of past days", (TRAINING_DUE,), artifacts_of("features/*"), computes_first=False),
    Stage(RETRIEVERS, "retrievers", (FEATURES,), artifacts_of("retrievers/*")),
    Stage(RANKER, "rankers", (RETRIEVERS,), artifacts_of("examples", "rankers/*")),
    Stage(VALIDATE, "validation", (RANKER,), artifacts_of("validations")),
    Stage(REFRESH, "retrievers of the day", (VALIDATE,), artifacts_of("retrievers/*"), computes_first=False),
    Stage(SCORE, "scores of all customers", (REFRESH,), artifacts_of("scored")),
    Stage(CATALOGUE, "catalogue", (REFRESH,), artifacts_of("catalogue")),
    Stage(FILTER, "business rules", (SCORE, CATALOGUE), artifacts_of("lists")),
    Stage(INDEX, "index of vectors", (FILTER,), artifacts_of("index")),
    Stage(PUBLISH, "release", (INDEX,), ("releases/*/manifest.json",)),
)
PLAN: Final = (DEMO_SHOP, SERVICES, *CHAIN_STAGES, SHOP)
"""From nothing to an open shop. A step that is not needed is left out when a later one begins."""
PLAN_WITH_FILES: Final = (SERVICES_ALONE, *CHAIN_STAGES, SHOP)
"""From a shop's files to an open shop."""


def stages_before(key: str, plan: Iterable[Stage]) -> set[str]:
    """Keys of all stages that lead to ``key``, itself excluded."""
    after: Mapping[str, tuple[str, ...]] = {stage.key: stage.after for stage in plan}
    found: set[str] = set()
    waiting = list(after.get(key, ()))
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(after.get(one, ()))
    return found
