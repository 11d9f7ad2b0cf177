"""A forest's scores are those of the booster that it was made of, whatever its splits."""

import lightgbm
import numpy as np
import pytest
from numpy.typing import NDArray

from recsys_core.ranking.booster_file import UnsupportedTreesError
from recsys_core.ranking.forest import Forest

ROWS = 700
PARAMETERS = {"verbosity": -1, "min_data_in_leaf": 3, "seed": 3, "deterministic": True, "num_threads": 1}


def table(rows: int = ROWS) -> NDArray[np.float32]:
    """Numbers with ties and nulls, one column without nulls, and a category of twelve codes at the end."""
    rng = np.random.default_rng(8)
    numbers = np.round(rng.normal(size=(rows, 6)), 1).astype(np.float32)
    numbers[rng.random(numbers.shape) < 0.2] = np.nan
    numbers[:, 0] = rng.integers(-3, 4, rows)
    return np.column_stack([numbers, rng.integers(0, 12, rows)]).astype(np.float32)


def trained(given: NDArray[np.float32], trees: int = 30, **parameters: object) -> lightgbm.Booster:
    label = np.nan_to_num(given[:, 1]) * given[:, 0] + (given[:, 6] % 5) + np.nan_to_num(given[:, 2], nan=2.0)
    data = lightgbm.Dataset(given, label, categorical_feature=[6])
    return lightgbm.train(PARAMETERS | parameters, data, trees)


def scores(booster: lightgbm.Booster, given: NDArray[np.float32]) -> NDArray[np.float32]:
    """Columns 0, 1 as of things, 2, 3 as of other things, the rest as of the row."""
    forest, rows = Forest.of(booster), np.arange(len(given), dtype=np.int32)
    columns = np.ascontiguousarray(given.T)
    one, other, own = (forest.splits.of(part) for part in (slice(0, 2), slice(2, 4), slice(4, 6)))
    things, others = forest.bits(one, columns[:2]), forest.bits(other, columns[2:4])
    forest.narrow_by_category(others, 6, given[:, 6].astype(np.int32))
    return forest.scores(own, columns[4:6], ((things, rows), (others, rows)))


@pytest.mark.parametrize(
    "parameters",
    [
        {"num_leaves": 31},
        {"num_leaves": 127, "min_data_in_leaf": 1},
        {"num_leaves": 2},
        {"num_leaves": 40, "cat_smooth": 1.0, "max_cat_to_onehot": 1, "min_data_per_group": 1},
        {"num_leaves": 31, "use_missing": False},
    ],
)
def test_scores_are_those_of_the_booster(parameters: dict[str, object]) -> None:
    given = table()
    booster = trained(given, **parameters)
    unseen = np.concatenate([given, table(ROWS * 2)[ROWS:], [[np.nan] * 6 + [40], [np.inf] * 6 + [0], [-np.inf] * 7]])
    unseen = unseen[:-1].astype(np.float32)

    np.testing.assert_array_equal(scores(booster, unseen), booster.predict(unseen).astype(np.float32))


def test_a_tree_of_one_leaf_adds_its_value() -> None:
    given = table()
    booster = trained(given, trees=2, min_data_in_leaf=ROWS)
    assert booster.dump_model()["tree_info"][0]["num_leaves"] == 1
    np.testing.assert_array_equal(scores(booster, given), booster.predict(given).astype(np.float32))


def test_numbers_on_a_threshold_go_left() -> None:
    given = np.zeros((40, 7), np.float32)
    given[:, 4] = np.repeat([0.1, 0.2, 0.3, 0.4], 10)
    booster = lightgbm.train(PARAMETERS, lightgbm.Dataset(given, given[:, 4] > 0.25), 5)
    thresholds = Forest.of(booster).splits.threshold
    at = np.zeros((len(thresholds) * 2, 7), np.float32)
    at[:, 4] = np.concatenate([thresholds, np.nextafter(thresholds, np.float32(np.inf))])

    assert len(set(booster.predict(at))) > 1
    np.testing.assert_array_equal(scores(booster, at), booster.predict(at).astype(np.float32))


@pytest.mark.parametrize(
    ("parameters", "named"), [({"zero_as_missing": True}, "zero_as_missing"), ({"linear_tree": True}, "linear_tree")]
)
def test_trees_of_another_kind_are_refused(parameters: dict[str, object], named: str) -> None:
    given = np.nan_to_num(table())
    with pytest.raises(UnsupportedTreesError, match=named):
        Forest.of(trained(given, **parameters))


def test_no_rows_have_no_scores() -> None:
    given = table()
    assert scores(trained(given), given[:0]).shape == (0,)
