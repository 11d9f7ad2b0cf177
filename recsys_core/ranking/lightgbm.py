"""Design B's ranker: LightGBM lambdarank over the candidates of a customer."""

import json
import logging
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
import numpy.typing as npt

from recsys_core.compiled import available_threads
from recsys_core.features.pairs import IDS, RISING
from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.ranking.base import Examples, load_held_out, load_validation, refuse_misfit, save_validation
from recsys_core.ranking.calibration import Calibrator
from recsys_core.ranking.config import LightGbmConfig, RankerConfigs
from recsys_core.ranking.feature_subsets import CATEGORIES, EVERYTHING, FeatureSubset, FirstTraining, first_training
from recsys_core.ranking.holdout import map_at_12, split
from recsys_core.training import Monitor

if TYPE_CHECKING:
    import lightgbm

log = logging.getLogger(__name__)
SCORING_THREADS = 1
"""Threads of one scoring worker; Spark runs one worker per core."""
REPORT_EVERY_TREES = 25
"""Trees between two reports of a training."""
MIN_TREES = 20
"""Least number of trees, even if the held-out window is best earlier; a handful cannot tell customers apart."""


class LightGbmRanker:
    """A booster over numbers (null stays null) and category codes."""

    name: ClassVar[str] = "lightgbm"

    def __init__(
        self,
        booster: "lightgbm.Booster",
        numeric_names: tuple[str, ...],
        vocabulary: Mapping[str, Mapping[str, int]],
        held_out: FloatArray | None = None,
        feature_subset: str = EVERYTHING,
        validation: "LightGbmRanker | None" = None,
        calibrator: Calibrator | None = None,
    ) -> None:
        self.booster = booster
        self.numeric_names = numeric_names
        self.vocabulary = vocabulary
        self.held_out = held_out
        self.feature_subset = feature_subset
        """Inputs that the ranker uses (``feature_subsets.py``)."""
        self.validation = validation
        self.calibrator = calibrator

    @classmethod
    def fit(cls, examples: Examples, config: RankerConfigs, monitor: Monitor | None = None) -> Self:
        monitor = monitor or Monitor()
        seen, unseen = split(examples)
        best, report = first_training(
            seen,
            (CATEGORIES,) if config.lightgbm.categories else (),
            lambda learned: partial(
                _first_training, _Binned(learned, unseen), config.lightgbm, monitor if learned is seen else Monitor()
            ),
        )
        trees, subset = best.size, best.subset
        log.info("%d trees, feature subset %s", trees, subset.name)
        monitor.metrics({"trees": trees, "held_out_map_at_12": best.map_at_12, **report}, trees)
        booster = train_booster(examples, config.lightgbm, trees, subset=subset)
        if monitor.model:
            example = _matrix(booster, examples.category_names, examples.numbers[:2], examples.codes[:2])
            monitor.model(booster, [example])
        names, vocabulary = examples.numeric_names, examples.vocabulary
        calibrator = Calibrator.fit(best.held_out, unseen.label, examples.keep_rate)
        validation = cls(best.model, names, vocabulary, feature_subset=subset.name, calibrator=calibrator)
        return cls(booster, names, vocabulary, best.held_out, subset.name, validation, calibrator)

    def score(self, numbers: FloatArray, codes: IntArray) -> FloatArray:
        """Sum of the trees, (n,); comparable within a customer only."""
        return _predict(self.booster, tuple(self.vocabulary), numbers, codes)

    def probability(self, score: FloatArray) -> FloatArray:
        """Probability (n,) that a candidate is bought in the label window.

        It is right on average, not customer by customer, since lambdarank compares within a customer only.
        """
        if self.calibrator is None:
            raise ValueError("this ranker was not calibrated: run `recsys train-ranker` again")
        return self.calibrator.probability(score)

    def importance(self) -> Mapping[str, float]:
        """Total gain by feature."""
        gain = self.booster.feature_importance("gain")
        return dict(zip(self.booster.feature_name(), map(float, gain), strict=True))

    def save(self, folder: Path) -> None:
        self.booster.save_model(str(folder / "booster.txt"))
        if self.held_out is not None:
            np.save(folder / "held_out.npy", self.held_out, allow_pickle=False)
        about = {
            "numeric_names": self.numeric_names,
            "vocabulary": self.vocabulary,
            "feature_subset": self.feature_subset,
            "calibrator": self.calibrator.as_json() if self.calibrator else None,
        }
        (folder / "ranker.json").write_text(json.dumps(about, indent=1, ensure_ascii=False))
        save_validation(self, folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        import lightgbm

        about = json.loads((folder / "ranker.json").read_text())
        held_out = load_held_out(folder)
        booster = lightgbm.Booster(model_file=str(folder / "booster.txt"))
        calibrator = Calibrator.from_json(about["calibrator"]) if about["calibrator"] else None
        validation, names = load_validation(cls, folder), tuple(about["numeric_names"])
        trained_on = booster.feature_name()
        categories = [name for name in about["vocabulary"] if name in trained_on[len(names) :]]
        refuse_misfit(folder, "booster.txt", [*names, *categories], trained_on)
        return cls(booster, names, about["vocabulary"], held_out, about["feature_subset"], validation, calibrator)


class _Binned:
    """Examples to learn from and held-out ones as LightGBM's datasets, binned once for subsets of equal columns."""

    def __init__(self, seen: Examples, unseen: Examples) -> None:
        self.seen, self.unseen = seen, unseen
        self._datasets: dict[tuple[str, ...], tuple[lightgbm.Dataset, lightgbm.Dataset]] = {}

    def of(self, categories: list[str]) -> "tuple[lightgbm.Dataset, lightgbm.Dataset]":
        """Seen and unseen examples with these categories beside the numbers."""
        key = tuple(categories)
        if key not in self._datasets:
            seen = _dataset(self.seen, categories)
            self._datasets[key] = seen, _dataset(self.unseen, categories, seen)
        return self._datasets[key]


def train_booster(
    examples: Examples, config: LightGbmConfig, trees: int, subset: FeatureSubset | None = None
) -> "lightgbm.Booster":
    """Lambdarank with ``trees`` trees. ``subset`` says which columns may split."""
    import lightgbm

    categories = _categories(examples, subset, config)
    parameters = _parameters(examples, config, subset, categories)
    return _of_any_machine(lightgbm.train(parameters, _dataset(examples, categories), trees), trees)


def _first_training(
    binned: _Binned, config: LightGbmConfig, monitor: Monitor, subset: FeatureSubset
) -> "FirstTraining[lightgbm.Booster]":
    """Train until MAP@12 on the unseen examples is best; ``monitor`` gets it every ``REPORT_EVERY_TREES`` trees."""
    import lightgbm

    categories, unseen = _categories(binned.seen, subset, config), binned.unseen
    known, held_out = binned.of(categories)
    booster = lightgbm.train(
        _parameters(binned.seen, config, subset, categories),
        known,
        config.trees,
        valid_sets=[held_out],
        callbacks=[lightgbm.early_stopping(config.patience, verbose=False), _reporting(monitor, subset.suffix)],
    )
    trees = max(booster.best_iteration, MIN_TREES)
    first = _of_any_machine(booster, trees)
    score = _predict(first, unseen.category_names, unseen.numbers, unseen.codes)
    return FirstTraining(subset, trees, first, score, map_at_12(score, unseen.label, unseen.group))


def _of_any_machine(booster: "lightgbm.Booster", trees: int) -> "lightgbm.Booster":
    """Its first ``trees``, without the number of threads that they were trained by: the trees are the same by any."""
    import lightgbm

    text = booster.model_to_string(num_iteration=trees)
    return lightgbm.Booster(model_str=re.sub(r"\[num_threads: \d+\]", "[num_threads: 0]", text))


def _reporting(monitor: Monitor, suffix: str) -> Callable[["lightgbm.callback.CallbackEnv"], None]:
    def report(env: "lightgbm.callback.CallbackEnv") -> None:
        trees = env.iteration + 1
        if trees % REPORT_EVERY_TREES == 0 and env.evaluation_result_list:
            monitor.metrics({f"held_out_map_at_12{suffix}": float(env.evaluation_result_list[0][2])}, trees)

    return report


def _dataset(
    examples: Examples, categories: list[str], reference: "lightgbm.Dataset | None" = None
) -> "lightgbm.Dataset":
    import lightgbm

    included = [examples.category_names.index(name) for name in categories]
    return lightgbm.Dataset(
        _joined(examples.numbers, examples.codes[:, included]) if included else np.ascontiguousarray(examples.numbers),
        examples.label,
        group=_sizes(examples.group),
        feature_name=[*examples.numeric_names, *categories],
        categorical_feature=categories,
        reference=reference,
    )


def _predict(
    booster: "lightgbm.Booster",
    category_names: tuple[str, ...],
    numbers: FloatArray,
    codes: IntArray,
    trees: int | None = None,
) -> FloatArray:
    if not len(numbers):
        return np.empty(0, np.float32)
    found = booster.predict(
        _matrix(booster, category_names, numbers, codes), num_iteration=trees, num_threads=SCORING_THREADS
    )
    return np.asarray(found, np.float32)


def _parameters(
    examples: Examples, config: LightGbmConfig, subset: FeatureSubset | None, categories: list[str]
) -> dict[str, object]:
    of_columns = _rising(examples, config, len(categories)) | _gain_factors(subset, len(categories))
    return of_columns | {
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
        "force_col_wise": True,
        "num_threads": available_threads(),
        "verbosity": -1,
    }


def _categories(examples: Examples, subset: FeatureSubset | None, config: LightGbmConfig) -> list[str]:
    """Categories that are inputs: those in the subset, except ids, which have too many values to split by."""
    names = examples.category_names
    included = subset.categories if subset else np.full(len(names), config.categories)
    return [name for name, is_in in zip(names, included, strict=True) if is_in and name not in IDS]


def _rising(examples: Examples, config: LightGbmConfig, others: int) -> dict[str, object]:
    """Monotone constraints of the columns that a score may only rise with."""
    if not config.rising_demand:
        return {}
    return {"monotone_constraints": [int(name in RISING) for name in examples.numeric_names] + [0] * others}


def _gain_factors(subset: FeatureSubset | None, others: int) -> dict[str, object]:
    """Gain factors of the columns. A split on a column outside the subset gains nothing."""
    if subset is None:
        return {}
    return {"feature_contri": [float(each) for each in subset.numbers] + [1.0] * others}


def _matrix(
    booster: "lightgbm.Booster", category_names: tuple[str, ...], numbers: FloatArray, codes: IntArray
) -> FloatArray:
    """Input matrix of the booster: the numbers, with the codes of the categories that it was trained on."""
    taken = [category_names.index(name) for name in booster.feature_name()[numbers.shape[1] :]]
    return _joined(numbers, codes[:, taken]) if taken else numbers


def _joined(numbers: FloatArray, codes: IntArray) -> FloatArray:
    return np.concatenate([numbers, codes.astype(np.float32)], axis=1)


def _sizes(group: IntArray) -> npt.NDArray[np.int64]:
    """Rows of each customer, in their order."""
    return np.unique(group, return_counts=True)[1]
