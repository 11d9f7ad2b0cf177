"""The cost of a model's age: lists of one day by models of several ages, measured on the same customers."""

from collections.abc import Mapping, Sequence
from typing import Any

from recsys_core.evaluation.metrics.accuracy import FloatArray, bootstrap_means, interval_of


def age_rows(ages: Sequence[int], precision: FloatArray, recall: FloatArray) -> list[dict[str, Any]]:
    """One row an age in days: MAP@12 and recall@100, and their paired differences to the first age.

    ``precision`` and ``recall`` (n_customers, n_ages). All intervals are of 95 %, over the same draws of customers.
    """
    mean_precision, mean_recall = bootstrap_means(precision), bootstrap_means(recall)
    return [
        {
            "models_age": age,
            "map_at_12": float(precision[:, i].mean()),
            "interval": interval_of(mean_precision[:, i]),
            "difference": float((precision[:, i] - precision[:, 0]).mean()),
            "difference_interval": interval_of(mean_precision[:, i] - mean_precision[:, 0]),
            "recall_at_100": float(recall[:, i].mean()),
            "recall_difference": float((recall[:, i] - recall[:, 0]).mean()),
            "recall_difference_interval": interval_of(mean_recall[:, i] - mean_recall[:, 0]),
        }
        for i, age in enumerate(ages)
    ]


def age_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as a Markdown table."""
    lines = ["| age, days | MAP@12 | 95 % | difference | 95 % | recall@100 | difference | 95 % |"]
    lines += ["|--:|--:|---|--:|---|--:|--:|---|"]
    for row in rows:
        low, high = row["interval"]
        cells = [str(row["models_age"]), f"{row['map_at_12']:.4f}", f"{low:.4f} to {high:.4f}"]
        cells += _difference(row["difference"], row["difference_interval"])
        cells += [f"{row['recall_at_100']:.4f}"]
        cells += _difference(row["recall_difference"], row["recall_difference_interval"])
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _difference(value: float, interval: Sequence[float]) -> list[str]:
    low, high = interval
    return [f"{value:+.4f}", f"{low:+.4f} to {high:+.4f}"]
