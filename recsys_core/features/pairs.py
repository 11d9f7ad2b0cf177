"""Features of a customer-candidate pair (design B: hundreds of features; design A, table 2).

One definition serves training and scoring: both call ``PairFeatures.numbers``. Each feature group has a
file; ``catalogue.py`` lists them all for people. Nulls are NaN here; a ranker decides what to make of them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from recsys_core.contracts.features import Group
from recsys_core.features import demand, of_article, of_customer, preferences
from recsys_core.features.consistency import FEATURES as CONSISTENCY
from recsys_core.features.consistency import Consistency
from recsys_core.features.feature import Feature, Floats
from recsys_core.features.own_history import FEATURES as OWN_HISTORY
from recsys_core.features.own_history import OwnHistory
from recsys_core.features.shared_values import postal_codes, usual_channels
from recsys_core.features.snapshot import Codes, FloatArray, IntArray, Snapshot

CUSTOMER_ID, ARTICLE_ID = "customer_id", "article_id"
IDS = (CUSTOMER_ID, ARTICLE_ID)
CUSTOMER_CATEGORIES = (
    "club_member_status",
    "fashion_news_frequency",
    "age_interval",
    "postal_code",
    "usual_channel",
    CUSTOMER_ID,
)
ARTICLE_CATEGORIES = (
    "product_type_name",
    "product_group_name",
    "graphical_appearance_name",
    "colour_group_name",
    "department_name",
    "section_name",
    "garment_group_name",
    "index_name",
    ARTICLE_ID,
)
OWNERS: Mapping[Group, int] = {"customer": 0, "demand": 1, "article": 1}
"""Owner of a group's numbers: 0 the customer, 1 the article; of all others the pair."""
HISTORY_CATEGORIES = ("usual_channel", CUSTOMER_ID)
"""Features that a customer has by having bought something."""
ARTICLE_PAST = frozenset({*(feature.name for feature in of_article.FEATURES), *ARTICLE_CATEGORIES} - {ARTICLE_ID})
"""Columns that tell articles apart whoever the customer is (``ranking/feature_subsets.py``)."""

PROFILE = frozenset(
    {
        "customer_age",
        "customer_fn",
        "customer_active",
        "age_minus_buyer_age",
        "age_gap",
        "age_group_log_lift",
        "postal_code_log_lift",
    }
)
"""Columns that tell customers apart who never bought anything; so do their categories but HISTORY_CATEGORIES."""

RISING = frozenset({*(feature.name for feature in demand.FEATURES), "popular_score", "popular_closeness"})
"""Columns that can only speak for a candidate: what is wanted more is never less likely to be bought for that."""


@dataclass(frozen=True)
class Pairs:
    """Candidates to describe: flat, one entry a pair."""

    customer: IntArray
    """(n,) rows of the snapshot."""
    article: IntArray
    """(n,)"""
    retriever_score: FloatArray
    """(n, n_retrievers)"""
    retriever_rank: IntArray
    """(n, n_retrievers), 0 = not retrieved by the retriever."""
    personal: FloatArray
    """(n,) two-tower cosine of the pair less that of the article with a customer nobody knows, retrieved or not."""

    def __len__(self) -> int:
        return len(self.customer)

    @cached_property
    def owners(self) -> tuple[IntArray, IntArray]:
        """The different customers (m,), ascending, and where each pair's (n,) is among them."""
        step = np.diff(self.customer, prepend=self.customer[:1])
        if (step < 0).any():
            customers, row = np.unique(self.customer, return_inverse=True)
            return customers, row.astype(np.int32)
        starts = step > 0
        starts[:1] = True
        return self.customer[starts], np.cumsum(starts, dtype=np.int32) - np.int32(1)

    def take(self, rows: slice) -> "Pairs":
        return Pairs(
            self.customer[rows],
            self.article[rows],
            self.retriever_score[rows],
            self.retriever_rank[rows],
            self.personal[rows],
        )


@dataclass(frozen=True)
class PairColumns:
    """The columns that belong to a pair of customer and article, not to one of them."""

    values: FloatArray
    """(n_columns, n), each column contiguous."""
    patterns: tuple[preferences.Pattern, ...]
    """Preference patterns that the columns of the group ``preference`` come from, which are the first ones; empty
    without that group."""


