import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from recsys_core.evaluation.metrics.accuracy import (
    BOOTSTRAP_ROUNDS,
    Truth,
    average_precision,
    average_precision_of_hits,
    bootstrap_interval,
    bootstrap_means,
    gini,
    interval_of,
    recall,
)

ARTICLES = st.integers(0, 15)
CUSTOMER = st.tuples(
    st.sets(st.integers(-1, 15), min_size=1, max_size=14),  # bought; -1 is an article nobody knows
    st.lists(ARTICLES, max_size=14, unique=True),  # recommended
)


def naive_average_precision(bought: set[int], best: list[int], k: int) -> float:
    score = hits = 0.0
    for place, article in enumerate(best[:k], start=1):
        if article in bought:
            hits += 1
            score += hits / place
    return score / min(len(bought), k)


@given(st.lists(CUSTOMER, min_size=1, max_size=6), st.integers(1, 14))
def test_equal_a_naive_loop(customers: list[tuple[set[int], list[int]]], k: int) -> None:
    pairs = [(i, article) for i, (bought, _) in enumerate(customers) for article in sorted(bought)]
    truth = Truth(np.array([i for i, _ in pairs]), np.array([a for _, a in pairs], np.int32), len(customers))
    lists = np.array([best + [-1] * (14 - len(best)) for _, best in customers], np.int32)

    expected = [naive_average_precision(bought, best, k) for bought, best in customers]
    share = [len(bought & set(best[:k])) / len(bought) for bought, best in customers]
    assert average_precision(truth, lists, k) == pytest.approx(expected)
    assert recall(truth, lists, k) == pytest.approx(share)


def test_who_buys_more_than_k_can_still_reach_one() -> None:
    """Kaggle divides by min(m, 12)."""
    truth = Truth(np.zeros(20, np.int64), np.arange(20, dtype=np.int32), 1)

    assert average_precision(truth, np.arange(12, dtype=np.int32)[None]) == pytest.approx([1.0])


def test_by_hand() -> None:
    truth = Truth(np.array([0, 0, 1]), np.array([5, 7, 9], np.int32), 3)
    lists = np.array([[5, 1, 7], [1, 9, 2], [1, 2, 3]], np.int32)

    assert average_precision(truth, lists) == pytest.approx([(1 + 2 / 3) / 2, 1 / 2, 0])
    assert recall(truth, lists, 2) == pytest.approx([1 / 2, 1, 0])


def test_interval_holds_the_mean_and_is_the_same_again() -> None:
    values = np.random.default_rng(0).random(200)

    low, high = bootstrap_interval(values)

    assert low < values.mean() < high
    assert (low, high) == bootstrap_interval(values)
    assert high - low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(200), rel=0.2)


def test_the_bootstrap_equals_scipys() -> None:
    """Draws, means and percentile intervals of several series over the same customers (ADR 28)."""
    values = np.random.default_rng(0).random((300, 4))

    means = bootstrap_means(values)
    by_scipy = stats.bootstrap(
        (values.T,),
        np.mean,
        axis=-1,
        n_resamples=BOOTSTRAP_ROUNDS,
        batch=1,
        method="percentile",
        rng=np.random.default_rng(0),
    )

    np.testing.assert_allclose(means.T, by_scipy.bootstrap_distribution, rtol=0, atol=1e-12)
    intervals = np.transpose(by_scipy.confidence_interval)
    np.testing.assert_allclose([interval_of(one) for one in means.T], intervals, rtol=0, atol=1e-12)


def test_flat_hits_give_the_same_whatever_their_order() -> None:
    row, rank = np.array([1, 0, 0, 2]), np.array([2, 3, 1, 13])  # the last one lies beyond 12

    assert average_precision_of_hits(row, rank, np.array([2, 1, 1])) == pytest.approx([(1 + 2 / 3) / 2, 1 / 2, 0])


def test_the_truth_of_some_customers() -> None:
    truth = Truth(np.array([0, 0, 1, 2]), np.array([5, 7, 9, -1], np.int32), 3)

    some = truth.of(np.array([2, 0]))

    assert some.n_customers == 2
    assert some.customer.tolist() == [0, 1, 1]
    assert some.article.tolist() == [-1, 5, 7]


def test_the_truth_among_some_articles() -> None:
    truth = Truth(np.array([0, 0, 1]), np.array([1, 2, -1], np.int32), 2)

    among = truth.among(np.array([False, False, True]))

    assert among.sizes.tolist() == [1, 0]
    assert among.article.tolist() == [2]


def test_differences_are_paired() -> None:
    """A difference that is the same for everybody is the same in every sample."""
    values = np.random.default_rng(0).random(50)

    means = bootstrap_means(np.stack([values + 0.25, values], axis=1))

    assert interval_of(means[:, 0] - means[:, 1]) == pytest.approx((0.25, 0.25))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([3, 3, 3], 0), ([0, 0, 6], 2 / 3), ([1, 3], 1 / 4), ([0, 0], 0)],
)
def test_gini(counts: list[int], expected: float) -> None:
    assert gini(np.array(counts)) == pytest.approx(expected)
