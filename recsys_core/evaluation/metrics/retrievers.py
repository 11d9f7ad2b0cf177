"""Recall and precision of each retriever alone, and the share of purchases that only it finds."""

import numpy as np
import numpy.typing as npt

from recsys_core.evaluation.metrics.accuracy import Truth, average_precision_of_hits
from recsys_core.evaluation.metrics.by_customer import RECALL_AT, CustomerMetrics
from recsys_core.retrieval.candidates import Candidates


def measure_retrievers(
    metrics: CustomerMetrics, at: npt.NDArray[np.int64], truth: Truth, candidates: Candidates
) -> None:
    """Note recall, average precision and number of candidates of every retriever and of the whole pool.

    ``candidates`` are those of the customers at positions ``at`` (m,), whose purchases are ``truth``. Series:
    ``recall/retriever/<retriever>/<k>``, ``map/retriever/<retriever>``, ``candidates/<retriever>``,
    ``only/<retriever>`` (share of the purchases that no other retriever found), ``recall/pool``, ``candidates/pool``.
    """
    sizes, n = truth.sizes, truth.n_customers
    bought = np.flatnonzero(truth.bought(candidates.row, candidates.article_idx))
    row, ranks = candidates.row[bought], candidates.retriever_rank[bought]
    alone = (ranks > 0).sum(axis=1) == 1

    def share(rows: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
        return np.bincount(rows, minlength=n) / np.maximum(sizes, 1)

    metrics.put("recall/pool", at, share(row))
    metrics.put("candidates/pool", at, np.bincount(candidates.row, minlength=n))
    for i, retriever in enumerate(candidates.retrievers):
        rank = ranks[:, i]
        found = rank > 0
        for k in RECALL_AT:
            metrics.put(f"recall/retriever/{retriever}/{k}", at, share(row[found & (rank <= k)]))
        metrics.put(f"map/retriever/{retriever}", at, average_precision_of_hits(row[found], rank[found], sizes))
        metrics.put(f"only/{retriever}", at, share(row[found & alone]))
        metrics.put(
            f"candidates/{retriever}", at, np.bincount(candidates.row[candidates.retriever_rank[:, i] > 0], minlength=n)
        )


def retriever_table(
    metrics: CustomerMetrics, retrievers: tuple[str, ...], off: dict[str, str]
) -> dict[str, dict[str, object]]:
    """Means by retriever; a retriever that is off has its reason instead."""
    on: dict[str, dict[str, object]] = {
        retriever: {
            "state": "on",
            "map_at_12": metrics.mean(f"map/retriever/{retriever}"),
            "recall": metrics.recall(f"retriever/{retriever}"),
            "candidates": metrics.mean(f"candidates/{retriever}"),
            "only_here": metrics.mean(f"only/{retriever}"),
        }
        for retriever in retrievers
    }
    return on | {retriever: {"state": "off", "reason": reason} for retriever, reason in off.items()}
