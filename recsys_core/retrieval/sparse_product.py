"""The best columns of each row of a product of two sparse matrices, without the product."""

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recsys_core.compiled import compiled, in_blocks
from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.retrieval.candidates import PAD, RetrieverCandidates


def top_k_of_product(
    left: sparse.csr_array,
    right: sparse.csr_array,
    k: int,
    factor: FloatArray | None = None,
    apart: tuple[IntArray, IntArray] | None = None,
    threads: int | None = 1,
) -> RetrieverCandidates:
    """The ``k`` highest columns of each row of ``left`` (n, d) times ``right`` (d, m); ties go to the smaller column.

    Sums are those of the product in float32, term by term in the order of the row.

    Parameters
    ----------
    left, right
        Their entries are positive or 0. A column whose sum is 0 is none.
    factor
        (m,) by which the columns of the product are multiplied.
    apart
        Groups of rows (n,) and of columns (m,): a row has no columns of its own group.
    threads
        None: as many as there are cores.
    """
    (n, _), m = left.shape, right.shape[1]
    factor = np.ones(m, np.float32) if factor is None else factor
    row_group, column_group = apart or (np.full(n, -1, np.int32), np.zeros(m, np.int32))
    best, score = np.full((n, k), PAD, np.int32), np.zeros((n, k), np.float32)
    data, values = left.data.astype(np.float32, copy=False), right.data.astype(np.float32, copy=False)

    def fill(first: int, end: int) -> None:
        rows = slice(first, end)
        _fill(
            *(left.indptr[first : end + 1], left.indices, data, right.indptr, right.indices, values),
            *(factor, row_group[rows], column_group, best[rows], score[rows]),
        )

    in_blocks(fill, n, threads=threads)
    return RetrieverCandidates(best, score)


def top_k_of_cosine(
    left: sparse.csr_array,
    right: sparse.csr_array,
    k: int,
    size: tuple[FloatArray, FloatArray],
    least: float,
    together: tuple[IntArray, IntArray, npt.NDArray[np.bool_]],
    added: tuple[RetrieverCandidates, IntArray] | None = None,
) -> RetrieverCandidates:
    """The ``k`` highest columns of each row of ``left`` (n, d) times ``right`` (d, m), divided by ``size``.

    All cores take part. Arithmetic is in float32; ties go to the smaller column.

    Parameters
    ----------
    left, right
        Their entries are positive or 0.
    size
        Divisors of the rows (n,) and of the columns (m,), positive.
    least
        A product that is less is none.
    together
        Groups of rows (n,) and of columns (m,), and (n_row_groups, n_column_groups) whether two go together: other
        products are none.
    added
        Columns (n_kinds, any) with a score that is added for rows of a kind, and the kind of each row (n,).
    """
    (n, _), m = left.shape, right.shape[1]
    row_size, column_size = (each.astype(np.float32, copy=False) for each in size)
    row_group, column_group, goes = together
    nothing = RetrieverCandidates(np.zeros((1, 0), np.int32), np.zeros((1, 0), np.float32)), np.zeros(n, np.int32)
    more, kind = added or nothing
    best, score = np.full((n, k), PAD, np.int32), np.zeros((n, k), np.float32)
    data, values = left.data.astype(np.float32, copy=False), right.data.astype(np.float32, copy=False)

    def fill(first: int, end: int) -> None:
        rows = slice(first, end)
        _fill_cosine(
            *(left.indptr[first : end + 1], left.indices, data, right.indptr, right.indices, values),
            *(row_size[rows], column_size, np.float32(least), row_group[rows], column_group, goes),
            *(more.article_idx, more.score, kind[rows], np.zeros(m, np.float32), best[rows], score[rows]),
        )

    in_blocks(fill, n)
    return RetrieverCandidates(best, score)


