"""Operations on the candidates of customers, row by row: a row's candidates stand best first."""

from typing import Any

import numpy as np
import numpy.typing as npt

from recsys_core.compiled import compiled
from recsys_core.rules.context import BoolArray

Integers = npt.NDArray[np.integer[Any]]


def first_in_row(values: Integers, valid: BoolArray, n_values: int) -> BoolArray:
    """(n, m) True where a valid one of ``values`` (n, m), all below ``n_values``, is the first such of its row."""
    first = np.empty(values.shape, np.bool_)
    _mark_first(values, valid, np.full(n_values, -1, np.int64), first)
    return first


def times_so_far(values: Integers, n_values: int) -> npt.NDArray[np.int32]:
    """(n, m) how often each of ``values``, all below ``n_values``, has stood in its row, itself included."""
    times = np.empty(values.shape, np.int32)
    _count_in_row(values, np.full(n_values, -1, np.int64), np.zeros(n_values, np.int32), times)
    return times


def first_by_tier(tier: npt.NDArray[np.uint8], length: int) -> npt.NDArray[np.int64]:
    """(n, length) columns of each row of ``tier`` (n, m): lower tiers first, within a tier in their order; m >= length.

    It is a stable ``argsort`` of a few distinct values, cut to ``length``.
    """
    order = np.empty((len(tier), length), np.int64)
    _order_by_tier(tier, int(tier.max(initial=0)) + 1, order)
    return order


@compiled
def _mark_first(values: Integers, valid: BoolArray, seen_in: npt.NDArray[np.int64], first: BoolArray) -> None:
    """``seen_in`` (n_values,): the last row that held a value; -1 before."""
    for row in range(values.shape[0]):
        for column in range(values.shape[1]):
            first[row, column] = False
            if valid[row, column]:
                value = values[row, column]
                first[row, column] = seen_in[value] != row
                seen_in[value] = row


@compiled
def _count_in_row(
    values: Integers, seen_in: npt.NDArray[np.int64], count: npt.NDArray[np.int32], times: npt.NDArray[np.int32]
) -> None:
    """``seen_in`` (n_values,): the last row that held a value, -1 before; ``count`` (n_values,) how often there."""
    for row in range(values.shape[0]):
        for column in range(values.shape[1]):
            value = values[row, column]
            count[value] = count[value] + 1 if seen_in[value] == row else 1
            seen_in[value] = row
            times[row, column] = count[value]


@compiled
def _order_by_tier(tier: npt.NDArray[np.uint8], n_tiers: int, order: npt.NDArray[np.int64]) -> None:
    length = order.shape[1]
    for row in range(tier.shape[0]):
        placed = 0
        for wanted in range(n_tiers):
            if placed == length:
                break
            for column in range(tier.shape[1]):
                if tier[row, column] == wanted:
                    order[row, placed] = column
                    placed += 1
                    if placed == length:
                        break
