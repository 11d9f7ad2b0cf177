"""Variety at the head of a list: not one product type alone, and not only what the customer had already."""

import numpy as np

from recsys_core.contracts.release import REASONS
from recsys_core.features.snapshot import Snapshot
from recsys_core.ranking.scored import Scored
from recsys_core.rules.config import ListsConfig
from recsys_core.rules.rows import first_by_tier, times_so_far

REPURCHASE = REASONS.index("repurchase")


def varied(lists: Scored, snapshot: Snapshot, config: ListsConfig) -> Scored:
    """Finished lists with the bounds of ``config`` kept among the first ``head`` places, the order else as it was.

    What is beyond a bound moves behind the head. A list that has too little else keeps it there. A place's score is at
    most the one before it.
    """
    within = np.ones(lists.article_idx.shape, bool)
    if config.head_max_of_type is not None:
        kind = snapshot.article_codes("product_type_name")
        within &= times_so_far(kind.codes[lists.article_idx], kind.size) <= config.head_max_of_type
    if config.head_max_repurchases is not None:
        is_repurchase = lists.reason == REPURCHASE
        within &= ~is_repurchase | (np.cumsum(is_repurchase, axis=1) <= config.head_max_repurchases)
    in_head = within & (np.cumsum(within, axis=1) <= config.head)
    order = first_by_tier((~in_head).astype(np.uint8), in_head.shape[1])
    return Scored(
        lists.customer,
        np.take_along_axis(lists.article_idx, order, axis=1),
        np.minimum.accumulate(np.take_along_axis(lists.score, order, axis=1), axis=1),
        np.take_along_axis(lists.reason, order, axis=1),
    )