@compiled
def _fill_cosine(
    left_start: IntArray,
    left_at: IntArray,
    left_value: FloatArray,
    right_start: IntArray,
    right_at: IntArray,
    right_value: FloatArray,
    row_size: FloatArray,
    column_size: FloatArray,
    least: np.float32,
    row_group: IntArray,
    column_group: IntArray,
    goes: npt.NDArray[np.bool_],
    more_at: IntArray,
    more_score: FloatArray,
    kind: IntArray,
    more: FloatArray,
    best: IntArray,
    score: FloatArray,
) -> None:
    """Fill ``best`` and ``score`` (n, k), which hold PAD and 0; ``more`` (m,) is 0."""
    sums, touched = np.zeros(len(column_size), np.float32), np.empty(len(column_size) + 1, np.int32)
    for row in range(len(best)):
        of_row = slice(left_start[row], left_start[row + 1])
        n_touched = _add_up(left_at[of_row], left_value[of_row], right_start, right_at, right_value, sums, touched)
        for place in range(more_at.shape[1]):
            column = more_at[kind[row], place]
            if column == PAD:
                break
            touched[n_touched] = column
            n_touched += sums[column] == 0
            more[column] = more_score[kind[row], place]
        n_found = 0
        for column in touched[:n_touched]:
            value = more[column]
            if sums[column] >= least and goes[row_group[row], column_group[column]]:
                value += sums[column] / (row_size[row] * column_size[column])
            sums[column] = more[column] = 0
            if value > 0:
                n_found = _insert(best[row], score[row], n_found, column, value)


@compiled
def _fill(
    left_start: IntArray,
    left_at: IntArray,
    left_value: FloatArray,
    right_start: IntArray,
    right_at: IntArray,
    right_value: FloatArray,
    factor: FloatArray,
    row_group: IntArray,
    column_group: IntArray,
    best: IntArray,
    score: FloatArray,
) -> None:
    """Fill ``best`` and ``score`` (n, k), which hold PAD and 0."""
    sums, touched = np.zeros(len(factor), np.float32), np.empty(len(factor) + 1, np.int32)
    for row in range(len(best)):
        of_row = slice(left_start[row], left_start[row + 1])
        n_touched = _add_up(left_at[of_row], left_value[of_row], right_start, right_at, right_value, sums, touched)
        n_found, least = 0, np.float32(0)
        for column in touched[:n_touched]:
            value = sums[column] * factor[column]
            sums[column] = 0
            if value > 0 and value >= least and column_group[column] != row_group[row]:
                n_found = _insert(best[row], score[row], n_found, column, value)
                if n_found == len(score[row]):
                    least = score[row, n_found - 1]


@compiled
def _add_up(
    at: IntArray,
    weights: FloatArray,
    right_start: IntArray,
    right_at: IntArray,
    right_value: FloatArray,
    sums: FloatArray,
    touched: IntArray,
) -> int:
    """Add a row's product to ``sums`` (m,), which are 0; ``touched`` (m + 1,) are the columns, their number returned.

    Whether a column is touched first is as good as random, so it is counted rather than branched on.
    """
    n_touched = 0
    for i in range(len(at)):
        weight, middle = weights[i], at[i]
        for j in range(right_start[middle], right_start[middle + 1]):
            column, value = np.uint32(right_at[j]), weight * right_value[j]
            before = sums[column]
            touched[n_touched] = right_at[j]
            n_touched += (before == 0) & (value > 0)
            sums[column] = before + value
    return n_touched


@compiled
def _insert(best: IntArray, score: FloatArray, n_found: int, column: int, value: float) -> int:
    """Put a column into its place among the best ``n_found`` of (k,), if it has one; the number there is then."""
    k = len(best)
    if n_found == k and (value < score[k - 1] or (value == score[k - 1] and column > best[k - 1])):
        return n_found
    place = min(n_found, k - 1)
    while place > 0 and (value > score[place - 1] or (value == score[place - 1] and column < best[place - 1])):
        score[place], best[place] = score[place - 1], best[place - 1]
        place -= 1
    score[place], best[place] = value, column
    return min(n_found + 1, k)
