"""``recsys clean``: removes artifacts that no kept release and no next run depends on.

Kept are the releases, what they and the current tables' next run are made of, models that wait for a person's approval,
and whatever is younger than some days. Artifacts that hold customers who had their data deleted do not wait for those
days. An artifact made from tables or batches that still hold them is removed a day after it was made, or at once if no
run is under way, as soon as neither a release nor the next run needs it.

With the record of an index, or the draft of a killed one, go its collections in Milvus, unless a release names them.
"""

import datetime as dt
import logging
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recsys_core.contracts.artifacts import DRIFT, EMBEDDINGS, ENCODERS, TRAININGS
from recsys_core.erasure import Erasures
from recsys_core.errors import TooLittleToLearnError
from recsys_core.pipeline.catalogue import catalogue_spec
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.filter import lists_spec
from recsys_core.pipeline.first_release import counting_plan
from recsys_core.pipeline.index import index_spec
from recsys_core.pipeline.models import candidate_keys, serving_plan, waiting_keys
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.score import scored_spec
from recsys_core.pipeline.train_ranker import BLENDED, examples_spec, ranker_spec
from recsys_core.pipeline.train_retrievers import TWO_TOWER, retriever_spec, retriever_specs
from recsys_core.promotion.going_live import drop_collections_of
from recsys_core.release.pointer import list_releases
from recsys_core.store.artifacts import MODELS, RECORD, Artifact, ArtifactSpec, open_artifact
from recsys_core.store.locks import locked

log = logging.getLogger(__name__)

INDEX: Final = "index"
"""Kind of the records of Milvus collections."""
KINDS: Final = (
    ENCODERS,
    EMBEDDINGS,
    "tables",
    "features",
    "retrievers",
    "examples",
    "rankers",
    "scored",
    "lists",
    "catalogue",
    INDEX,
    DRIFT,
    TRAININGS,
)
"""Kinds of artifacts that a run makes again by itself. Reports are not touched."""
BATCHES: Final = "batches"
"""Kind of the artifacts that hold the raw files' rows; dropped only if they hold an erased customer."""
KEPT_DAYS: Final = 14
UNDER_WAY: Final = dt.timedelta(days=1)
"""Largest age of a folder that may belong to a run under way. An older draft belongs to a killed run."""
DRAFT: Final = ".draft-"
DROPPED: Final = ".dropped-"
KEY: Final = re.compile("[0-9a-f]{16}")


Named = Mapping[str, Artifact]


@dataclass(frozen=True)
class Cleaned:
    """Artifacts as ``kind/key``, and the bytes that the disk gets back."""

    dropped: list[str]
    kept: int
    bytes: int


def clean(plan: BuildPlan, days: int = KEPT_DAYS, dry_run: bool = False, idle: bool = False) -> Cleaned:
    """Drop the artifacts that nothing needs; ``dry_run`` only says which those are.

    ``idle``: no run is under way, so artifacts that hold erased customers need not wait for one to end.
    """
    workspace, under_way = plan.workspace.root, dt.timedelta() if idle else UNDER_WAY
    with locked(workspace / ".clean.lock"):
        left_over = list(_left_over(workspace, under_way))
        artifacts = list(_artifacts(workspace))
        named = _by_name(artifacts)
        roots = [*_next_run(plan), *_next_lists(serving_plan(plan)), *_releases(plan)]
        needed = _made_from(named, roots) - _learned_from_erased(plan, artifacts, named, roots)
        needed |= _made_from(named, _fresh(plan, artifacts, named, days, under_way))
        doomed = [artifact for artifact in artifacts if artifact.key not in needed]
        if not dry_run and not _drop_collections(plan, [*left_over, *(each.path for each in doomed)], needed):
            doomed = [artifact for artifact in doomed if artifact.kind != INDEX]
            left_over = [folder for folder in left_over if folder.parent.name != INDEX]
        size = _freed(artifact.path for artifact in doomed)
        if not dry_run:
            for folder in left_over:
                shutil.rmtree(folder)
            for artifact in doomed:
                _drop(artifact)
    return Cleaned(sorted(f"{each.kind}/{each.key}" for each in doomed), len(artifacts) - len(doomed), size)


