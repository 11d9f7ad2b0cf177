import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys_core.config import Config
from recsys_core.ranking.base import Examples
from recsys_core.ranking.config import DnnRankerConfig
from recsys_core.ranking.dnn import DnnRanker
from recsys_core.ranking.dnn.forward import MAX_STANDARD_DEVIATIONS, dense_input, squash
from recsys_core.testing.ranker_contract import VOCABULARY, RankerContract, toy_examples
from recsys_core.training import Monitor

SMALL = DnnRankerConfig(hidden=(16, 8), batch_size=64, epochs=12, learning_rate=0.01, positive_weight=3.0)


class TestContract(RankerContract):
    ranker = DnnRanker

    @pytest.fixture(scope="class")
    def config(self) -> Config:
        return Config(dnn_ranker=SMALL)


@pytest.fixture(scope="module")
def examples() -> Examples:
    return toy_examples()


def test_numpy_forward_equals_the_keras_model(examples: Examples) -> None:
    kept: list[Any] = []
    monitor = Monitor(model=lambda model, example: kept.append(model))
    ranker = DnnRanker.fit(examples, Config(dnn_ranker=SMALL.model_copy(update={"epochs": 1})), monitor)
    numbers, codes = examples.numbers.copy(), examples.codes.copy()
    numbers[:50] = np.nan
    codes[25:75] = 0

    by_keras = kept[0]([dense_input(ranker.weights, numbers), codes], training=False).numpy()[:, 0]

    np.testing.assert_allclose(ranker.score(numbers, codes), by_keras, atol=1e-5)


def test_weighted_cross_entropy_by_hand() -> None:
    import tensorflow as tf

    from recsys_core.ranking.dnn.train import weighted_bce

    label, logit = np.float32([1, 0, 1, 0]), np.float32([2.0, -1.0, -30.0, 0.5])
    p = 1 / (1 + np.exp(-logit.astype(np.float64)))
    losses = -(7.0 * label * np.log(p) + (1 - label) * np.log(1 - p))
    weight = np.float32([1, 1, 0.5, 0.25])

    found = weighted_bce(tf.constant(label), tf.constant(logit[:, None]), 7.0, tf.constant(weight))
    assert float(found) == pytest.approx((losses * weight).sum() / 2.75)


def test_every_customer_counts_the_same(examples: Examples) -> None:
    from recsys_core.ranking.dnn.train import one_vote_each

    label, group = np.float32([1, 1, 0, 0, 1, 0]), np.int32([4, 4, 4, 7, 9, 9])
    few = replace(examples, label=label, group=group)

    assert one_vote_each(few).tolist() == [0.5, 0.5, 0.5, 1, 1, 1]


def test_more_weight_on_positives_raises_the_scores(examples: Examples) -> None:
    def mean_score(weight: float) -> float:
        config = SMALL.model_copy(update={"epochs": 2, "positive_weight": weight})
        return float(DnnRanker.fit(examples, Config(dnn_ranker=config)).score(examples.numbers, examples.codes).mean())

    assert mean_score(20.0) > mean_score(1.0) + 1


def test_numbers_are_squashed_standardised_and_flagged() -> None:
    weights = {"mean": np.float32([1, 0]), "scale": np.float32([2, 0.1]), "missing": np.float32([1, 0])}
    numbers = np.float32([[np.e**3 - 1, 0], [np.nan, 1 - np.e], [-np.e + 1, np.nan]])

    dense = dense_input(weights, numbers)

    np.testing.assert_allclose(dense, [[1, 0, 0], [0, -MAX_STANDARD_DEVIATIONS, 1], [-1, 0, 0]], atol=1e-6)


def test_squash_keeps_sign_and_nan() -> None:
    np.testing.assert_allclose(squash(np.float32([0, np.e - 1, 1 - np.e, np.nan])), [0, 1, -1, np.nan], rtol=1e-6)


