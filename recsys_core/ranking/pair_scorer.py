"""Scores of pairs of one snapshot by one or more rankers, computing once what they share."""

import logging
from collections.abc import Sequence

import numpy as np

from recsys_core.features.pairs import Pairs
from recsys_core.features.snapshot import FloatArray
from recsys_core.ranking.base import Ranker
from recsys_core.ranking.blend import BlendRanker
from recsys_core.ranking.booster_file import UnsupportedTreesError
from recsys_core.ranking.context import RetrievalContext
from recsys_core.ranking.dnn import DnnRanker
from recsys_core.ranking.dnn.of_snapshot import NetworkOfSnapshot
from recsys_core.ranking.lightgbm import LightGbmRanker
from recsys_core.ranking.trees_of_snapshot import TreesOfSnapshot

log = logging.getLogger(__name__)
OfSnapshot = NetworkOfSnapshot | TreesOfSnapshot


class PairScorer:
    """Rankers at work on the pairs of one snapshot.

    The columns of a pair are computed once for all rankers. What an article or a customer brings to a score is computed
    once for its pairs. A part of a blend that ranks by itself, too, is asked once.
    """

    def __init__(self, rankers: Sequence[Ranker], context: RetrievalContext) -> None:
        self.rankers = tuple(rankers)
        self.context = context
        self._of_snapshot: dict[int, OfSnapshot | None] = {}

    def scores(self, pairs: Pairs) -> FloatArray:
        """(n_rankers, n) scores, comparable within a customer and ranker only."""
        columns = self.context.features.pair_columns(pairs)
        known: dict[int, FloatArray] = {}

        def score(ranker: Ranker) -> FloatArray:
            if id(ranker) not in known:
                if isinstance(ranker, BlendRanker):
                    known[id(ranker)] = ranker.mixed(score(ranker.dnn), score(ranker.lightgbm))
                elif part := self._at_work(ranker):
                    known[id(ranker)] = part.scores(pairs, columns)
                else:
                    known[id(ranker)] = self._by_all_columns(ranker, pairs)
            return known[id(ranker)]

        return np.stack([score(ranker) for ranker in self.rankers])

    def _by_all_columns(self, ranker: Ranker, pairs: Pairs) -> FloatArray:
        features = self.context.features
        return ranker.score(features.numbers(pairs), features.category_codes(pairs, ranker.vocabulary))

    def _at_work(self, ranker: Ranker) -> OfSnapshot | None:
        """The ranker at work on the snapshot; None for one that needs all columns of a pair together."""
        if id(ranker) not in self._of_snapshot:
            self._of_snapshot[id(ranker)] = self._bring(ranker)
        return self._of_snapshot[id(ranker)]

    def _bring(self, ranker: Ranker) -> OfSnapshot | None:
        features = self.context.features
        if isinstance(ranker, DnnRanker):
            return NetworkOfSnapshot(ranker.weights, ranker.vocabulary, features)
        if isinstance(ranker, LightGbmRanker):
            try:
                return TreesOfSnapshot(ranker.booster, ranker.vocabulary, features)
            except UnsupportedTreesError as reason:
                log.info("LightGBM scores its trees itself: %s", reason)
        return None
