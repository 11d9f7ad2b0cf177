import numpy as np
import pytest

from recsys_core.drift.measures import OTHER, distance, known, noise, shortened


def categories(**counts: int) -> np.ndarray:
    return np.repeat(np.array(list(counts), object), list(counts.values()))


def test_numbers_move_by_standard_deviations_of_before() -> None:
    before = np.array([0.0, 2.0])  # standard deviation 1
    assert distance(before, before + 3) == pytest.approx(3.0)
    assert distance(before, np.array([0.0, 4.0])) == pytest.approx(1.0)  # half of them by 2


def test_categories_move_by_the_jensen_shannon_distance() -> None:
    red, half = categories(red=4), categories(red=2, blue=2)
    assert distance(red, categories(red=9)) == 0.0
    assert distance(red, categories(blue=4)) == pytest.approx(np.log(2) ** 0.5)
    # middle of (1, 0) and (1/2, 1/2) is (3/4, 1/4)
    by_hand = (np.log(4 / 3) + 0.5 * np.log(2 / 3) + 0.5 * np.log(2)) / 2
    assert distance(red, half) == distance(half, red) == pytest.approx(by_hand**0.5)


def test_unknown_numbers_are_left_out() -> None:
    assert known(np.array([1.0, np.nan, 2.0])).tolist() == [1.0, 2.0]


def test_rare_categories_of_both_samples_count_as_one() -> None:
    rare = [f"colour{i}" for i in range(40)]
    before = np.array(["black"] * 60 + rare, object)
    now = np.array(["white"] * 60 + rare[::-1], object)
    then, today = shortened(before, now)
    assert len({*then, *today}) == 31
    assert (then == OTHER).sum() == (today == OTHER).sum() == 12  # 42 categories, of which 30 stay


def test_samples_of_the_same_distribution_stay_below_the_noise() -> None:
    rng = np.random.default_rng(0)
    many = np.array([f"type{i}" for i in range(25)], object)
    for _ in range(50):
        before, now = rng.choice(many, 300), rng.choice(many, 400)
        assert distance(before, now) < noise(before, 300, 400)
        numbers = rng.normal(size=300), rng.normal(size=400)
        assert distance(*numbers) < noise(numbers[0], 300, 400)
    # two categories, 800 rows each
    assert noise(categories(a=1, b=1), 800, 800) == pytest.approx(2 * (1 / 8 * 2 / 800) ** 0.5)
