"""A cut-off's retrievers at work: candidates of a block of customers, described for the ranker."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from recsys_core.contracts.features import Group
from recsys_core.features.pairs import PairFeatures, Pairs
from recsys_core.features.snapshot import FloatArray, IntArray, Snapshot
from recsys_core.retrieval.base import CandidateSource, UnavailableRetriever
from recsys_core.retrieval.candidates import Candidates
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.retrieval.registry import retrieve_all
from recsys_core.retrieval.two_tower import TwoTowerRetriever


@dataclass(frozen=True)
class RetrievalContext:
    """Snapshot and fitted retrievers of one cut-off."""

    snapshot: Snapshot
    retrievers: Mapping[str, CandidateSource]
    leave_out: tuple[Group, ...] = ()
    """Groups of features that the ranker does not see."""

    @property
    def off(self) -> dict[str, str]:
        """The retrievers that are off here, and why."""
        return {
            name: retriever.reason
            for name, retriever in self.retrievers.items()
            if isinstance(retriever, UnavailableRetriever)
        }

    @cached_property
    def features(self) -> PairFeatures:
        return PairFeatures(self.snapshot, tuple(self.retrievers), self.leave_out)

    def candidates(self, customers: IntArray) -> Candidates:
        return retrieve_all(self.retrievers, customers, self.snapshot.n_articles)

    def pairs(self, customers: IntArray, candidates: Candidates, without_history: bool = False) -> Pairs:
        """The candidates of a block as pairs.

        For customers who never bought anything all retrievers but the popular one are masked. The popular retriever
        knows what their profile likes. Every other retriever gives nearly all of them the same list, and from a handful
        of label windows a ranker learns by heart which of its articles sold. Without the popular retriever, this masks
        only customers who have no profile either. ``without_history`` treats all customers of the block as if they had
        never bought anything.
        """
        customer = customers[candidates.row]
        score, rank = candidates.retriever_score.copy(), candidates.retriever_rank.copy()
        personal = self._personal(customer, candidates.article_idx)
        masked = self._is_masked[customer] | without_history
        rows = np.flatnonzero(masked)
        for i, retriever in enumerate(candidates.retrievers):
            if retriever != PopularRetriever.name:
                score[rows, i] = 0
                rank[rows, i] = 0
        personal[rows] = 0
        return Pairs(customer, candidates.article_idx, score, rank, personal)

    @cached_property
    def has_no_history(self) -> npt.NDArray[np.bool_]:
        """(n_customers + 1,) True for a customer without purchases."""
        return ~(self.snapshot.customer("articles_all") > 0)

    @cached_property
    def _is_masked(self) -> npt.NDArray[np.bool_]:
        if PopularRetriever.name in self.retrievers:
            return self.has_no_history
        return self.has_no_history & ~(self.snapshot.customer("has_profile") > 0)

    def _personal(self, customer: IntArray, article: IntArray) -> FloatArray:
        towers = self.retrievers.get(TwoTowerRetriever.name)
        if not isinstance(towers, TwoTowerRetriever):
            return np.zeros(len(customer), np.float32)
        return towers.cosine(customer, article) - towers.cosine_with_nobody[article]
