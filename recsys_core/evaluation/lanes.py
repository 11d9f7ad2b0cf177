"""What each retrieval lane finds alone, and what only it finds, from the candidates of a block of customers."""

import numpy as np
import numpy.typing as npt

from recsys_core.evaluation.figures import RECALL_AT, CustomerFigures
from recsys_core.evaluation.metrics import Truth, average_precision_of_hits
from recsys_core.retrieval.candidates import Candidates


def measure_lanes(figures: CustomerFigures, at: npt.NDArray[np.int64], truth: Truth, candidates: Candidates) -> None:
    """Note recall, average precision and number of candidates of every lane and of the whole pool.

    ``candidates`` are those of the customers at positions ``at`` (m,), whose purchases are ``truth``. Series:
    ``recall/lane/<lane>/<k>``, ``map/lane/<lane>``, ``candidates/<lane>``, ``only/<lane>`` (share of the purchases
    that no other lane found), ``recall/pool``, ``candidates/pool``.
    """
    sizes, n = truth.sizes, truth.n_customers
    bought = np.flatnonzero(truth.bought(candidates.row, candidates.article_idx))
    row, ranks = candidates.row[bought], candidates.lane_rank[bought]
    alone = (ranks > 0).sum(axis=1) == 1

    def share(rows: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
        return np.bincount(rows, minlength=n) / np.maximum(sizes, 1)

    figures.put("recall/pool", at, share(row))
    figures.put("candidates/pool", at, np.bincount(candidates.row, minlength=n))
    for i, lane in enumerate(candidates.lanes):
        rank = ranks[:, i]
        found = rank > 0
        for k in RECALL_AT:
            figures.put(f"recall/lane/{lane}/{k}", at, share(row[found & (rank <= k)]))
        figures.put(f"map/lane/{lane}", at, average_precision_of_hits(row[found], rank[found], sizes))
        figures.put(f"only/{lane}", at, share(row[found & alone]))
        figures.put(f"candidates/{lane}", at, np.bincount(candidates.row[candidates.lane_rank[:, i] > 0], minlength=n))


def lane_table(figures: CustomerFigures, lanes: tuple[str, ...], off: dict[str, str]) -> dict[str, dict[str, object]]:
    """Means by lane; a lane that is off has its reason instead."""
    on: dict[str, dict[str, object]] = {
        lane: {
            "state": "on",
            "map_at_12": figures.mean(f"map/lane/{lane}"),
            "recall": figures.recall(f"lane/{lane}"),
            "candidates": figures.mean(f"candidates/{lane}"),
            "only_here": figures.mean(f"only/{lane}"),
        }
        for lane in lanes
    }
    return on | {lane: {"state": "off", "reason": reason} for lane, reason in off.items()}
