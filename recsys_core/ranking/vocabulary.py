"""Codes of the examples' categories: first by what one label window knows, then by what all of them do."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from recsys_core.features.pairs import ARTICLE_ID, CUSTOMER_ID
from recsys_core.features.snapshot import IntArray
from recsys_core.ranking.context import RetrievalContext

MAX_CUSTOMER_IDS = 20_000
"""Customers that the rankers know by id; bounds their vocabulary (a line an id) and embedding table. Of who was met in
a single label window nothing more could be learned than what was bought in it."""
Vocabulary = dict[str, dict[str, int]]
"""Value -> code from 1 on, by category."""


def vocabulary_of(context: RetrievalContext, customers: IntArray) -> Vocabulary:
    """Every value and article that a snapshot knows, and ``customers`` (rows of it)."""
    snapshot, features = context.snapshot, context.features
    known = customers[customers < snapshot.n_customers]
    ids = {CUSTOMER_ID: snapshot.customer_ids[known].tolist(), ARTICLE_ID: snapshot.article_ids.tolist()}
    values = {**features.category_values, **ids}
    return {name: _coded(values[name]) for name in features.category_names}


def merged(windows: Sequence[Vocabulary], returning: Iterable[str]) -> Vocabulary:
    """Sorted: every value that a window knows, the first one's articles, and ids of ``returning`` customers."""
    values: dict[str, set[str]] = {name: {*()}.union(*(window[name] for window in windows)) for name in windows[0]}
    values |= {CUSTOMER_ID: {*returning}, ARTICLE_ID: {*windows[0].get(ARTICLE_ID, ())}}
    return {name: _coded(sorted(values[name])) for name in windows[0]}


def recoded(codes: IntArray, by: Vocabulary, to: Vocabulary) -> IntArray:
    """``codes`` (n, n_categories) by another vocabulary, 0 for what it lacks."""
    out = np.empty_like(codes)
    for column, (name, known) in enumerate(by.items()):
        new = np.array([0, *(to[name].get(value, 0) for value in known)], np.int32)
        out[:, column] = new[codes[:, column]]
    return out


def customers_of(codes: IntArray, vocabulary: Vocabulary) -> set[str]:
    """Ids of the customers among ``codes`` (n, n_categories); none if they are no category."""
    if CUSTOMER_ID not in vocabulary:
        return set()
    ids = [*vocabulary[CUSTOMER_ID]]
    found = np.unique(codes[:, [*vocabulary].index(CUSTOMER_ID)])
    return {ids[code - 1] for code in found[found > 0].tolist()}


def returning(windows: Iterable[set[str]]) -> list[str]:
    """At most MAX_CUSTOMER_IDS customers of two label windows or more, those of most windows first."""
    of_customer = Counter(customer for window in windows for customer in window)
    often = sorted((customer for customer, n in of_customer.items() if n > 1), key=lambda c: (-of_customer[c], c))
    return often[:MAX_CUSTOMER_IDS]


def _coded(values: Iterable[str]) -> dict[str, int]:
    return {value: code for code, value in enumerate(values, start=1)}
