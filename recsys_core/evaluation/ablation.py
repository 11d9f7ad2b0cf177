"""Ablation of each retriever and each group of features: the ranker is trained and measured again without it.

Without a retriever, training and measuring lack the candidates that only it retrieved, and its score and closeness.
Without a group of features they lack its columns. LightGBM is the ranker that is trained again, because it trains fast
and accepts nulls; every variant has the same number of trees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from recsys_core.evaluation.metrics.accuracy import FloatArray, bootstrap_means, interval_of
from recsys_core.features.feature import Feature
from recsys_core.ranking.base import Examples

Kind = Literal["nothing", "retriever", "features"]
RETRIEVERS = "retrievers"
"""The column that counts the retrievers which retrieved a candidate."""


@dataclass(frozen=True)
class Variant:
    """The ranker's inputs without one retriever or one group of features."""

    left_out: str
    kind: Kind

    def columns(self, features: Sequence[Feature]) -> npt.NDArray[np.intp]:
        """Positions of the numeric columns that stay."""
        gone = {f"{self.left_out}_score", f"{self.left_out}_closeness"} if self.kind == "retriever" else set()
        if self.left_out == "two_tower":
            gone.add("two_tower_personal")
        left_out = self.left_out if self.kind == "features" else None
        return np.array([i for i, f in enumerate(features) if f.name not in gone and f.group != left_out], np.intp)

    def rows(self, numbers: npt.NDArray[np.float32], names: Sequence[str]) -> npt.NDArray[np.bool_]:
        """(n,) True for the candidates that are still retrieved."""
        if self.kind != "retriever":
            return np.ones(len(numbers), bool)
        by_it = numbers[:, names.index(f"{self.left_out}_closeness")] > 0
        alone: npt.NDArray[np.bool_] = by_it & (numbers[:, names.index(RETRIEVERS)] == 1)
        return ~alone

    def examples(self, examples: Examples, features: Sequence[Feature]) -> Examples:
        """Examples without the part left out. Customers who lose their last hit stay, with negatives only."""
        kept = examples.take(self.rows(examples.numbers, examples.numeric_names))
        columns = self.columns(features)
        names = tuple(examples.numeric_names[i] for i in columns)
        numbers = self.numbers(kept.numbers, examples.numeric_names, columns)
        return replace(kept, numbers=numbers, numeric_names=names)

    def numbers(
        self, numbers: npt.NDArray[np.float32], names: Sequence[str], columns: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.float32]:
        """Numeric columns that stay. The count of retrievers no longer includes the one left out."""
        left = numbers[:, columns]
        if self.kind == "retriever" and RETRIEVERS in names:
            by_it = numbers[:, names.index(f"{self.left_out}_closeness")] > 0
            left[:, np.flatnonzero(columns == names.index(RETRIEVERS))[0]] -= by_it
        return left


def variants(retrievers: Sequence[str], features: Sequence[Feature]) -> tuple[Variant, ...]:
    """The complete ranker first, then one without each retriever and each group of features that the rankers see."""
    groups = [Variant(group, "features") for group in dict.fromkeys(feature.group for feature in features)]
    return (
        Variant("nothing", "nothing"),
        *(Variant(retriever, "retriever") for retriever in retrievers if len(retrievers) > 1),
        *groups,
    )


def ablation_rows(names: Sequence[Variant], precision: FloatArray, recall: FloatArray) -> list[dict[str, Any]]:
    """One row a variant: MAP@12, its difference to the whole with a paired 95 % interval, recall@300.

    ``precision`` and ``recall`` (n_customers, n_variants); the first variant is the whole.
    """
    means = bootstrap_means(precision)
    rows = []
    for i, variant in enumerate(names):
        low, high = interval_of(means[:, i] - means[:, 0])
        rows.append(
            {
                "left_out": variant.left_out,
                "kind": variant.kind,
                "map_at_12": float(precision[:, i].mean()),
                "difference": float(precision[:, i].mean() - precision[:, 0].mean()),
                "interval": [low, high],
                "recall_at_300": float(recall[:, i].mean()),
            }
        )
    return rows


def ablation_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as a Markdown table."""
    lines = ["| left out | MAP@12 | difference | 95 % interval | recall@300 |", "|---|--:|--:|--:|--:|"]
    for row in rows:
        low, high = row["interval"]
        kind = "" if row["kind"] == "nothing" else f" ({row['kind']})"
        lines.append(
            f"| {row['left_out']}{kind} | {row['map_at_12']:.4f} | {row['difference']:+.4f} | "
            f"{low:+.4f} to {high:+.4f} | {row['recall_at_300']:.3f} |"
        )
    return "\n".join(lines) + "\n"
