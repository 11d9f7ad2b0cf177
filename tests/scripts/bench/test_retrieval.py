"""The figures of the retrieval benchmark by hand, and that its contenders agree."""

import numpy as np
import pytest

from scripts.bench.retrieval import (
    FAISS,
    NUMPY,
    OURS,
    SGEMM,
    TFRS,
    Case,
    clustered,
    contenders,
    exact,
    lead,
    recall,
)

CASE = Case(
    "small",
    np.array([[1, 0], [0, -1]], np.float32),
    np.array([[1, 5], [3, 1], [2, -2]], np.float32),
)


def test_exact_orders_by_score() -> None:
    assert exact(CASE, 2).tolist() == [[1, 2], [2, 1]]


def test_recall_is_the_share_of_the_expected_in_any_order() -> None:
    assert recall(np.array([[1, 2], [7, 3]]), np.array([[2, 1], [3, 4]])) == 0.75


def test_lead_is_the_median_of_the_rounds() -> None:
    assert lead([4.0, 9.0, 10.0], [2.0, 3.0, 1.0]) == 3.0


def test_clustered_vectors_have_length_1_and_neighbours() -> None:
    """Independent directions of 64 numbers have a cosine of 0.125 in one standard deviation."""
    customers, articles = clustered((20, 3000), 64, np.random.default_rng(1))

    np.testing.assert_allclose(np.linalg.norm(articles, axis=1), 1, rtol=1e-5)
    assert customers.shape == (20, 64)
    assert (customers @ articles.T).max(axis=1).min() > 0.5


@pytest.mark.full
def test_all_contenders_find_the_same() -> None:
    searches = contenders(CASE)

    for name in (OURS, FAISS, TFRS, NUMPY):
        assert searches[name]().tolist() == [[1, 2, 0], [2, 1, 0]], name
    assert searches[SGEMM]().tolist() == [[1, 3, 2], [-5, -1, 2]]
