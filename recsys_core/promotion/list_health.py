"""Figures of a release's lists as a whole, and their difference from another release's.

All figures are of the first 12 places of each list. They come from the release's own files alone, block by block of
customers.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from recsys_core.contracts.release import CATALOGUE, LEDGER, LISTS
from recsys_core.evaluation.metrics.accuracy import gini
from recsys_core.release.pointer import ReleaseInfo

PLACES: Final = 12
BLOCK_CUSTOMERS: Final = 1 << 16
DEPARTMENT: Final = "index_group_name"
ODD_FACTOR: Final = 5.0
"""A price that moves by more was in another unit, or is a slip."""

Index = npt.NDArray[np.int32]


@dataclass(frozen=True)
class ListFigures:
    """Figures that tell lists for people from one list for all."""

    distinct: float
    """Number of different lists, as a share of all lists."""
    coverage: float
    """Share of the catalogue that is shown."""


@dataclass(frozen=True)
class ListHealth(ListFigures):
    """Figures of one release."""

    customers: int
    """Number of lists."""
    articles: int
    """Number of articles in the catalogue."""
    in_stock: float
    """Share of these articles that can be bought."""
    gini: float
    """Concentration of the places on few articles of the catalogue: 0 evenly, 1 all on one."""
    price: float
    """Median price of the places, in the unit of the shop's files; 0 if nothing has a price."""
    cold: float
    """Share of customers without a purchase, whose lists are not personal."""
    departments: Mapping[str, float]
    """Share of the places by department (``index_group_name``)."""
    dropped: Mapping[str, float]
    """Share of the candidates that each rule dropped."""
    segments: Mapping[str, float]
    """Share of the customers by segment; the lists of ``new`` ones, and they alone, are not of their own purchases."""
    refilled: float
    """Share of all places, behind the twelfth too, that were filled with popular articles of the segment."""
    relaxed: float
    """Share of all places for which a rule was relaxed, since nothing else was left."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class ReleaseLists:
    """Lists and catalogue of a release, memory-mapped."""

    def __init__(self, release: ReleaseInfo) -> None:
        self.path = release.path
        self.article_idx: Index = np.load(self.path / LISTS / "article_idx.npy", mmap_mode="r")
        """(n_customers, k); -1 pads."""
        self.customer_ids = np.load(self.path / LISTS / "customer_ids.npy", mmap_mode="r")
        """(n_customers,), ascending."""
        self.article_ids = np.load(self.path / CATALOGUE / "article_ids.npy", mmap_mode="r")
        """(n_articles,), ascending."""

    @cached_property
    def catalogue(self) -> pa.Table:
        return pa.ipc.open_file(pa.memory_map(str(self.path / CATALOGUE / "articles.arrow"))).read_all()

    @property
    def prices(self) -> npt.NDArray[np.float64]:
        """(n_articles,); NaN where there is none."""
        prices: npt.NDArray[np.float64] = self.catalogue["price"].to_numpy(zero_copy_only=False)
        return prices

    @property
    def shown(self) -> npt.NDArray[np.int64]:
        """(n_articles,) number of places of each article."""
        return self._counted[0]

    @property
    def distinct(self) -> int:
        """Number of different lists."""
        return self._counted[1]

    @cached_property
    def _counted(self) -> tuple[npt.NDArray[np.int64], int]:
        """Both, by one pass over the lists."""
        weights = np.random.default_rng(0).integers(1, 1 << 62, PLACES, dtype=np.int64)
        shown = np.zeros(len(self.article_ids), np.int64)
        hashes = [np.empty(0, np.int64)]
        for _, block in self.blocks():
            shown += np.bincount(block[block >= 0], minlength=len(shown))
            hashes.append((block.astype(np.int64) * weights[: block.shape[1]]).sum(axis=1))
        return shown, len(np.unique(np.concatenate(hashes)))

    def blocks(self) -> Iterator[tuple[slice, Index]]:
        """The first places of each list, by blocks of customers."""
        for first in range(0, len(self.article_idx), BLOCK_CUSTOMERS):
            rows = slice(first, first + BLOCK_CUSTOMERS)
            yield rows, np.asarray(self.article_idx[rows, :PLACES])


def list_health(lists: ReleaseLists) -> ListHealth:
    """The figures of a release."""
    shown = lists.shown
    ledger = json.loads((lists.path / LEDGER).read_text())
    customers, n = ledger.get("customers", {}), len(lists.article_idx)
    known = sum(customers.values())
    return ListHealth(
        distinct=_share(lists.distinct, n),
        coverage=_share((shown > 0).sum(), len(shown)),
        customers=n,
        articles=len(shown),
        in_stock=_share(lists.catalogue["in_stock"].to_numpy().sum(), len(shown)),
        gini=gini(shown),
        price=_median(lists.prices, shown),
        cold=_share(customers.get("new", 0), known),
        departments=_by_department(lists.path / CATALOGUE, shown),
        dropped=_dropped(ledger),
        segments={segment: _share(those, known) for segment, those in customers.items()},
        refilled=_share(sum(ledger.get("refilled", {}).values()), lists.article_idx.size),
        relaxed=_share(sum(ledger.get("relaxed", {}).values()), lists.article_idx.size),
    )


def _median(prices: npt.NDArray[np.float64], shown: npt.NDArray[np.int64]) -> float:
    """Median of the prices, each as often as its article is shown."""
    known = np.flatnonzero((prices > 0) & (shown > 0))
    if not len(known):
        return 0.0
    order = known[np.argsort(prices[known], kind="stable")]
    passed = np.cumsum(shown[order])
    return float(prices[order[np.searchsorted(passed, passed[-1] / 2)]])


def _by_department(catalogue: Path, shown: npt.NDArray[np.int64]) -> dict[str, float]:
    file = catalogue / f"facet_{DEPARTMENT}.npy"
    if not file.exists():
        return {}
    codes = np.load(file)
    names: list[str] = json.loads((catalogue / f"facet_{DEPARTMENT}.json").read_text())
    places = np.bincount(codes, weights=shown, minlength=len(names))
    return {name: _share(places[i], shown.sum()) for i, name in enumerate(names)}


def _dropped(ledger: Mapping[str, Any]) -> dict[str, float]:
    candidates = sum(ledger.get("candidates", {}).values())
    return {rule: _share(sum(by.values()), candidates) for rule, by in ledger.get("dropped", {}).items()}


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0


def changed_wholly(now: ReleaseLists, then: ReleaseLists) -> float:
    """Share of the customers of both releases whose lists have no article in common; 0 if there are none of both."""
    compared = changed = 0
    for mine, theirs in lists_of_both(now, then):
        compared, changed = compared + len(mine), changed + int((~kept_places(mine, theirs).any(axis=1)).sum())
    return _share(changed, compared)


def lists_of_both(now: ReleaseLists, then: ReleaseLists) -> Iterator[tuple[Index, Index]]:
    """Lists of the customers of both releases, by blocks: (n, places) each, as positions in the catalogue of ``now``.

    -1 pads; -2 is an article that ``now`` does not have.
    """
    to_now = positions(now.article_ids, then.article_ids)
    for rows, block in now.blocks():
        at = positions(then.customer_ids, now.customer_ids[rows])
        theirs = np.asarray(then.article_idx[at[at >= 0], :PLACES])
        known = np.where(to_now[theirs] >= 0, to_now[theirs], -2)
        yield block[at >= 0], np.where(theirs >= 0, known, -1).astype(np.int32)


def kept_places(mine: Index, theirs: Index) -> npt.NDArray[np.bool_]:
    """(n, places) true where an article of ``mine`` is on the same customer's list of ``theirs``, too."""
    kept: npt.NDArray[np.bool_] = ((mine[:, :, None] == theirs[:, None, :]) & (mine[:, :, None] >= 0)).any(axis=2)
    return kept


def repriced(now: ReleaseLists, then: ReleaseLists) -> float:
    """Share of the places, of articles of both releases, whose price moved by more than a factor of ``ODD_FACTOR``."""
    at = positions(then.article_ids, now.article_ids)
    mine, theirs = now.prices, np.where(at >= 0, then.prices[at], np.nan)
    known = (mine > 0) & (theirs > 0)
    ratio = mine[known] / theirs[known]
    odd = (ratio > ODD_FACTOR) | (ratio < 1 / ODD_FACTOR)
    return _share(now.shown[known][odd].sum(), now.shown[known].sum())


def positions(ascending: npt.NDArray[np.bytes_], wanted: npt.NDArray[np.bytes_]) -> npt.NDArray[np.int64]:
    """Position of each wanted id among the ascending ones; -1 where it is not there."""
    if not len(ascending):
        return np.full(len(wanted), -1, np.int64)
    at = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    return np.where(ascending[at] == wanted, at, -1)
