"""The stages of `make demo`, in their order: the tasks of ``daily_release``, and the steps before and after them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from recsys_core.contracts.artifacts import ENCODERS


@dataclass(frozen=True)
class Stage:
    """One line of the progress."""

    key: str
    """``<dag>.<group>.<task>``, or the name of a step of the command itself."""
    title: str
    after: tuple[str, ...] = ()
    """Keys of the stages that must have ended before it begins."""
    outputs: tuple[str, ...] = ()
    """Files below the workspace that it writes when it computes (glob patterns); empty: it computes every time."""
    like: str = ""
    """Key of the stage whose times are also of this one, which does the same; empty: it has times of its own."""
    computes_first: bool = True
    """False: in an empty workspace, an earlier stage makes what this one makes, so only a later run measures it."""

    @property
    def time_key(self) -> str:
        """Key by which its times are remembered."""
        return self.like or self.key


DAG: Final = "daily_release"
OF_THE_DAY, OF_NEW_MODELS = f"{DAG}.release", f"{DAG}.release_of_new_models"
INGEST: Final = f"{DAG}.ingest"
MOMENTARY: Final = (f"{DAG}.turn", f"{DAG}.open_day", f"{DAG}.release_of_new_models.approval")
"""Tasks that take a moment or wait for a person, and have no line unless they fail."""
FIRST_SNAPSHOT: Final = f"{DAG}.first_release.features"
FIRST_RELEASE: Final = f"{DAG}.first_release.first_release"
TRAIN_IMAGES: Final = f"{DAG}.images.train_images"
EMBED_IMAGES: Final = f"{DAG}.images.embed_images"
SNAPSHOT: Final = f"{DAG}.snapshot"
DRIFT: Final = f"{DAG}.training.drift"
TRAINING_DUE: Final = f"{DAG}.training.training_due"
FEATURES: Final = f"{DAG}.training.features"
RETRIEVERS: Final = f"{DAG}.training.train_retrievers"
RANKER: Final = f"{DAG}.training.train_ranker"
VALIDATE: Final = f"{DAG}.training.validate"


def artifacts_of(*kinds: str) -> tuple[str, ...]:
    """The records of artifacts of these kinds; see ``recsys_core/store/artifacts.py``."""
    return tuple(f"{kind}/*/artifact.json" for kind in kinds)


DEMO_SHOP: Final = Stage("demo_shop", "files of a demo shop")
SERVICES: Final = Stage("services", "Milvus, MLflow, Airflow", (DEMO_SHOP.key,))
"""Rest of their start, which began while the demo shop was drawn."""
SERVICES_ALONE: Final = Stage("services_alone", SERVICES.title)
"""Their start from nothing, where the shop's files exist."""
REOPENING: Final = Stage("reopening", "the shop and its services")


def release_stages(group: str, after: str) -> tuple[Stage, ...]:
    """Stages of a task group ``release``, after the stage ``after``; those of both groups have the same times."""

    def stage(task: str, title: str, after: tuple[str, ...], *outputs: str) -> Stage:
        fitted = task == "refresh_retrievers"  # by the training, in an empty workspace
        return Stage(f"{group}.{task}", title, after, outputs, f"{OF_NEW_MODELS}.{task}", computes_first=not fitted)

    def tasks(*names: str) -> tuple[str, ...]:
        return tuple(f"{group}.{name}" for name in names)

    return (
        stage("refresh_retrievers", "retrievers of the day", (after,), *artifacts_of("retrievers/*")),
        stage("score", "scores of all customers", tasks("refresh_retrievers"), *artifacts_of("scored")),
        stage("catalogue", "catalogue", tasks("refresh_retrievers"), *artifacts_of("catalogue")),
        stage("filter", "business rules", tasks("score", "catalogue"), *artifacts_of("lists")),
        stage("index", "index of vectors", tasks("filter"), *artifacts_of("index")),
        stage("publish", "release", tasks("index"), "releases/*/manifest.json"),
    )


BEFORE_LISTS: Final = (
    Stage(INGEST, "ingest", (SERVICES.key, SERVICES_ALONE.key), artifacts_of("tables", "batches")),
    Stage(FIRST_SNAPSHOT, "features (first release)", (INGEST,), artifacts_of("features/*")),
    Stage(FIRST_RELEASE, "first release", (FIRST_SNAPSHOT,), ("releases/*/manifest.json",)),
    Stage(TRAIN_IMAGES, "image encoder", (INGEST, FIRST_SNAPSHOT), artifacts_of(ENCODERS)),
    Stage(EMBED_IMAGES, "image vectors", (TRAIN_IMAGES,), artifacts_of("image_embeddings")),
    Stage(SNAPSHOT, "features of the day", (EMBED_IMAGES,), artifacts_of("features/*"), computes_first=False),
)
LISTS: Final = release_stages(OF_THE_DAY, SNAPSHOT)
TRAINING: Final = (
    Stage(DRIFT, "drift report", (SNAPSHOT, f"{OF_THE_DAY}.publish"), artifacts_of("drift"), computes_first=False),
    Stage(TRAINING_DUE, "are models due?", (DRIFT,)),
    Stage(FEATURES, "features of past days", (TRAINING_DUE,), artifacts_of("features/*"), computes_first=False),
    Stage(RETRIEVERS, "retrievers", (FEATURES,), artifacts_of("retrievers/*")),
    Stage(RANKER, "rankers", (RETRIEVERS,), artifacts_of("examples", "rankers/*")),
    Stage(VALIDATE, "validation", (RANKER,), artifacts_of("validations")),
)
LISTS_OF_NEW_MODELS: Final = release_stages(OF_NEW_MODELS, VALIDATE)
DAG_STAGES: Final = (*BEFORE_LISTS, *LISTS, *TRAINING, *LISTS_OF_NEW_MODELS)
SHOP: Final = Stage("shop", "opening the shop", (FIRST_RELEASE, f"{OF_THE_DAY}.publish", f"{OF_NEW_MODELS}.publish"))
PLAN: Final = (DEMO_SHOP, SERVICES, *BEFORE_LISTS, *TRAINING, *LISTS_OF_NEW_MODELS, SHOP)
"""From nothing to an open shop. A step that is not needed is left out when a later one begins."""
PLAN_WITH_FILES: Final = (SERVICES_ALONE, *BEFORE_LISTS, *TRAINING, *LISTS_OF_NEW_MODELS, SHOP)
"""From a shop's files to an open shop."""
PLAN_OF_A_DAY: Final = (SERVICES_ALONE, *BEFORE_LISTS, *LISTS, *TRAINING[:2], SHOP)
"""A further day of a shop that has a trained release; a training adds its stages as they begin."""
STAGES: Final = {stage.key: stage for stage in (DEMO_SHOP, SERVICES, SERVICES_ALONE, *DAG_STAGES, SHOP, REOPENING)}


def stage_called(key: str) -> Stage:
    """The stage of a key; one that nobody knows has a line too, and runs beside the others."""
    return STAGES.get(key) or Stage(key, key.rpartition(".")[2].replace("_", " "))


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