def _drop_collections(plan: BuildPlan, folders: Iterable[Path], needed: Set[str]) -> bool:
    """Drop the collections of the indexes among folders that go; False if Milvus fails: then these have to stay.

    Only they name the collections. The draft of a second process may be left beside an index that is ``needed``.
    """
    names = {folder.name.removeprefix(DRAFT) for folder in folders if folder.parent.name == INDEX}
    keys = {name for name in names if KEY.fullmatch(name)}  # what a killed clean had begun to drop has none any more
    return keys <= needed or drop_collections_of(plan.workspace, plan.config.index, keys - needed)


def _artifacts(workspace: Path) -> Iterator[Artifact]:
    """Complete artifacts: ``kind/key``, or ``kind/part/key`` for kinds with parts (features, retrievers, rankers)."""
    for kind in (*KINDS, BATCHES):
        for record in (*(workspace / kind).glob(f"[!.]*/{RECORD}"), *(workspace / kind).glob(f"[!.]*/[!.]*/{RECORD}")):
            path = record.parent
            if not path.is_symlink() and (artifact := open_artifact(str(path.parent.relative_to(workspace)), path)):
                yield artifact


def _left_over(workspace: Path, under_way: dt.timedelta) -> Iterator[Path]:
    """Folders that a killed clean had begun to drop, old drafts of killed runs, and old folders without a record.

    Folders without a record come from a version that named its records differently; nothing finds them any more.
    """
    killed_before = (dt.datetime.now(dt.UTC) - under_way).timestamp()
    for kind in (*KINDS, BATCHES):
        for folder in (workspace / kind, *(workspace / kind).glob("[!.]*")):
            yield from folder.glob(f"{DROPPED}*")
            unrecorded = (each for each in folder.glob("[!.]*") if KEY.fullmatch(each.name) and _is_unrecorded(each))
            for each in (*folder.glob(f"{DRAFT}*"), *unrecorded):
                if each.stat().st_mtime < killed_before:
                    yield each


def _is_unrecorded(folder: Path) -> bool:
    """Returns True if a folder has no record and the pointer of its kind does not name it."""
    is_pointed_at = (folder.parent / "current").resolve() == folder.resolve()
    return folder.is_dir() and not is_pointed_at and not (folder / RECORD).exists()


def _next_run(plan: BuildPlan) -> list[str]:
    """Keys of the artifacts that the next run on the current tables would reuse."""
    try:
        specs = _of_training(plan)
    except TooLittleToLearnError:  # then that run only counts
        specs = [snapshot_spec(plan), *retriever_specs(counting_plan(plan)).values()]
    images = (plan.embeddings, plan.encoder, open_artifact(ENCODERS, plan.workspace.image_encoder.resolve()))
    return [plan.tables.key, *(spec.key for spec in specs), *(made.key for made in images if made)]


def _of_training(plan: BuildPlan) -> list[ArtifactSpec]:
    """Specs of the artifacts that a training on the current tables makes, and of the lists by its models.

    Raises
    ------
    TooLittleToLearnError
        If there are no two full days in a row.
    """
    specs = [make(plan) for make in (examples_spec, ranker_spec, scored_spec, lists_spec, catalogue_spec, index_spec)]
    if plan.config.ranker == "blend":
        specs += [ranker_spec(plan, name) for name in BLENDED]
    for at in (plan, *plan.past_plans):
        specs += [snapshot_spec(at), *retriever_specs(at).values(), retriever_spec(at, TWO_TOWER)]
    return specs


def _next_lists(plan: BuildPlan) -> list[str]:
    """Keys of models that the next lists may be made with, and of what is made with the first choice.

    Those that wait for a person, or for a run after the approval, are no choice yet.
    """
    specs: list[ArtifactSpec] = []
    if plan.models:  # else it is the next training's models that make them
        specs = [make(plan) for make in (scored_spec, lists_spec, catalogue_spec, index_spec)]
        specs += [retriever_spec(plan, TWO_TOWER)]
    return [*candidate_keys(plan), *waiting_keys(plan.workspace), *(spec.key for spec in specs)]


