"""Explanation of a recommendation by one of the customer's purchases, as in "because you bought ..."."""

from collections.abc import Mapping
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recsys_core.contracts.release import OF_PURCHASES, REASONS
from recsys_core.features.arrays import Purchases
from recsys_core.features.snapshot import FloatArray, IntArray, Snapshot
from recsys_core.retrieval.also_bought import AlsoBoughtRetriever
from recsys_core.retrieval.base import CandidateSource
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.neighbours import NeighbourRetriever

LINKED = (NeighbourRetriever, AlsoBoughtRetriever)
"""Retrievers that go from purchases to candidates."""
BLOCK_CUSTOMERS = 1024
"""Customers explained at a time; bounds memory, as some dozen places times some dozen purchases of each are held."""


class Explanations:
    """The links from purchases to candidates of the retrievers that have such links."""

    def __init__(self, purchases: Purchases, links: Mapping[str, sparse.csr_array]) -> None:
        self._purchases = purchases
        self._links = {REASONS.index(retriever): _Links(table) for retriever, table in links.items()}

    @classmethod
    def of_retrievers(cls, snapshot: Snapshot, retrievers: Mapping[str, CandidateSource]) -> Self:
        """Builds the links from those of ``retrievers`` whose reasons are about a purchase."""
        linked = {name: retriever for name, retriever in retrievers.items() if name in OF_PURCHASES}
        return cls(
            snapshot.purchases,
            {name: retriever.links for name, retriever in linked.items() if isinstance(retriever, LINKED)},
        )

    def purchase(self, customers: IntArray, article_idx: IntArray, reason: npt.NDArray[np.uint8]) -> IntArray:
        """Source purchase of each place: the strongest link, later purchases counting more (``1 / sqrt(days ago)``).

        Parameters
        ----------
        customers
            (n,) rows of the snapshot.
        article_idx, reason
            (n, length) lists with their reason codes.

        Returns
        -------
        (n, length) article_idx of the purchase; ``PAD`` where the reason is about none.
        """
        found = np.full_like(article_idx, PAD)
        for code, links in self._links.items():
            for start in range(0, len(customers), BLOCK_CUSTOMERS):
                block = slice(start, start + BLOCK_CUSTOMERS)
                row, place = np.nonzero(reason[block] == code)
                best = self._strongest(customers[block][row], article_idx[block][row, place], links)
                found[block][row, place] = best
        return found

    def _strongest(self, customers: IntArray, candidates: IntArray, links: "_Links") -> IntArray:
        """(m,) source purchases for m pairs of customer and candidate."""
        pair, at = self._purchases.of(customers)
        bought = self._purchases.article_idx[at]
        recency = (1 / np.sqrt(self._purchases.days_ago[at])).astype(np.float32)
        strength = links.strength(bought, candidates[pair]) * recency
        best = np.zeros(len(customers), np.float32)
        np.maximum.at(best, pair, strength)
        first = np.flatnonzero((strength > 0) & (strength == best[pair]))
        found = np.full(len(customers), PAD, np.int32)
        found[pair[first]] = bought[first]
        return found


class _Links:
    """Strengths of a sparse (n_articles, n_articles) table by pairs of articles."""

    def __init__(self, table: sparse.csr_array) -> None:
        flat = table.tocoo()
        key = flat.row.astype(np.int64) * table.shape[1] + flat.col
        order = np.argsort(key)
        self._key, self._strength, self._n = key[order], flat.data[order], table.shape[1]

    def strength(self, from_article: IntArray, to_article: IntArray) -> FloatArray:
        """(m,) 0 where there is no link."""
        if not len(self._key):
            return np.zeros(len(from_article), np.float32)
        key = from_article.astype(np.int64) * self._n + to_article
        at = np.minimum(np.searchsorted(self._key, key), len(self._key) - 1)
        found: FloatArray = np.where(self._key[at] == key, self._strength[at], 0).astype(np.float32)
        return found
