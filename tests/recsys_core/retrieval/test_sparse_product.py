import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from recsys_core.retrieval.candidates import PAD, RetrieverCandidates
from recsys_core.retrieval.sparse_product import top_k_of_cosine, top_k_of_product

SMALL = st.integers(0, 3)
MATRICES = st.lists(st.lists(SMALL, min_size=4, max_size=4), max_size=7)


def matrix(rows: list[list[int]], width: int) -> sparse.csr_array:
    return sparse.csr_array(np.array(rows, np.float32).reshape(-1, width))


@given(MATRICES, MATRICES, st.integers(1, 9), st.integers(1, 3))
def test_the_best_are_those_of_the_sorted_product(
    left: list[list[int]], right: list[list[int]], k: int, threads: int
) -> None:
    rows, columns = matrix(left, 4), sparse.csr_array(matrix(right, 4).T)
    found = top_k_of_product(rows, columns, k, threads=threads)

    for i, sums in enumerate((rows @ columns).toarray()):
        expected = sorted((-value, column) for column, value in enumerate(sums) if value > 0)[:k]
        short = k - len(expected)
        assert found.article_idx[i].tolist() == [column for _, column in expected] + [PAD] * short
        assert found.score[i].tolist() == [-value for value, _ in expected] + [0] * short


def test_columns_are_multiplied_and_those_of_the_row_s_group_left_out() -> None:
    left, right = matrix([[1, 2], [0, 1]], 2), matrix([[3, 1, 0], [0, 1, 2]], 3)  # product [[3, 3, 4], [0, 1, 2]]
    groups = np.array([0, 7], np.int32), np.array([1, 1, 0], np.int32)

    found = top_k_of_product(left, right, 2, np.array([1, 5, 1], np.float32), groups)

    assert found.article_idx.tolist() == [[1, 0], [1, 2]]
    assert found.score.tolist() == [[15, 3], [5, 2]]


@pytest.mark.parametrize(("rows", "columns"), [(0, 3), (3, 0)])
def test_an_empty_side_has_no_best(rows: int, columns: int) -> None:
    left, right = (sparse.csr_array(np.ones(shape, np.float32)) for shape in ((rows, 2), (2, columns)))
    found = top_k_of_product(left, right, 5)
    assert found.article_idx.shape == (rows, 5)
    assert (found.article_idx == PAD).all()


ANY_TWO_GO = np.ones((1, 1), bool)


def groups(*codes: int) -> np.ndarray:
    return np.array(codes, np.int32)


def sizes(*divisors: float) -> np.ndarray:
    return np.array(divisors, np.float32)


def test_a_product_is_divided_by_the_sizes_of_row_and_column() -> None:
    left, right = matrix([[1, 1], [0, 1]], 2), matrix([[2, 4, 0], [0, 4, 3]], 3)  # product [[2, 8, 3], [0, 4, 3]]
    together = groups(0, 0), groups(0, 0, 0), ANY_TWO_GO

    found = top_k_of_cosine(left, right, 2, (sizes(1, 2), sizes(1, 8, 1)), 1, together)

    assert found.article_idx.tolist() == [[2, 0], [2, 1]]
    assert found.score.tolist() == [[3, 2], [1.5, 0.25]]


def test_products_below_the_least_and_of_groups_that_do_not_go_together_are_none() -> None:
    left, right = matrix([[1], [1]], 1), matrix([[5, 1, 2, 3]], 4)
    goes = np.array([[False, True], [True, True]])
    together = groups(0, 1), groups(0, 1, 1, 1), goes

    found = top_k_of_cosine(left, right, 4, (sizes(1, 1), sizes(1, 1, 1, 1)), 2, together)

    assert found.article_idx.tolist() == [[3, 2, PAD, PAD], [0, 3, 2, PAD]]
    assert found.score.tolist() == [[3, 2, 0, 0], [5, 3, 2, 0]]


def test_the_score_of_a_kind_is_added_and_stands_alone_without_a_product() -> None:
    """Rows 0 and 2 are of a kind that goes with columns 2 and 0; row 1 is of one that goes with none."""
    left, right = matrix([[1], [1], [0]], 1), matrix([[4, 4, 0]], 3)
    of_kind = RetrieverCandidates(groups(PAD, PAD, 2, 0).reshape(2, 2), sizes(0, 0, 0.75, 0.5).reshape(2, 2))
    together = groups(0, 0, 0), groups(0, 0, 0), ANY_TWO_GO

    found = top_k_of_cosine(left, right, 3, (sizes(1, 1, 1), sizes(1, 1, 1)), 1, together, (of_kind, groups(1, 0, 1)))

    assert found.article_idx.tolist() == [[0, 1, 2], [0, 1, PAD], [2, 0, PAD]]
    assert found.score.tolist() == [[4.5, 4, 0.75], [4, 4, 0], [0.75, 0.5, 0]]


@given(MATRICES, MATRICES, st.integers(1, 9), st.integers(1, 4))
def test_the_best_cosines_are_those_of_the_sorted_product(
    left: list[list[int]], right: list[list[int]], k: int, least: int
) -> None:
    rows, columns = matrix(left, 4), sparse.csr_array(matrix(right, 4).T)
    row_size, column_size = (np.arange(1, n + 1, dtype=np.float32) for n in (len(left), len(right)))
    together = np.zeros(len(left), np.int32), np.zeros(len(right), np.int32), ANY_TWO_GO
    found = top_k_of_cosine(rows, columns, k, (row_size, column_size), least, together)

    for i, sums in enumerate((rows @ columns).toarray()):
        cosines = sums / (row_size[i] * column_size)
        expected = sorted((-cosines[column], column) for column in np.flatnonzero(sums >= least))[:k]
        short = k - len(expected)
        assert found.article_idx[i].tolist() == [column for _, column in expected] + [PAD] * short
        assert found.score[i].tolist() == [-value for value, _ in expected] + [0] * short