def _releases(plan: BuildPlan) -> list[str]:
    """Keys of the artifacts that the releases are made of."""
    made_of = (release.manifest.get("artifacts") or {} for release in list_releases(plan.workspace))
    return [key for stages in made_of for key in stages.values()]


def _fresh(
    plan: BuildPlan, artifacts: Sequence[Artifact], named: Named, days: int, under_way: dt.timedelta
) -> Iterator[str]:
    """Keys of artifacts younger than ``days``, of batches of any age, and of indexes whose run may be under way.

    An artifact that holds an erased customer is included only while its run may be under way.
    """
    now, erased, last = dt.datetime.now(dt.UTC), plan.workspace.erasures(), plan.workspace.last_erasure()
    for artifact in artifacts:
        age = now - _made_at(artifact)
        keeps_for = max(dt.timedelta(days=days), under_way if artifact.kind == INDEX else dt.timedelta())
        is_kept = artifact.kind == BATCHES or age < keeps_for
        if is_kept and (age < under_way or not _holds_erased(artifact, named, erased, last)):
            yield artifact.key


def _holds_erased(artifact: Artifact, named: Named, erased: Erasures, last: dt.datetime | None) -> bool:
    """Returns True if the artifact's tables or batches left out other customers than those who are erased now.

    A batch that says of no customer that it leaves them out, as those of order files, stays by the tables made from it.
    """
    if last is None:
        return False
    kind = BATCHES if artifact.kind == BATCHES else "tables"
    sources = [named[key] for key in _made_from(named, [artifact.key]) if named[key].kind == kind]
    if not sources:
        return _made_at(artifact) <= last
    return any(each.record["params"].get("erased", "") != erased.signature for each in sources)


def _learned_from_erased(
    plan: BuildPlan, artifacts: Sequence[Artifact], named: Named, roots: Sequence[str]
) -> set[str]:
    """Keys of what models were trained on, where it holds erased customers: the models serve without it."""
    erased, last = plan.workspace.erasures(), plan.workspace.last_erasure()
    others = [artifact for artifact in artifacts if artifact.kind.split("/")[0] not in MODELS]
    served = _made_from(_by_name(others), roots)
    return {each.key for each in others if each.key not in served and _holds_erased(each, named, erased, last)}


def _made_at(artifact: Artifact) -> dt.datetime:
    return dt.datetime.fromisoformat(artifact.record["created_at"])


def _by_name(artifacts: Iterable[Artifact]) -> Named:
    """Artifacts by the names that others note as their inputs: key and digest of the content."""
    return {name: artifact for artifact in artifacts for name in (artifact.key, artifact.content_sha256)}


def _made_from(named: Named, wanted: Iterable[str]) -> set[str]:
    """``wanted`` keys with all that they were made from, by the inputs that artifacts note."""
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        made = named.get(waiting.pop())
        if made and made.key not in found:
            found.add(made.key)
            waiting.extend(map(str, made.record.get("inputs", {}).values()))
    return found


def _freed(folders: Iterable[Path]) -> int:
    """Bytes of files that no other folder holds, too: tables and releases share files by hard links."""
    stats = [file.stat() for folder in folders for file in folder.rglob("*") if file.is_file()]
    links = Counter(stat.st_ino for stat in stats)
    return sum(each.st_size for each in {s.st_ino: s for s in stats}.values() if links[each.st_ino] >= each.st_nlink)


def _drop(artifact: Artifact) -> None:
    """Drops a folder by one rename and a delete. The next clean removes the remains if this one is killed."""
    doomed = artifact.path.with_name(f"{DROPPED}{artifact.key}")
    artifact.path.rename(doomed)
    shutil.rmtree(doomed)
    log.info("%s/%s dropped", artifact.kind, artifact.key)
