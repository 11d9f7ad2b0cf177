"""Design B's ranker: LightGBM lambdarank over the candidates of a customer."""

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
import numpy.typing as npt

from recsys_core.config import Config, LightGbmConfig
from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.ranking.base import Examples
from recsys_core.training import Monitor

if TYPE_CHECKING:
    import lightgbm

log = logging.getLogger(__name__)
VALIDATION_SHARE = 0.15
"""Customers kept aside to stop training early."""
SCORING_THREADS = 1
"""Spark runs one worker a core."""


class LightGbmRanker:
    """A booster over numbers (null stays null) and category codes."""

    name: ClassVar[str] = "lightgbm"

    def __init__(
        self, booster: "lightgbm.Booster", numeric_names: tuple[str, ...], vocabulary: Mapping[str, Mapping[str, int]]
    ) -> None:
        self.booster = booster
        self.numeric_names = numeric_names
        self.vocabulary = vocabulary

    @classmethod
    def fit(cls, examples: Examples, config: Config, monitor: Monitor | None = None) -> Self:
        monitor = monitor or Monitor()
        booster = train_booster(examples, config.lightgbm)
        best = {f"valid_{metric}": value for (_, metric), value in _flat(booster.best_score).items()}
        monitor.metrics({"trees": float(booster.best_iteration), **best}, booster.best_iteration)
        if monitor.model:
            monitor.model(booster, [_matrix(examples.numbers[:2], examples.codes[:2])])
        return cls(booster, examples.numeric_names, examples.vocabulary)

    def score(self, numbers: FloatArray, codes: IntArray) -> FloatArray:
        """Sum of the trees, (n,); comparable within a customer only."""
        if not len(numbers):
            return np.empty(0, np.float32)
        found = self.booster.predict(_matrix(numbers, codes), num_threads=SCORING_THREADS)
        return np.asarray(found, np.float32)

    def save(self, folder: Path) -> None:
        self.booster.save_model(str(folder / "booster.txt"), num_iteration=self.booster.best_iteration)
        about = {"numeric_names": self.numeric_names, "vocabulary": self.vocabulary}
        (folder / "ranker.json").write_text(json.dumps(about, indent=1, ensure_ascii=False))

    @classmethod
    def load(cls, folder: Path) -> Self:
        import lightgbm

        about = json.loads((folder / "ranker.json").read_text())
        booster = lightgbm.Booster(model_file=str(folder / "booster.txt"))
        return cls(booster, tuple(about["numeric_names"]), about["vocabulary"])


def train_booster(examples: Examples, config: LightGbmConfig) -> "lightgbm.Booster":
    """Lambdarank with early stopping by MAP@12 on customers that are kept aside."""
    import lightgbm

    names = [*examples.numeric_names, *examples.category_names]
    valid = validation_rows(examples.group, config.seed)
    matrix = _matrix(examples.numbers, examples.codes)
    whole = lightgbm.Dataset(
        matrix[~valid],
        examples.label[~valid],
        group=_sizes(examples.group[~valid]),
        feature_name=names,
        categorical_feature=list(examples.category_names),
    )
    aside = lightgbm.Dataset(
        matrix[valid],
        examples.label[valid],
        group=_sizes(examples.group[valid]),
        reference=whole,
    )
    callbacks: list[Callable[..., object]] = [
        lightgbm.early_stopping(config.patience, verbose=False),
        lightgbm.log_evaluation(50),
    ]
    return lightgbm.train(_parameters(config), whole, config.trees, valid_sets=[aside], callbacks=callbacks)


def validation_rows(group: IntArray, seed: int) -> npt.NDArray[np.bool_]:
    """(n,) True for the rows of customers that are kept aside; at least one customer, never all."""
    customers, position = np.unique(group, return_inverse=True)
    lottery = np.random.default_rng(seed).permutation(len(customers))
    aside: npt.NDArray[np.bool_] = lottery[position] < max(1, round(VALIDATION_SHARE * len(customers)))
    return aside


def _parameters(config: LightGbmConfig) -> dict[str, object]:
    return {
        "objective": "lambdarank",
        "metric": "map",
        "eval_at": [12],
        "lambdarank_truncation_level": 20,
        "learning_rate": config.learning_rate,
        "num_leaves": config.leaves,
        "min_data_in_leaf": config.min_rows_in_leaf,
        "feature_fraction": config.feature_share,
        "lambda_l2": config.ridge,
        "cat_smooth": 50.0,
        "max_cat_threshold": 16,
        "seed": config.seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def _matrix(numbers: FloatArray, codes: IntArray) -> FloatArray:
    return np.concatenate([numbers, codes.astype(np.float32)], axis=1)


def _sizes(group: IntArray) -> npt.NDArray[np.int64]:
    """Rows of each customer, in their order."""
    return np.unique(group, return_counts=True)[1]


def _flat(scores: Mapping[str, Mapping[str, float]]) -> dict[tuple[str, str], float]:
    return {(data, metric.replace("@", "_at_")): v for data, found in scores.items() for metric, v in found.items()}
