"""Tests that every ranker must pass. A ranker's test subclasses ``RankerContract`` and inherits them."""

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from recsys_core.config import Config
from recsys_core.evaluation.metrics.calibration import Calibrated
from recsys_core.features.snapshot import FloatArray
from recsys_core.ranking.base import Examples, Ranker
from recsys_core.ranking.holdout import held_out_rows, map_at_12
from recsys_core.ranking.rankers import load_ranker
from recsys_core.store.artifacts import ArtifactSpec, ArtifactStore, file_digests
from recsys_core.testing.damage import assert_damage_is_refused
from recsys_core.testing.hostile import assert_nothing_is_unpickled
from recsys_core.workspace import Workspace

VOCABULARY = {"colour": {"blue": 1, "red": 2}, "size": {"large": 1, "small": 2, "tiny": 3}}


def toy_examples(customers: int = 150, candidates: int = 8, seed: int = 0) -> Examples:
    """Red is bought when the first number is high; the second number is noise that is often unknown."""
    rng = np.random.default_rng(seed)
    n = customers * candidates
    numbers = rng.normal(size=(n, 3)).astype(np.float32)
    numbers[rng.random(n) < 0.4, 1] = np.nan
    codes = np.stack([rng.integers(1, 3, n), rng.integers(1, 4, n)], axis=1).astype(np.int32)
    label = ((numbers[:, 0] > 0.5) & (codes[:, 0] == 2)).astype(np.float32)
    group = np.repeat(np.arange(customers, dtype=np.int32), candidates)
    window = (group >= customers // 3).astype(np.int8)
    names, nobody = ("a", "b", "c"), np.zeros(n, bool)
    return Examples(numbers, codes, label, group, window, names, tuple(VOCABULARY), VOCABULARY, 0.5, nobody)


class RankerContract:
    """Set ``ranker``; override ``config`` for one whose defaults are too big for a toy."""

    ranker: ClassVar[type[Ranker]]

    @pytest.fixture(scope="class")
    def config(self) -> Config:
        return Config()

    @pytest.fixture(scope="class")
    def examples(self) -> Examples:
        return toy_examples()

    @pytest.fixture(scope="class")
    def fitted(self, examples: Examples, config: Config) -> Ranker:
        return self.ranker.fit(examples, config)

    @pytest.fixture(scope="class")
    def score(self, fitted: Ranker, examples: Examples) -> FloatArray:
        return fitted.score(examples.numbers, examples.codes)

    def test_config_survives_json(self, config: Config) -> None:
        assert Config.model_validate_json(config.model_dump_json()) == config

    def test_every_candidate_has_a_finite_score(self, score: FloatArray, examples: Examples) -> None:
        assert score.shape == examples.label.shape
        assert np.isfinite(score).all()

    def test_learns_what_is_bought(self, fitted: Ranker) -> None:
        unseen = toy_examples(seed=1)
        score = fitted.score(unseen.numbers, unseen.codes)
        bought, left = score[unseen.label == 1], score[unseen.label == 0]

        assert (bought[:, None] > left[None, :]).mean() > 0.9  # area under the ROC curve

    def test_a_candidates_score_does_not_depend_on_the_others(
        self, fitted: Ranker, score: FloatArray, examples: Examples
    ) -> None:
        some = [17, 3, 250]
        alone = fitted.score(examples.numbers[some], examples.codes[some])
        np.testing.assert_allclose(alone, score[some], rtol=1e-4, atol=1e-5)

    def test_no_candidates_give_no_scores(self, fitted: Ranker, examples: Examples) -> None:
        assert fitted.score(examples.numbers[:0], examples.codes[:0]).shape == (0,)

    def test_values_it_never_saw_are_scored(self, fitted: Ranker, examples: Examples) -> None:
        unknown = np.zeros_like(examples.codes[:4])
        nothing = np.full_like(examples.numbers[:4], np.nan)
        assert np.isfinite(fitted.score(nothing, unknown)).all()

    def test_held_out_scores_come_from_a_model_that_had_not_seen_the_labels(
        self, fitted: Ranker, examples: Examples
    ) -> None:
        if fitted.held_out is None:
            pytest.skip("keeps no held-out scores")
        aside = held_out_rows(examples)
        unseen = examples.take(aside)
        assert fitted.held_out.shape == (aside.sum(),)
        best = map_at_12(unseen.label, unseen.label, unseen.group)
        assert map_at_12(fitted.held_out, unseen.label, unseen.group) > 0.8 * best
        whole = fitted.score(unseen.numbers, unseen.codes)
        assert not np.array_equal(fitted.held_out, whole)

    def test_the_validation_model_is_the_one_that_scored_the_held_out_examples(
        self, fitted: Ranker, examples: Examples
    ) -> None:
        unseen = examples.take(held_out_rows(examples))
        assert fitted.validation is not None
        assert fitted.validation.validation is None
        score = fitted.validation.score(unseen.numbers, unseen.codes)
        assert not np.array_equal(score, fitted.score(unseen.numbers, unseen.codes))
        if fitted.held_out is not None:
            np.testing.assert_array_equal(score, fitted.held_out)

    def test_the_validation_model_is_saved_with_it(self, fitted: Ranker, examples: Examples, tmp_path: Path) -> None:
        fitted.save(tmp_path)
        loaded = self.ranker.load(tmp_path).validation

        assert loaded is not None
        assert fitted.validation is not None
        expected = fitted.validation.score(examples.numbers, examples.codes)
        np.testing.assert_array_equal(loaded.score(examples.numbers, examples.codes), expected)

    def test_its_probabilities_come_true_on_average(self, fitted: Ranker) -> None:
        """Of examples that it never saw, thinned like those it learned from: each negative stands for two."""
        unseen = toy_examples(seed=1)
        assert isinstance(fitted, Calibrated)
        probability = fitted.probability(fitted.score(unseen.numbers, unseen.codes))
        weight = np.where(unseen.label > 0, 1, 1 / unseen.keep_rate)

        assert ((probability > 0) & (probability < 1)).all()
        expected = float(np.average(unseen.label, weights=weight))
        assert float(np.average(probability, weights=weight)) == pytest.approx(expected, rel=0.35)

    def test_remembers_its_features(self, fitted: Ranker, examples: Examples) -> None:
        assert tuple(fitted.numeric_names) == examples.numeric_names
        assert list(fitted.vocabulary) == list(examples.category_names)

    def test_saved_and_loaded_is_the_same(
        self, fitted: Ranker, score: FloatArray, examples: Examples, tmp_path: Path
    ) -> None:
        fitted.save(tmp_path)
        loaded = self.ranker.load(tmp_path)

        np.testing.assert_array_equal(loaded.score(examples.numbers, examples.codes), score)
        assert tuple(loaded.numeric_names) == tuple(fitted.numeric_names)
        assert loaded.vocabulary == fitted.vocabulary
        assert list(loaded.vocabulary) == list(fitted.vocabulary)

    def test_a_changed_byte_of_any_file_is_refused(self, fitted: Ranker, tmp_path: Path) -> None:
        store, spec = ArtifactStore(Workspace(tmp_path)), ArtifactSpec(f"rankers/{self.ranker.name}", 1)
        with store.build(spec) as draft:
            fitted.save(draft.path)
        made = store.find(spec)
        assert made
        assert_damage_is_refused(made, load_ranker)

    def test_a_hostile_file_is_refused_and_never_run(self, fitted: Ranker, tmp_path: Path) -> None:
        folder = tmp_path / "ranker"
        folder.mkdir()
        fitted.save(folder)
        assert_nothing_is_unpickled(folder, lambda: self.ranker.load(folder))

    def test_saving_writes_the_same_bytes_again(self, fitted: Ranker, tmp_path: Path) -> None:
        contents = []
        for name in ("first", "second"):
            (tmp_path / name).mkdir()
            fitted.save(tmp_path / name)
            contents.append(file_digests(tmp_path / name))
        assert contents[0] == contents[1]

    def test_fitting_again_gives_the_same(self, score: FloatArray, examples: Examples, config: Config) -> None:
        again = self.ranker.fit(examples, config)
        np.testing.assert_array_equal(again.score(examples.numbers, examples.codes), score)
