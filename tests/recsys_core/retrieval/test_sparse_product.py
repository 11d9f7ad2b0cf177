import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.sparse_product import top_k_of_product

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
