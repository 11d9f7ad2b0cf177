"""Stage ``clean``: what nothing that is kept was made from any more goes.

Kept are the releases, what they and the current tables' next run are made of, and whatever is younger than some days.
So a customer who had the own data deleted is gone from everything once a run without that customer is live: the
releases and artefacts from before do not wait for their days to pass.
"""

import datetime as dt
import logging
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recsys_core.artefacts import RECORD, Artefact, open_artefact
from recsys_core.lineage import BLENDED, Lineage
from recsys_core.release.pointer import list_releases

log = logging.getLogger(__name__)

KINDS: Final = (
    "tables",
    "features",
    "retrievers",
    "examples",
    "rankers",
    "scored",
    "lists",
    "catalogue",
    "index",
)
"""What a run makes again by itself. Batches (what the raw files hold) and reports are not touched."""
KEPT_DAYS: Final = 14
DROPPED: Final = ".dropped-"


@dataclass(frozen=True)
class Cleaned:
    """Artefacts as ``kind/key``, and how much room the dropped ones took."""

    dropped: list[str]
    kept: int
    bytes: int


def clean(lineage: Lineage, days: int = KEPT_DAYS, dry_run: bool = False) -> Cleaned:
    """Drop the artefacts that nothing needs; ``dry_run`` only says which those are."""
    home = lineage.home.root
    for left_over in list(_left_over(home)):
        shutil.rmtree(left_over)
    artefacts = list(_artefacts(home))
    fresh = [artefact.key for artefact in artefacts if _is_fresh(lineage, artefact, days)]
    needed = _made_from(artefacts, [*_next_run(lineage), *_releases(lineage), *fresh])
    doomed = [artefact for artefact in artefacts if artefact.key not in needed]
    size = sum(_size(artefact.path) for artefact in doomed)
    if not dry_run:
        for artefact in doomed:
            _drop(artefact)
    return Cleaned(sorted(f"{each.kind}/{each.key}" for each in doomed), len(artefacts) - len(doomed), size)


def _artefacts(home: Path) -> Iterator[Artefact]:
    """All whole ones: ``kind/key``, and ``kind/part/key`` where a kind has parts (features, lanes, rankers)."""
    for kind in KINDS:
        for record in (*(home / kind).glob(f"[!.]*/{RECORD}"), *(home / kind).glob(f"[!.]*/[!.]*/{RECORD}")):
            path = record.parent
            if not path.is_symlink() and (artefact := open_artefact(str(path.parent.relative_to(home)), path)):
                yield artefact


def _left_over(home: Path) -> Iterator[Path]:
    """What a clean that was killed had begun to drop."""
    for kind in KINDS:
        yield from (home / kind).glob(f"{DROPPED}*")
        yield from (home / kind).glob(f"[!.]*/{DROPPED}*")


def _next_run(lineage: Lineage) -> list[str]:
    """Keys of all that the next run on the current tables would find."""
    recipes = [lineage.examples, lineage.ranker, lineage.scored(), lineage.lists, lineage.catalogue, lineage.index]
    if lineage.config.ranker == "blend":
        recipes += [lineage.ranker_called(name) for name in BLENDED]
    for past in (lineage, *(lineage.at(train.cutoff) for train in lineage.train_cutoffs)):
        recipes += [past.snapshot, *past.lanes.values(), past.two_tower]
    return [lineage.tables.key, *(recipe.key for recipe in recipes)]


def _releases(lineage: Lineage) -> list[str]:
    """Keys of what the releases are made of."""
    made_of = (release.manifest.get("artefacts") or {} for release in list_releases(lineage.home))
    return [key for stages in made_of for key in stages.values()]


def _is_fresh(lineage: Lineage, artefact: Artefact, days: int) -> bool:
    """Younger than ``days``, and made after the last customer was erased."""
    made = dt.datetime.fromisoformat(artefact.record["created_at"])
    erased = lineage.home.last_erasure()
    return made > dt.datetime.now(dt.UTC) - dt.timedelta(days=days) and (erased is None or made > erased)


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