def pair_features(retrievers: Collection[str], leave_out: Collection[Group] = ()) -> tuple[Feature, ...]:
    """Every numeric feature in the order of its column."""
    groups = (
        of_customer.FEATURES,
        demand.FEATURES,
        of_article.FEATURES,
        preferences.FEATURES,
        CONSISTENCY,
        OWN_HISTORY,
        retrieval_features(retrievers),
    )
    return tuple(feature for group in groups for feature in group if feature.group not in leave_out)


def retrieval_features(retrievers: Collection[str]) -> tuple[Feature, ...]:
    """Score and closeness of every retriever, and how many retrievers agree."""

    def by_retrievers(name: str, meaning: str) -> Feature:
        return Feature(name, "retrieval", meaning)

    features = [by_retrievers("two_tower_personal", "cosine of the two towers less that with a customer nobody knows")]
    for retriever in retrievers:
        features.append(
            by_retrievers(f"{retriever}_score", f"score of the {retriever} retriever, 0 if it did not retrieve")
        )
        features.append(
            by_retrievers(f"{retriever}_closeness", f"1/sqrt(rank) in the {retriever} retriever, 0 if absent")
        )
    votes = Feature("retrievers", "retrieval", "how many retrievers retrieved the candidate", unit="retrievers")
    return (*features, votes)


