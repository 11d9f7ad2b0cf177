"""Ready lists: a customer's own, and the ones for who has none."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from recsys_core.serving.arrays import IdFile, Int32, RowFile, find_ids, read_json

log = logging.getLogger(__name__)

BLOCK_CUSTOMERS: Final = 65_536
"""Lists that are looked through at a time."""


@dataclass(frozen=True)
class RecommendationList:
    """Articles best first and, side by side, why each is there (``contracts.release.REASONS``)."""

    article_idx: Int32
    reasons: tuple[str, ...]
    source_purchases: tuple[int, ...] = ()
    """Side by side the purchase that a reason is about, -1 where it is about none; of lists of one's own only."""

    def __len__(self) -> int:
        return len(self.article_idx)


class Lists(Protocol):
    """Look-up of a release's lists."""

    def __len__(self) -> int: ...

    def for_customer(self, customer_id: str) -> RecommendationList | None:
        """The customer's own list, or None for a customer that the release does not know."""
        ...

    def customers(self) -> Iterator[str]:
        """customer_ids of all who have a list, ascending."""
        ...

    def retrievers_of_article(self, idx: int) -> dict[str, int]:
        """Number of lists that hold an article, by reason code."""
        ...


class NoLists:
    """Stands where a release's lists cannot be read: nobody has one, and the shop shows what is popular."""

    def __len__(self) -> int:
        return 0

    def for_customer(self, customer_id: str) -> RecommendationList | None:
        return None

    def customers(self) -> Iterator[str]:
        return iter(())

    def retrievers_of_article(self, idx: int) -> dict[str, int]:
        return {}


def open_lists(folder: Path) -> Lists:
    """The lists in ``folder``; ``NoLists`` where they are missing or damaged, which is logged."""
    try:
        return CustomerLists(folder)
    except (OSError, ValueError, EOFError) as error:
        log.error("no lists in %s: %s", folder, error)
        return NoLists()


class CustomerLists:
    """The lists of all customers; a look-up reads a few rows of the files."""

    def __init__(self, folder: Path) -> None:
        self._customer_ids = IdFile(folder / "customer_ids.npy")
        self._article_idx = RowFile(folder / "article_idx.npy")
        self._reasons = RowFile(folder / "reasons.npy")
        self._source_purchases = RowFile(path) if (path := folder / "source_purchases.npy").exists() else None
        self._reason_names: list[str] = read_json(folder / "reasons.json")

    def __len__(self) -> int:
        return len(self._customer_ids)

    def for_customer(self, customer_id: str) -> RecommendationList | None:
        """The customer's own list, or None for a customer that the release does not know."""
        row = self._customer_ids.find(customer_id)
        if row is None:
            return None
        article_idx: Int32 = self._article_idx[row]
        filled = np.flatnonzero(article_idx >= 0)
        codes = self._reasons[row][filled].tolist()
        reasons = tuple([self._reason_names[code] for code in codes])
        source_purchases = () if self._source_purchases is None else tuple(self._source_purchases[row][filled].tolist())
        return RecommendationList(article_idx[filled], reasons, source_purchases)

    def customers(self) -> Iterator[str]:
        """customer_ids of all who have a list, ascending; read block by block."""
        for first in range(0, len(self), BLOCK_CUSTOMERS):
            ids = self._customer_ids.file.rows(first, first + BLOCK_CUSTOMERS)
            yield from map(bytes.decode, ids.tolist())

    def retrievers_of_article(self, idx: int) -> dict[str, int]:
        """Counts the lists that hold an article, by reason code, most first. Reads all lists, block by block."""
        counts = np.zeros(len(self._reason_names), np.int64)
        for first in range(0, len(self), BLOCK_CUSTOMERS):
            block = first, first + BLOCK_CUSTOMERS
            held = self._article_idx.rows(*block) == idx
            counts += np.bincount(self._reasons.rows(*block)[held], minlength=len(counts))
        retrievers = dict(zip(self._reason_names, counts.tolist(), strict=True))
        return {
            retriever: retrievers[retriever]
            for retriever in sorted(retrievers, key=lambda retriever: -retrievers[retriever])
            if retrievers[retriever]
        }


class Fallbacks:
    """Lists for guests and customers without a list of their own."""

    def __init__(self, path: Path, article_ids: NDArray[np.bytes_]) -> None:
        stored = read_json(path)
        self._global = find_ids(article_ids, stored["global"])
        self._newest = find_ids(article_ids, stored["newest"])
        self._segments = {name: find_ids(article_ids, ids) for name, ids in stored["segments"].items()}

    def best(self, age_interval: str | None) -> RecommendationList:
        """The most specific list that holds anything: segment, global, newest."""
        tiers = (
            (self._segments.get(f"age_interval={age_interval}"), "popular"),
            (self._global, "popular"),
            (self._newest, "fallback"),
        )
        for articles, reason in tiers:
            if articles is not None and len(articles):
                return RecommendationList(articles, (reason,) * len(articles))
        return RecommendationList(np.empty(0, np.int32), ())
