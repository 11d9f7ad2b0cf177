import numpy as np
import pytest

from recsys_core.ranking.calibration import MIN_ISOTONIC_POSITIVES, Calibrator

SCORES = np.linspace(-4, 4, 4000, dtype=np.float32)


def drawn(score: np.ndarray, seed: int = 0) -> np.ndarray:
    """Purchases with the probability of a sigmoid of the score less one."""
    return (np.random.default_rng(seed).random(len(score)) < 1 / (1 + np.exp(1 - score))).astype(np.float32)


@pytest.mark.parametrize("few", [slice(None, None, 16), slice(None)])
def test_finds_the_probabilities_that_purchases_were_drawn_with(few: slice) -> None:
    label = drawn(SCORES)
    assert (label[few].sum() < MIN_ISOTONIC_POSITIVES) == (few.step is not None)

    found = Calibrator.fit(SCORES[few], label[few], keep_rate=1.0).probability(SCORES)

    assert np.abs(found - 1 / (1 + np.exp(1 - SCORES))).mean() < 0.04


def test_each_kept_negative_stands_for_those_that_were_not() -> None:
    """Of a hundred candidates with one score 50 were bought; 25 of the others are there, each for two."""
    score, label = np.zeros(75, np.float32), np.repeat([1, 0], [50, 25]).astype(np.float32)

    assert Calibrator.fit(score, label, keep_rate=0.5).probability(score)[0] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("rows", [8000, 60])
def test_a_better_score_never_has_a_lower_probability(rows: int) -> None:
    score = np.random.default_rng(1).normal(size=rows).astype(np.float32)
    found = Calibrator.fit(score, drawn(-score), 1.0).probability(np.sort(score))

    assert (np.diff(found) >= 0).all()


@pytest.mark.parametrize("bought", [0.0, 1.0])
def test_where_all_or_nothing_was_bought_everything_has_one_probability(bought: float) -> None:
    found = Calibrator.fit(SCORES, np.full(len(SCORES), bought, np.float32), 1.0).probability(SCORES)

    assert found == pytest.approx(bought, abs=1e-5)


def test_survives_json() -> None:
    made = Calibrator.fit(SCORES, drawn(SCORES), 0.7)

    assert Calibrator.from_json(made.as_json()) == made
