"""Stage ``clean``: what nothing that is kept was made from any more goes.

Kept are the releases, what they and the current tables' next run are made of, and whatever is younger than some days.
Of customers who had the own data deleted nothing waits for those days: what was made from tables or batches that still
hold them goes a day after it was made, once neither a release nor the next run needs it; at once if no run is under
way.
"""

import contextlib
import datetime as dt
import fcntl
import logging
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recsys_core.contracts.artifacts import EMBEDDINGS, ENCODERS
from recsys_core.erasure import Erasures
from recsys_core.lineage import BLENDED, Lineage
from recsys_core.release.pointer import list_releases
from recsys_core.store.artifacts import RECORD, Artefact, open_artefact

log = logging.getLogger(__name__)

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
)
"""What a run makes again by itself. Reports and the records of Milvus collections are not touched."""
BATCHES: Final = "batches"
"""What the raw files hold: dropped only where they hold an erased customer."""
KEPT_DAYS: Final = 14
UNDER_WAY: Final = dt.timedelta(days=1)
"""What is younger may belong to a run under way; a draft that is older belongs to a run that was killed."""
DROPPED: Final = ".dropped-"


@dataclass(frozen=True)
class Cleaned:
    """Artefacts as ``kind/key``, and how much room the dropped ones took."""

    dropped: list[str]
    kept: int
    bytes: int


def clean(lineage: Lineage, days: int = KEPT_DAYS, dry_run: bool = False, idle: bool = False) -> Cleaned:
    """Drop the artefacts that nothing needs; ``dry_run`` only says which those are.

    ``idle``: no run is under way, so what holds erased customers need not wait for one to end.
    """
    home, under_way = lineage.home.root, dt.timedelta() if idle else UNDER_WAY
    with _alone(home):
        if not dry_run:
            for left_over in list(_left_over(home, under_way)):
                shutil.rmtree(left_over)
        artefacts = list(_artefacts(home))
        roots = [*_next_run(lineage), *_releases(lineage)]
        needed = _made_from(artefacts, [*roots, *_fresh(lineage, artefacts, days, under_way)])
        doomed = [artefact for artefact in artefacts if artefact.key not in needed]
        size = sum(_size(artefact.path) for artefact in doomed)
        if not dry_run:
            for artefact in doomed:
                _drop(artefact)
    return Cleaned(sorted(f"{each.kind}/{each.key}" for each in doomed), len(artefacts) - len(doomed), size)


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / ".clean.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _artefacts(home: Path) -> Iterator[Artefact]:
    """All whole ones: ``kind/key``, and ``kind/part/key`` where a kind has parts (features, lanes, rankers)."""
    for kind in (*KINDS, BATCHES):
        for record in (*(home / kind).glob(f"[!.]*/{RECORD}"), *(home / kind).glob(f"[!.]*/[!.]*/{RECORD}")):
            path = record.parent
            if not path.is_symlink() and (artefact := open_artefact(str(path.parent.relative_to(home)), path)):
                yield artefact


def _left_over(home: Path, under_way: dt.timedelta) -> Iterator[Path]:
    """What a clean that was killed had begun to drop, and old drafts of killed runs."""
    killed_before = (dt.datetime.now(dt.UTC) - under_way).timestamp()
    for kind in (*KINDS, BATCHES):
        for folder in (home / kind, *(home / kind).glob("[!.]*")):
            yield from folder.glob(f"{DROPPED}*")
            yield from (draft for draft in folder.glob(".draft-*") if draft.stat().st_mtime < killed_before)


def _next_run(lineage: Lineage) -> list[str]:
    """Keys of all that the next run on the current tables would find."""
    recipes = [lineage.examples, lineage.ranker, lineage.scored(), lineage.lists, lineage.catalogue, lineage.index]
    if lineage.config.ranker == "blend":
        recipes += [lineage.ranker_called(name) for name in BLENDED]
    for past in (lineage, *(lineage.at(train.cutoff) for train in lineage.train_cutoffs)):
        recipes += [past.snapshot, *past.lanes.values(), past.two_tower]
    pictures = (lineage.embeddings, lineage.encoder, open_artefact(ENCODERS, lineage.home.image_encoder.resolve()))
    return [lineage.tables.key, *(recipe.key for recipe in recipes), *(made.key for made in pictures if made)]


def _releases(lineage: Lineage) -> list[str]:
    """Keys of what the releases are made of."""
    made_of = (release.manifest.get("artefacts") or {} for release in list_releases(lineage.home))
    return [key for stages in made_of for key in stages.values()]


def _fresh(lineage: Lineage, artefacts: Sequence[Artefact], days: int, under_way: dt.timedelta) -> Iterator[str]:
    """Keys of what is younger than ``days``, and of batches of any age; where it holds an erased customer, only of what
    may be under way."""
    now, erased, last = dt.datetime.now(dt.UTC), lineage.home.erasures(), lineage.home.last_erasure()
    for artefact in artefacts:
        age = now - _made_at(artefact)
        is_kept = artefact.kind == BATCHES or age < dt.timedelta(days=days)
        if is_kept and (age < under_way or not _holds_erased(artefact, artefacts, erased, last)):
            yield artefact.key


def _holds_erased(
    artefact: Artefact, artefacts: Sequence[Artefact], erased: Erasures, last: dt.datetime | None
) -> bool:
    """Whether it comes from tables or batches that leave out others than those who are erased now."""
    if last is None:
        return False
    made_from = _made_from(artefacts, [artefact.key])
    kinds = ("tables",) if artefact.kind != BATCHES else (BATCHES,)
    sources = [each for each in artefacts if each.kind in kinds and each.key in made_from]
    if not sources:
        return _made_at(artefact) <= last
    return any(each.record["params"].get("erased", "") != erased.signature for each in sources)


def _made_at(artefact: Artefact) -> dt.datetime:
    return dt.datetime.fromisoformat(artefact.record["created_at"])


def _made_from(artefacts: Iterable[Artefact], wanted: Iterable[str]) -> set[str]:
    """``wanted`` keys with all that they were made from, by the inputs that artefacts note."""
    named: dict[str, Artefact] = {}
    for artefact in artefacts:
        named |= {artefact.key: artefact, artefact.content_sha256: artefact}
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        made = named.get(waiting.pop())
        if made and made.key not in found:
            found.add(made.key)
            waiting.extend(map(str, made.record.get("inputs", {}).values()))
    return found


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _drop(artefact: Artefact) -> None:
    """It vanishes in one rename; what a kill leaves behind goes the next time."""
    doomed = artefact.path.with_name(f"{DROPPED}{artefact.key}")
    artefact.path.rename(doomed)
    shutil.rmtree(doomed)
    log.info("%s/%s dropped", artefact.kind, artefact.key)
