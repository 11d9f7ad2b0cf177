"""The DNN ranker's forward pass over the pairs of one snapshot.

The first layer is a sum over its inputs, and most of those belong to the article or to the customer of a pair, not to
the pair. An article's part is computed once for the whole snapshot, a customer's once a block, so that only the inputs
of the pair itself go through the matrix product pair by pair. The scores are those of ``forward``, up to rounding.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from recsys_core.features.pairs import ARTICLE_CATEGORIES, ARTICLE_ID, CUSTOMER_CATEGORIES, PairFeatures, Pairs
from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.ranking.dnn.forward import BLOCK_ROWS, IMAGE, Weights, dense_input, layers_behind


class NetworkOfSnapshot:
    """Weights of a DNN ranker at work on one snapshot."""

    def __init__(self, weights: Weights, vocabulary: Mapping[str, Mapping[str, int]], features: PairFeatures) -> None:
        self._weights = weights
        self._vocabulary = vocabulary
        self._features = features
        self._tables = _embedded(weights, tuple(vocabulary))
        self._of_customer, self._of_article, self._of_pair = (
            _columns(weights, columns) for columns in features.columns_by_owner
        )
        self._articles = self._part_of_articles()

    def scores(self, pairs: Pairs, columns: FloatArray) -> FloatArray:
        """Logits (n,) of pairs with their own ``columns`` (``PairFeatures.pair_columns``), block by block."""
        customers, row = np.unique(pairs.customer, return_inverse=True)
        of_customers = self._part_of_customers(customers.astype(np.int32))
        out = np.empty(len(pairs), np.float32)
        for first in range(0, len(pairs), BLOCK_ROWS):
            block = slice(first, first + BLOCK_ROWS)
            hidden = dense_input(self._of_pair, columns[:, block].T) @ self._of_pair["kernel"]
            hidden += self._articles[pairs.article[block]]
            hidden += of_customers[row[block]]
            out[block] = layers_behind(self._weights, hidden)
        return out

    def _part_of_articles(self) -> FloatArray:
        """(n_articles, units) what each article brings to the first layer, with the bias."""
        numbers = self._features.article_numbers
        articles = np.arange(len(numbers), dtype=np.int32)
        parts = [
            self._part(self._of_article, numbers[articles[first : first + BLOCK_ROWS]])
            for first in range(0, len(articles), BLOCK_ROWS)
        ]
        part = np.concatenate(parts) if parts else np.empty((0, len(self._weights["bias_0"])), np.float32)
        self._add_categories(part, ARTICLE_CATEGORIES, articles)
        if IMAGE in self._tables:
            part += self._tables[IMAGE][self._codes(ARTICLE_ID, articles)]
        return part + self._weights["bias_0"]

    def _part_of_customers(self, customers: IntArray) -> FloatArray:
        """(m, units) what each customer brings to the first layer."""
        part = self._part(self._of_customer, self._features.customer_numbers(customers))
        self._add_categories(part, CUSTOMER_CATEGORIES, customers)
        return part

    def _part(self, weights: Weights, numbers: FloatArray) -> FloatArray:
        part: FloatArray = dense_input(weights, numbers) @ weights["kernel"]
        return part

    def _add_categories(self, part: FloatArray, names: Sequence[str], rows: IntArray) -> None:
        for name in names:
            if name in self._tables:
                part += self._tables[name][self._codes(name, rows)]

    def _codes(self, name: str, rows: IntArray) -> IntArray:
        return self._features.codes_of(name, rows, self._vocabulary[name])


def _columns(weights: Weights, columns: slice) -> Weights:
    """Scaling of some of the numbers, and their rows of the first kernel: numbers first, then their null flags."""
    has_flag = weights["missing"] > 0
    row_of_flag = len(has_flag) + np.cumsum(has_flag) - 1
    rows = np.concatenate([np.arange(len(has_flag))[columns], row_of_flag[columns][has_flag[columns]]])
    scaling = {name: weights[name][columns] for name in ("mean", "scale", "missing")}
    return scaling | {"kernel": weights["kernel_0"][rows]}


def _embedded(weights: Weights, categories: Sequence[str]) -> dict[str, FloatArray]:
    """Per category that counts, (size, units) what each code brings to the first layer; ``image`` by article code."""
    kernel, found = weights["kernel_0"], {}
    at = len(weights["mean"]) + int((weights["missing"] > 0).sum())
    inputs = {name: f"embedding_{name}" for name in categories} | {IMAGE: IMAGE}
    for name, stored in inputs.items():
        if stored in weights:
            table = weights[stored]
            found[name] = table @ kernel[at : at + table.shape[1]]
            at += table.shape[1]
    return found
