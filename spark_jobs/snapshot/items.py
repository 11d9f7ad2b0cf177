"""Purchases of each customer by item: by value of an attribute (preferences), by article and product (own history)."""

import numpy as np
import numpy.typing as npt

from recsys_core.compiled import compiled
from recsys_core.contracts.features import SPANS
from recsys_core.features.arrays import HISTORY_WINDOWS, History, Preference
from spark_jobs.snapshot.histories import Bools, Bytes, Histories, Ints, Longs


def preference(histories: Histories, code: Ints, n_values: int) -> Preference:
    """Units by customer and value; ``code`` (n_articles,) is the value of each article."""
    item = code[histories.article]
    start, slot, value = group_by_item(histories.start, item, n_values)
    units = np.zeros((len(value), len(SPANS)), np.uint32)
    count_by_span(slot, histories.window, histories.on_last_day, units)
    return Preference(start, value, smallest(units))


def own_history(histories: Histories, code: Ints, n_items: int) -> History:
    """Units and days by customer and item; ``code`` (n_articles,) is the item of each article."""
    start, slot, items = group_by_item(histories.start, code[histories.article], n_items)
    counts = count_by_day(slot, histories.days_ago, histories.on_last_day, len(items), HISTORY_WINDOWS)
    return History(start, items, *(smallest(np.ascontiguousarray(column)) for column in counts.T))


def smallest(counts: npt.NDArray[np.integer]) -> npt.NDArray[np.unsignedinteger]:
    """The same whole numbers from 0 on, in the smallest type that holds them."""
    return counts.astype(np.min_scalar_type(int(counts.max(initial=0))))


@compiled
def group_by_item(start: Longs, item: Ints, n_items: int) -> tuple[Longs, Longs, Ints]:
    """The different items of each customer, ascending.

    Returns the first group of each customer (n_customers + 1,), the group of each row (n,), and the item of each
    group.
    """
    n = len(start) - 1
    starts, slot, items = np.zeros(n + 1, np.int64), np.empty(len(item), np.int64), np.empty(len(item), np.int32)
    seen_by = np.full(n_items, -1, np.int64)
    group_of = np.empty(n_items, np.int64)
    found = 0
    for customer in range(n):
        begin = found
        for row in range(start[customer], start[customer + 1]):
            if seen_by[item[row]] != customer:
                seen_by[item[row]] = customer
                items[found] = item[row]
                found += 1
        items[begin:found].sort()
        for group in range(begin, found):
            group_of[items[group]] = group
        for row in range(start[customer], start[customer + 1]):
            slot[row] = group_of[item[row]]
        starts[customer + 1] = found
    return starts, slot, items[:found].copy()


@compiled
def count_by_span(slot: Longs, window: Bytes, on_last_day: Bools, units: npt.NDArray[np.uint32]) -> None:
    """Add the rows of each group to ``units`` (groups, n_spans): by SPANS, whose last two are no windows."""
    windows = units.shape[1] - 2
    for row in range(len(slot)):
        of = units[slot[row]]
        of[windows + 1] += 1
        of[windows] += on_last_day[row]
        if window[row] < windows:
            of[window[row]] += 1
    for group in range(len(units)):
        for i in range(1, windows):
            units[group, i] += units[group, i - 1]


@compiled
def count_by_day(
    slot: Longs, days_ago: Ints, on_last_day: Bools, groups: int, windows: tuple[int, int]
) -> npt.NDArray[np.int32]:
    """Of each group units, days_ago, last_day_units, days, days_since_first, and units in two windows: (groups, 7)."""
    out = np.zeros((groups, 7), np.int32)
    for row in range(len(slot)):
        of, ago = out[slot[row]], days_ago[row]
        if of[0] == 0:
            of[4] = ago
        if of[0] == 0 or of[1] != ago:
            of[1] = ago
            of[3] += 1
        of[0] += 1
        of[2] += on_last_day[row]
        of[5] += ago <= windows[0]
        of[6] += ago <= windows[1]
    return out