def test_a_column_that_is_always_unknown_is_taken(examples: Examples) -> None:
    numbers = examples.numbers.copy()
    numbers[:, 2] = np.nan
    blind = Examples(**{**vars(examples), "numbers": numbers})

    ranker = DnnRanker.fit(blind, Config(dnn_ranker=SMALL.model_copy(update={"epochs": 1})))

    assert np.isfinite(ranker.score(examples.numbers, examples.codes)).all()


def test_probability_undoes_weights_and_thinning(examples: Examples) -> None:
    """One in five kept, positives counted triple: odds are overstated fifteen times."""
    thinned = replace(examples, keep_rate=0.2)
    ranker = DnnRanker.fit(thinned, Config(dnn_ranker=SMALL.model_copy(update={"epochs": 1})))

    assert ranker.probability(np.float32([0.0, np.log(15)])) == pytest.approx([1 / 16, 1 / 2])


def test_as_many_epochs_as_were_best_on_the_held_out_window(examples: Examples) -> None:
    told: list[dict[str, float]] = []
    monitor = Monitor(metrics=lambda metrics, step: told.append(dict(metrics)))
    DnnRanker.fit(examples, Config(dnn_ranker=SMALL.model_copy(update={"epochs": 3})), monitor)

    *epochs, final = told
    by_epoch = [each["held_out_map_at_12"] for each in epochs]
    assert len(by_epoch) == 3
    assert final["epochs"] == 1 + by_epoch.index(max(by_epoch))


def test_files_hold_no_pickles(examples: Examples, tmp_path: Path) -> None:
    DnnRanker.fit(examples, Config(dnn_ranker=SMALL.model_copy(update={"epochs": 1}))).save(tmp_path)

    with np.load(tmp_path / "weights.npz", allow_pickle=False) as arrays:
        assert {arrays[name].dtype.kind for name in arrays.files} <= {"f", "b"}
    files = ["held_out.npy", "ranker.json", "validation", "weights.npz"]
    assert sorted(file.name for file in tmp_path.iterdir()) == files


def test_loading_refuses_a_pickle(examples: Examples, tmp_path: Path) -> None:
    DnnRanker.fit(examples, Config(dnn_ranker=SMALL.model_copy(update={"epochs": 1}))).save(tmp_path)
    np.savez(tmp_path / "weights.npz", mean=np.array([{"any": "object"}], object))

    with pytest.raises(ValueError, match="allow_pickle"):
        DnnRanker.load(tmp_path)


@pytest.mark.parametrize(
    ("part", "changed", "said"),
    [
        ("numeric_names", ["a", "b"], r"input 0 is 3 numbers there and 2 numbers here"),
        (
            "vocabulary",
            {**VOCABULARY, "colour": {"blue": 1}},
            "input 1 is colour of 3 codes there and colour of 2 codes",
        ),
        ("vocabulary", {"size": VOCABULARY["size"]}, "input 1 is colour of 3 codes there and colour of 0 codes"),
    ],
)
def test_a_vocabulary_or_a_feature_list_of_other_weights_is_named(
    examples: Examples, tmp_path: Path, part: str, changed: object, said: str
) -> None:
    DnnRanker.fit(examples, Config(dnn_ranker=SMALL.model_copy(update={"epochs": 1}))).save(tmp_path)
    about = json.loads((tmp_path / "ranker.json").read_text())
    (tmp_path / "ranker.json").write_text(json.dumps(about | {part: changed}))
    with pytest.raises(ValueError, match=rf"weights\.npz does not fit .*ranker\.json: {said}"):
        DnnRanker.load(tmp_path)


