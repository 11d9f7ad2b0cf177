"""The DNN ranker's forward pass over the pairs of one snapshot.

The first layer is a sum over its inputs, and most of those belong to the article or to the customer of a pair, or to
the customer and a value of an attribute. An article's part is computed once for the whole snapshot, the others once a
block, so that only the inputs of the pair itself go through the matrix product pair by pair. The scores are those of
``forward``, up to rounding.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from recsys_core.compiled import compiled
from recsys_core.features.pairs import (
    ARTICLE_CATEGORIES,
    ARTICLE_ID,
    CUSTOMER_CATEGORIES,
    PairColumns,
    PairFeatures,
    Pairs,
)
from recsys_core.features.preferences import Pattern, pattern_columns
from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.ranking.dnn.forward import BLOCK_ROWS, IMAGE, Weights, dense_input, layers_behind


class NetworkOfSnapshot:
    """Weights of a DNN ranker at work on one snapshot."""

    def __init__(self, weights: Weights, vocabulary: Mapping[str, Mapping[str, int]], features: PairFeatures) -> None:
        self._weights = weights
        self._vocabulary = vocabulary
        self._features = features
        self._tables = _embedded(weights, tuple(vocabulary))
        of_customer, of_article, of_pair = (np.arange(each.start, each.stop) for each in features.columns_by_owner)
        self._of_customer, self._of_article = _columns(weights, of_customer), _columns(weights, of_article)
        of_patterns = pattern_columns() if features.has_preferences else []
        self._of_patterns = [_columns(weights, of_pair[columns]) for columns in of_patterns]
        self._rest = np.setdiff1d(np.arange(len(of_pair)), np.concatenate([*of_patterns, np.empty(0, np.int64)]))
        self._of_rest = _columns(weights, of_pair[self._rest])
        self._blas = ThreadpoolController()
        with self._one_core():
            self._articles = self._part_of_articles()

    def _one_core(self) -> AbstractContextManager[None]:
        """Products of blocks are small: threads that share one wait for each other longer than they compute."""
        limited: AbstractContextManager[None] = self._blas.limit(limits=1, user_api="blas")
        return limited

    def scores(self, pairs: Pairs, columns: PairColumns) -> FloatArray:
        """Logits (n,) of pairs with their own ``columns``, block by block, on one core."""
        with self._one_core():
            return self._scores(pairs, columns)

    def _scores(self, pairs: Pairs, columns: PairColumns) -> FloatArray:
        customers, row = pairs.owners
        of_customers = self._part_of_customers(customers)
        shared, at = self._parts_of_patterns(columns.patterns)
        out = np.empty(len(pairs), np.float32)
        for first in range(0, len(pairs), BLOCK_ROWS):
            block = slice(first, first + BLOCK_ROWS)
            hidden = self._part(self._of_rest, columns.values[self._rest, block].T)
            _add_rows(hidden, self._articles, pairs.article[block], of_customers, row[block], shared, at[:, block])
            out[block] = layers_behind(self._weights, hidden)
        return out

    def _parts_of_patterns(self, patterns: Sequence[Pattern]) -> tuple[FloatArray, IntArray]:
        """(m, units) what the rows of all patterns bring to the first layer, and (n_patterns, n) each pair's rows."""
        parts = [self._part(weights, each.shares) for weights, each in zip(self._of_patterns, patterns, strict=True)]
        if not parts:
            return np.empty((0, len(self._weights["bias_0"])), np.float32), np.empty((0, 0), np.int32)
        start = np.cumsum([0, *(len(part) for part in parts[:-1])])
        at = np.stack([first + each.at for first, each in zip(start, patterns, strict=True)])
        return np.concatenate(parts), at.astype(np.int32)

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


def _columns(weights: Weights, columns: npt.NDArray[np.int64]) -> Weights:
    """Scaling of some of the numbers, and their rows of the first kernel: numbers first, then their null flags."""
    has_flag = weights["missing"] > 0
    row_of_flag = len(has_flag) + np.cumsum(has_flag) - 1
    rows = np.concatenate([columns, row_of_flag[columns][has_flag[columns]]])
    scaling = {name: weights[name][columns] for name in ("mean", "scale", "missing")}
    return scaling | {"kernel": weights["kernel_0"][rows]}


@compiled
def _add_rows(
    hidden: FloatArray,
    articles: FloatArray,
    article: IntArray,
    customers: FloatArray,
    customer: IntArray,
    shared: FloatArray,
    at: IntArray,
) -> None:
    """Add to each row of ``hidden`` (n, units) its row of ``articles``, of ``customers``, and those of ``shared``."""
    for i in range(len(hidden)):
        out, of_article, of_customer = hidden[i], articles[article[i]], customers[customer[i]]
        for unit in range(len(out)):
            out[unit] += of_article[unit] + of_customer[unit]
        for j in range(len(at)):
            part = shared[at[j, i]]
            for unit in range(len(out)):
                out[unit] += part[unit]


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
