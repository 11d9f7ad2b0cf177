import pytest

from recsys_core.images.progress import DECAY_START_SHARE, WARM_UP_SHARE, Progress


def test_the_learning_rate_rises_stays_and_falls_to_zero() -> None:
    rates = [Progress(done=done).learning_rate(0.8) for done in (0.0, WARM_UP_SHARE / 2, 0.3, 0.75, 1.0)]
    assert rates == pytest.approx([0.008, 0.4, 0.8, 0.4, 0.0])


def test_a_score_that_stands_still_ends_the_training_early() -> None:
    progress = Progress(epoch=1, done=0.1)
    progress.judge(0.5, patience=2)
    progress.epoch, progress.done = 2, 0.2
    progress.judge(0.5, patience=2)
    assert progress.fall_from == DECAY_START_SHARE
    progress.epoch, progress.done = 3, 0.3
    progress.judge(0.5, patience=2)
    assert (progress.fall_from, progress.end) == (0.3, pytest.approx(0.6))
    assert progress.learning_rate(1.0) == 1.0
    progress.done = 0.45
    assert progress.learning_rate(1.0) == pytest.approx(0.5)