def test_dense_inputs_are_worked_out_once_or_by_the_batch_with_the_same_result(
    examples: Examples, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recsys_core.ranking.dnn import train

    rows: list[int] = []

    def counted(weights: Any, numbers: Any) -> Any:
        rows.append(len(numbers))
        return dense_input(weights, numbers)

    def trained(kept_bytes: int) -> tuple[DnnRanker, int]:
        rows.clear()
        monkeypatch.setattr(train, "MAX_CACHE_BYTES", kept_bytes)
        return DnnRanker.fit(examples, Config(dnn_ranker=SMALL.model_copy(update={"epochs": 3}))), sum(rows)

    monkeypatch.setattr(train, "dense_input", counted)
    kept, rows_kept = trained(1 << 30)
    by_the_batch, rows_by_the_batch = trained(0)

    assert rows_kept == 2 * len(examples)  # what is seen and what is held out, then all of them
    assert rows_by_the_batch > 2 * rows_kept
    for name, weight in kept.weights.items():
        np.testing.assert_array_equal(weight, by_the_batch.weights[name], name)
    np.testing.assert_array_equal(kept.held_out, by_the_batch.held_out)  # type: ignore[arg-type]


def with_images(examples: Examples) -> Examples:
    """Ten articles are blue and ten red: their images say so, nothing else does."""
    red = examples.codes[:, 0] == 2
    article = np.arange(len(examples)) % 10 + 1 + 10 * red
    images = np.zeros((21, 4), np.float32)
    images[11:, 2] = 1.0
    vocabulary = {"size": examples.vocabulary["size"], "article_id": {f"{i:02d}": i for i in range(1, 21)}}
    codes = np.stack([examples.codes[:, 1], article], axis=1).astype(np.int32)
    return replace(examples, codes=codes, category_names=("size", "article_id"), vocabulary=vocabulary, images=images)


def test_an_article_is_known_by_its_image(examples: Examples) -> None:
    """Nearly all ids are hidden in training, so only the images tell which articles are red."""
    given = with_images(examples)
    kept: list[Any] = []
    monitor = Monitor(model=lambda model, example: kept.append(model))
    config = Config(dnn_ranker=SMALL.model_copy(update={"oov_rate": 0.99, "epochs": 5, "learning_rate": 0.03}))

    ranker = DnnRanker.fit(given, config, monitor)

    blue = given.codes[:, 1] <= 10
    as_red = given.codes + np.int32([0, 10]) * blue[:, None]
    assert ranker.weights["image"].shape == (21, SMALL.image_units)
    gain = ranker.score(given.numbers, as_red) - ranker.score(given.numbers, given.codes)
    assert gain[blue].mean() > 0.5
    dense = np.concatenate([dense_input(ranker.weights, given.numbers), given.images[given.codes[:, 1]]], axis=1)
    by_keras = kept[0]([dense, given.codes], training=False).numpy()[:, 0]
    np.testing.assert_allclose(ranker.score(given.numbers, given.codes), by_keras, atol=1e-5)


def test_rare_ids_share_the_vector_of_unknown_ones_which_is_trained(examples: Examples) -> None:
    """Article 3 has fewer than 20 examples; half of the others stand in for unknown ones."""
    from recsys_core.ranking.dnn.train import OutOfVocabulary
    from recsys_core.ranking.feature_subsets import subset_called

    article = np.where(np.arange(len(examples)) < 19, 3, 1 + np.arange(len(examples)) % 2).astype(np.int32)
    given = replace(
        examples,
        codes=np.stack([examples.codes[:, 0], article], axis=1),
        category_names=("colour", "article_id"),
        vocabulary={"colour": examples.vocabulary["colour"], "article_id": {"a": 1, "b": 2, "c": 3}},
    )
    subset = subset_called("demand_alone_with_ids", given, ("categories",))
    config = SMALL.model_copy(update={"oov_rate": 0.5})

    hidden = OutOfVocabulary.of(given, config, subset).hide(given.codes, np.random.default_rng(0))

    assert (hidden[:19, 1] == 0).all()
    assert 0.4 < (hidden[19:, 1] == 0).mean() < 0.6
    np.testing.assert_array_equal(hidden[:, 0], given.codes[:, 0])
