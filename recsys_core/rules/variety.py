"""Variety at the head of a list: not one product type alone, and not only what the customer had already."""

import numpy as np
import numpy.typing as npt

from recsys_core.contracts.release import REASONS
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.ranking.scored import Scored
from recsys_core.rules.config import ListsConfig
from recsys_core.rules.context import BoolArray

REPURCHASE = REASONS.index("repurchase")


def varied(lists: Scored, snapshot: Snapshot, config: ListsConfig) -> Scored:
    """Finished lists with the bounds of ``config`` kept among the first ``head`` places, the order else as it was.

    What is beyond a bound moves behind the head. A list that has too little else keeps it there. A place's score is at
    most the one before it.
    """
    within = np.ones(lists.article_idx.shape, bool)
    if config.head_max_of_type is not None:
        kind = snapshot.article_codes("product_type_name").codes[lists.article_idx]
        within &= times_so_far(kind) <= config.head_max_of_type
    if config.head_max_repurchases is not None:
        is_repurchase = lists.reason == REPURCHASE
        within &= ~is_repurchase | (np.cumsum(is_repurchase, axis=1) <= config.head_max_repurchases)
    in_head = within & (np.cumsum(within, axis=1) <= config.head)
    order = np.argsort(~in_head, axis=1, kind="stable")
    return Scored(
        lists.customer,
        np.take_along_axis(lists.article_idx, order, axis=1),
        np.minimum.accumulate(np.take_along_axis(lists.score, order, axis=1), axis=1),
        np.take_along_axis(lists.reason, order, axis=1),
    )


def times_so_far(values: IntArray) -> npt.NDArray[np.int64]:
    """(n, m) how often each value has stood in its row so far, itself included."""
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    place = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    is_new: BoolArray = np.ones(values.shape, bool)
    is_new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    first = np.maximum.accumulate(np.where(is_new, place, 0), axis=1)
    times = np.empty(values.shape, np.int64)
    np.put_along_axis(times, order, place - first + 1, axis=1)
    return times
