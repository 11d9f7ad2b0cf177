"""LightGBM's trees over the pairs of one snapshot.

Many splits look at what belongs to the article or to the customer of a pair, not to the pair. Which leaves these put
out of reach is found once for each article of the snapshot, and once a block for each customer, so that only the
columns of the pair itself are compared pair by pair. The scores are those of ``Booster.predict``.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from recsys_core.features.pairs import ARTICLE_CATEGORIES, CUSTOMER_CATEGORIES, PairColumns, PairFeatures, Pairs
from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.ranking.forest import Bits, Forest

if TYPE_CHECKING:
    import lightgbm


class TreesOfSnapshot:
    """A booster at work on one snapshot."""

    def __init__(
        self, booster: "lightgbm.Booster", vocabulary: Mapping[str, Mapping[str, int]], features: PairFeatures
    ) -> None:
        self._vocabulary = vocabulary
        self._features = features
        self._forest = Forest.of(booster)
        self._categories = booster.feature_name()[len(features.numeric) :]
        self._of_customer, of_article, self._of_pair = (
            self._forest.splits.of(columns) for columns in features.columns_by_owner
        )
        self._articles = self._forest.bits(of_article, features.article_numbers.T)
        self._narrow(self._articles, ARTICLE_CATEGORIES, np.arange(len(self._articles), dtype=np.int32))

    def scores(self, pairs: Pairs, columns: PairColumns) -> FloatArray:
        """Scores (n,) of pairs with their own ``columns``."""
        customers, row = pairs.owners
        of_customers = self._forest.bits(self._of_customer, self._features.customer_numbers(customers).T)
        self._narrow(of_customers, CUSTOMER_CATEGORIES, customers)
        shared = ((of_customers, row), (self._articles, pairs.article))
        return self._forest.scores(self._of_pair, columns.values, shared)

    def _narrow(self, bits: Bits, names: Sequence[str], rows: IntArray) -> None:
        """Narrow the reach of customers or articles by their categories that the booster splits by."""
        for name in names:
            if name in self._categories:
                column = len(self._features.numeric) + self._categories.index(name)
                self._forest.narrow_by_category(
                    bits, column, self._features.codes_of(name, rows, self._vocabulary[name])
                )
