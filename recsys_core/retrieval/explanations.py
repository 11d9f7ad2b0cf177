"""Explanation of a recommendation by one of the customer's purchases, as in "because you bought ..."."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recsys_core.compiled import compiled
from recsys_core.contracts.release import OF_PURCHASES, REASONS
from recsys_core.features.arrays import Purchases
from recsys_core.features.snapshot import FloatArray, IntArray, Snapshot
from recsys_core.retrieval.also_bought import AlsoBoughtRetriever
from recsys_core.retrieval.base import CandidateSource
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.neighbours import NeighbourRetriever

LINKED = (NeighbourRetriever, AlsoBoughtRetriever)
"""Retrievers that go from purchases to candidates."""


class Explanations:
    """The links from purchases to candidates of the retrievers that have such links."""

    def __init__(self, purchases: Purchases, links: Mapping[str, sparse.csr_array]) -> None:
        self._purchases = purchases
        self.retrievers = tuple(sorted(links))
        """Names of the retrievers whose recommendations are explained."""
        self._links = {REASONS.index(retriever): table for retriever, table in links.items()}
        days = np.arange(purchases.days_ago.max(initial=0) + 1)
        self._recency = (1 / np.sqrt(np.maximum(days, 1))).astype(np.float32)
        """(days + 1,) weight of a purchase by its days ago."""

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

        Of equally strong ones it is the customer's latest.

        Parameters
        ----------
        customers
            (n,) rows of the snapshot.
        article_idx, reason
            (n, length) lists, no article twice in one, with their reason codes.

        Returns
        -------
        (n, length) article_idx of the purchase; ``PAD`` where the reason is about none.
        """
        found = np.full_like(article_idx, PAD)
        bought = self._purchases
        for code, table in self._links.items():
            links = (table.indptr, table.indices, table.data)
            _find_strongest(
                (bought.start, bought.article_idx, bought.days_ago),
                self._recency,
                links,
                customers,
                article_idx,
                reason == code,
                found,
            )
        return found


@compiled
def _find_strongest(
    purchases: tuple[npt.NDArray[np.int64], IntArray, IntArray],
    recency: FloatArray,
    links: tuple[npt.NDArray[np.integer[Any]], npt.NDArray[np.integer[Any]], FloatArray],
    customers: IntArray,
    candidates: IntArray,
    wanted: npt.NDArray[np.bool_],
    found: IntArray,
) -> None:
    """Fill ``found`` (n, length) where ``wanted`` with the purchase of the strongest link to the candidate, if any.

    ``purchases``: start by customer, article, days ago. ``links``: start by article, to which, strength.
    """
    start, bought, days_ago = purchases
    link_start, link_to, link_strength = links
    place_of = np.full(len(link_start) - 1, -1, np.int32)
    strongest = np.zeros(candidates.shape[1], np.float32)
    for i in range(len(customers)):
        for place in range(candidates.shape[1]):
            if wanted[i, place]:
                place_of[candidates[i, place]] = place
                strongest[place] = 0
        for at in range(start[customers[i]], start[customers[i] + 1]):
            weight = recency[days_ago[at]]
            for link in range(link_start[bought[at]], link_start[bought[at] + 1]):
                place = place_of[link_to[link]]
                if place >= 0:
                    strength = link_strength[link] * weight
                    if strength > 0 and strength >= strongest[place]:
                        strongest[place] = strength
                        found[i, place] = bought[at]
        for place in range(candidates.shape[1]):
            if wanted[i, place]:
                place_of[candidates[i, place]] = -1
