"""Scores of pairs of one snapshot by one or more rankers, computing once what they share."""

from collections.abc import Sequence

import numpy as np

from recsys_core.features.pairs import Pairs
from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.ranking.base import Ranker
from recsys_core.ranking.blend import BlendRanker
from recsys_core.ranking.context import RetrievalContext
from recsys_core.ranking.dnn import DnnRanker
from recsys_core.ranking.dnn.of_snapshot import NetworkOfSnapshot


class PairScorer:
    """Rankers at work on the pairs of one snapshot.

    The numbers of a pair are computed once for all rankers, the category codes once for rankers of one vocabulary. A
    part of a blend that ranks by itself, too, is asked once.
    """

    def __init__(self, rankers: Sequence[Ranker], context: RetrievalContext) -> None:
        self.rankers = tuple(rankers)
        self.context = context
        self._networks: dict[int, NetworkOfSnapshot] = {}

    def scores(self, pairs: Pairs) -> FloatArray:
        """(n_rankers, n) scores, comparable within a customer and ranker only."""
        numbers = self.context.features.numbers(pairs)
        codes: dict[int, IntArray] = {}
        known: dict[int, FloatArray] = {}

        def codes_for(ranker: Ranker) -> IntArray:
            key = id(ranker.vocabulary)
            if key not in codes:
                codes[key] = self.context.features.category_codes(pairs, ranker.vocabulary)
            return codes[key]

        def score(ranker: Ranker) -> FloatArray:
            if id(ranker) not in known:
                if isinstance(ranker, BlendRanker):
                    known[id(ranker)] = ranker.mixed(score(ranker.dnn), score(ranker.lightgbm))
                elif isinstance(ranker, DnnRanker):
                    known[id(ranker)] = self._network(ranker).logits(pairs, numbers)
                else:
                    known[id(ranker)] = ranker.score(numbers, codes_for(ranker))
            return known[id(ranker)]

        return np.stack([score(ranker) for ranker in self.rankers])

    def _network(self, ranker: DnnRanker) -> NetworkOfSnapshot:
        if id(ranker) not in self._networks:
            self._networks[id(ranker)] = NetworkOfSnapshot(ranker.weights, ranker.vocabulary, self.context.features)
        return self._networks[id(ranker)]
