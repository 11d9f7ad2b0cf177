"""Difference of two releases: customers, articles, lists, scores, and where the places come from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recsys_core.contracts.release import LEDGER, LISTS, RECOMMENDATIONS
from recsys_core.promotion.list_health import (
    BLOCK_CUSTOMERS,
    PLACES,
    ListHealth,
    ReleaseLists,
    kept_places,
    list_health,
    lists_of_both,
    positions,
    repriced,
)
from recsys_core.release.pointer import ReleaseInfo

MAX_EXAMPLES: Final = 5


@dataclass(frozen=True)
class ReleaseFigures:
    """Figures of one release."""

    health: ListHealth
    scores: tuple[float, ...]
    """Mean score of each of the first places."""
    sources: Mapping[str, float]
    """Share of the first places by recommendation source."""
    rules: Mapping[str, str]
    """State of each rule in words."""

    @classmethod
    def of(cls, release: ReleaseInfo, lists: ReleaseLists) -> "ReleaseFigures":
        return cls(list_health(lists), mean_scores(release), _sources(lists), _rules(release))


@dataclass(frozen=True)
class Overlap:
    """Ids of two releases."""

    both: int
    new: int
    gone: int
    new_examples: tuple[str, ...]
    gone_examples: tuple[str, ...]


@dataclass(frozen=True)
class ListChanges:
    """Lists of the customers of both releases."""

    compared: int
    unchanged: int
    """Number of lists with the same articles in the same order."""
    wholly: int
    """Number of lists without an article in common."""
    new_places: float
    """Share of the places with an article that the customer's earlier list did not have."""

    @property
    def partly(self) -> int:
        return self.compared - self.unchanged - self.wholly


@dataclass(frozen=True)
class ReleaseDiff:
    """A release beside another one."""

    now: ReleaseFigures
    before: ReleaseFigures
    lists: ListChanges
    customers: Overlap
    articles: Overlap
    repriced: float
    """Share of the places whose price moved by more than a factor of 5."""

    @classmethod
    def of(cls, now: ReleaseInfo, before: ReleaseInfo) -> "ReleaseDiff":
        mine, theirs = ReleaseLists(now), ReleaseLists(before)
        return cls(
            ReleaseFigures.of(now, mine),
            ReleaseFigures.of(before, theirs),
            list_changes(mine, theirs),
            overlap(mine.customer_ids, theirs.customer_ids),
            overlap(mine.article_ids, theirs.article_ids),
            repriced(mine, theirs),
        )


def list_changes(now: ReleaseLists, then: ReleaseLists) -> ListChanges:
    """Counts of the lists that are as they were, and of those that share nothing."""
    compared = unchanged = wholly = places = new_places = 0
    for mine, theirs in lists_of_both(now, then):
        kept = kept_places(mine, theirs)
        compared += len(mine)
        unchanged += int((_padded(mine) == _padded(theirs)).all(axis=1).sum())
        wholly += int((~kept.any(axis=1)).sum())
        places += int((mine >= 0).sum())
        new_places += int((mine >= 0).sum() - kept.sum())
    return ListChanges(compared, unchanged, wholly, new_places / places if places else 0.0)


def _padded(block: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """(n, PLACES); -1 pads."""
    return np.pad(block, ((0, 0), (0, PLACES - block.shape[1])), constant_values=-1)


def overlap(now: npt.NDArray[np.bytes_], then: npt.NDArray[np.bytes_]) -> Overlap:
    """Ids of both, ascending, with a few examples of those of one alone."""
    new, gone = now[positions(then, now) < 0], then[positions(now, then) < 0]
    return Overlap(len(now) - len(new), len(new), len(gone), _examples(new), _examples(gone))


def _examples(ids: npt.NDArray[np.bytes_]) -> tuple[str, ...]:
    return tuple(one.decode() for one in ids[:MAX_EXAMPLES].tolist())


def mean_scores(release: ReleaseInfo) -> tuple[float, ...]:
    """Mean score of each of the first places over all customers."""
    total, lists = np.zeros(0), 0
    with pq.ParquetFile(release.path / RECOMMENDATIONS) as file:
        for batch in file.iter_batches(BLOCK_CUSTOMERS, columns=["scores"]):
            scores = pc.list_flatten(batch["scores"]).to_numpy(zero_copy_only=False)
            block = scores.reshape(batch.num_rows, -1)[:, :PLACES].astype(np.float64)
            total, lists = block.sum(axis=0) + (total if lists else 0.0), lists + batch.num_rows
    return tuple(map(float, total / lists)) if lists else ()


def _sources(lists: ReleaseLists) -> dict[str, float]:
    """Sources with a place, those with the most first."""
    names: list[str] = json.loads((lists.path / LISTS / "reasons.json").read_text())
    codes = np.load(lists.path / LISTS / "reasons.npy", mmap_mode="r")
    counts = np.zeros(len(names), np.int64)
    for rows, block in lists.blocks():
        counts += np.bincount(np.asarray(codes[rows, :PLACES])[block >= 0], minlength=len(names))
    order = np.argsort(-counts, kind="stable")
    return {names[i]: float(counts[i] / counts.sum()) for i in order if counts[i]}


def _rules(release: ReleaseInfo) -> dict[str, str]:
    rules: list[dict[str, Any]] = json.loads((release.path / LEDGER).read_text()).get("rules", [])
    return {rule["name"]: f"{'on' if rule['on'] else 'off'}: {rule['why']}" for rule in rules}