class PairFeatures:
    """Computes the features of pairs of one snapshot, without the groups in ``leave_out``."""

    def __init__(self, snapshot: Snapshot, retrievers: tuple[str, ...], leave_out: Collection[Group] = ()) -> None:
        self._snapshot = snapshot
        self._leave_out = frozenset(leave_out)
        self.numeric = pair_features(retrievers, leave_out)
        """The features in the order of their columns."""
        self._own_history = OwnHistory(snapshot)
        self._consistency = Consistency(snapshot)
        self._coded: dict[tuple[str, int], _Coded] = {}

    @property
    def numeric_names(self) -> tuple[str, ...]:
        return tuple(feature.name for feature in self.numeric)

    @property
    def category_names(self) -> tuple[str, ...]:
        customer = () if "customer" in self._leave_out else CUSTOMER_CATEGORIES
        return (*customer, *(() if "article" in self._leave_out else ARTICLE_CATEGORIES))

    @property
    def has_preferences(self) -> bool:
        """Whether the columns of the group ``preference`` are among those of the pair, which they begin with."""
        return "preference" not in self._leave_out

    @cached_property
    def columns_by_owner(self) -> tuple[slice, slice, slice]:
        """Columns of the numbers that belong to the customer, to the article, and to the pair."""
        owners = [OWNERS.get(feature.group, 2) for feature in self.numeric]
        first, second = (sum(owner < each for owner in owners) for each in (1, 2))
        return slice(0, first), slice(first, second), slice(second, len(owners))

    def numbers(self, pairs: Pairs) -> FloatArray:
        """(n, len(numeric_names)) float32."""
        out = np.empty((len(pairs), len(self.numeric)), np.float32)
        of_customer, of_article, of_pair = self.columns_by_owner
        customers, row = pairs.owners
        out[:, of_customer] = self.customer_numbers(customers)[row]
        out[:, of_article] = self.article_numbers[pairs.article]
        out[:, of_pair] = self.pair_columns(pairs).values.T
        return out

    def pair_columns(self, pairs: Pairs) -> PairColumns:
        """The columns that belong to the pair."""
        of_pair = self.columns_by_owner[2]
        out = np.empty((of_pair.stop - of_pair.start, len(pairs)), np.float32)
        patterns = preferences.patterns(self._snapshot, *pairs.owners, pairs.article) if self.has_preferences else ()
        at = 0
        for values in self._of_pairs(pairs, patterns):
            columns = values[:, None] if values.ndim == 1 else values
            out[at : at + columns.shape[1]] = columns.T
            at += columns.shape[1]
        return PairColumns(out, patterns)

    def customer_numbers(self, customers: IntArray) -> FloatArray:
        """(len(customers), n) the columns that belong to the customer."""
        if "customer" in self._leave_out:
            return np.empty((len(customers), 0), np.float32)
        return np.column_stack(list(of_customer.columns(self._snapshot, customers))).astype(np.float32)

    @cached_property
    def article_numbers(self) -> FloatArray:
        """(n_articles, n) the columns that belong to the article."""
        tables = {"demand": demand.table, "article": of_article.table}
        columns = [
            np.asarray(column, np.float32)
            for group, table in tables.items()
            if group not in self._leave_out
            for column in table(self._snapshot)
        ]
        return np.column_stack(columns) if columns else np.empty((self._snapshot.n_articles, 0), np.float32)

    def numbers_without_history(self, pairs: Pairs) -> FloatArray:
        """Numbers of the same customers had they never bought anything: only their ``PROFILE`` is theirs."""
        nobody = np.full_like(pairs.customer, self._snapshot.n_customers)
        out, known = self.numbers(replace(pairs, customer=nobody)), self.numbers(pairs)
        theirs = [i for i, feature in enumerate(self.numeric) if feature.name in PROFILE]
        out[:, theirs] = known[:, theirs]
        return out

    @property
    def category_values(self) -> dict[str, tuple[str, ...]]:
        """Every value that the snapshot knows, by category; ids are none."""
        return {name: self._codes(name).values for name in self.category_names if name not in IDS}

    def category_codes(
        self, pairs: Pairs, vocabulary: Mapping[str, Mapping[str, int]], without_history: bool = False
    ) -> IntArray:
        """(n, n_categories) codes by a ranker's own vocabulary; 0 for a value it never saw.

        ``without_history``: as of the same customers had they never bought anything.
        """
        out = np.empty((len(pairs), len(self.category_names)), np.int32)
        nobody = np.full_like(pairs.customer, self._snapshot.n_customers)
        for i, name in enumerate(self.category_names):
            customer = nobody if without_history and name in HISTORY_CATEGORIES else pairs.customer
            rows = customer if name in CUSTOMER_CATEGORIES else pairs.article
            out[:, i] = self.codes_of(name, rows, vocabulary[name])
        return out

    def codes_of(self, category: str, rows: IntArray, vocabulary: Mapping[str, int]) -> IntArray:
        """(n,) codes of a category's values by a ranker's vocabulary, of rows of customers or of articles."""
        return self._all_codes(category, vocabulary)[rows]

    def _all_codes(self, category: str, vocabulary: Mapping[str, int]) -> IntArray:
        """Codes of all customers or articles, an unknown customer at the end; kept for the next block."""
        known = self._coded.get((category, id(vocabulary)))
        if known is None:
            if category in IDS:
                codes = np.array([*(vocabulary.get(id_, 0) for id_ in self._ids(category)), 0], np.int32)
            else:
                values = self._codes(category)
                codes = np.array([vocabulary.get(value, 0) for value in values.values], np.int32)[values.codes]
            known = self._coded[category, id(vocabulary)] = _Coded(vocabulary, codes)
        return known.codes

    def _ids(self, name: str) -> npt.NDArray[np.object_]:
        return self._snapshot.customer_ids if name == CUSTOMER_ID else self._snapshot.article_ids

    def _codes(self, name: str) -> Codes:
        if name == "postal_code":
            return self._postal_codes
        if name == "usual_channel":
            return self._usual_channels
        if name in CUSTOMER_CATEGORIES:
            return self._snapshot.customer_codes(name)
        return self._snapshot.article_codes(name)

    @cached_property
    def _postal_codes(self) -> Codes:
        return postal_codes(self._snapshot)

    @cached_property
    def _usual_channels(self) -> Codes:
        return usual_channels(self._snapshot)

    def _of_pairs(self, pairs: Pairs, patterns: Sequence[preferences.Pattern]) -> Iterator[Floats]:
        """The columns that belong to the pair: (n,) one, or (n, width) some that are made together."""
        groups: Mapping[Group, Callable[[], Iterator[Floats]]] = {
            "preference": lambda: preferences.columns(patterns),
            "consistency": lambda: self._consistency.columns(pairs.customer, pairs.article),
            "own_history": lambda: self._own_history.columns(pairs.customer, pairs.article),
            "retrieval": lambda: _retrieval(pairs),
        }
        for name, columns in groups.items():
            if name not in self._leave_out:
                yield from columns()


@dataclass(frozen=True)
class _Coded:
    """Codes by a vocabulary, which is kept with them so that no other one takes its ``id``."""

    vocabulary: Mapping[str, int]
    codes: IntArray


def _retrieval(pairs: Pairs) -> Iterator[Floats]:
    yield pairs.personal
    for i in range(pairs.retriever_score.shape[1]):
        yield pairs.retriever_score[:, i]
        rank = pairs.retriever_rank[:, i]
        yield np.where(rank > 0, 1 / np.sqrt(np.maximum(rank, 1)), 0).astype(np.float32)
    yield (pairs.retriever_rank > 0).sum(axis=1).astype(np.float32)
