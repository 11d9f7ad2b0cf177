"""Twenty planted drifts, and twenty days on which nothing but the season changes."""

from pathlib import Path

import numpy as np
import pytest

from recsys_core.drift.config import DriftConfig
from recsys_core.drift.detection import Movement, movements, natural_movements
from recsys_core.drift.samples import CUSTOMERS, SOLD, Sample, samples_of
from tests.support.drifting_shop import DailyShop, usual_shop
from tests.support.planted_drifts import DRIFTS

TRAINED = 120
DAYS = 20
DRIFTED_DAYS = 4
CONFIG = DriftConfig()


class Trained:
    """A shop, and what is known of it on the day of the training."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.shop = usual_shop(TRAINED + DAYS + 1, seed)
        self.snapshot = self.shop.snapshot(folder / "trained", TRAINED)
        self.then = samples_of(self.snapshot, CONFIG.max_rows)
        self.natural = {weeks: natural_movements(self.snapshot, 7 * weeks, CONFIG) for weeks in (1, 2, 3)}

    def drifted(self, name: str, shop: DailyShop, days: int) -> list[Movement]:
        """Columns that drifted until so many days after the training."""
        today = samples_of(shop.snapshot(self.folder / name, TRAINED + days), CONFIG.max_rows)
        natural = self.natural[-(-days // 7)]
        return [move for move in movements(self.then, today, natural, CONFIG) if move.drifted]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return Trained(tmp_path_factory.mktemp("shop"), seed=0)


def planted(trained: Trained) -> dict[str, list[str]]:
    """Columns that drifted, by name of the drift, so many days after it began."""
    days = 7
    begins = TRAINED + days - DRIFTED_DAYS
    shops = {name: drift(trained.shop, begins) for name, drift in DRIFTS.items()}
    return {name: [move.column for move in trained.drifted(name, shop, days)] for name, shop in shops.items()}


def false_alarms(trained: Trained) -> list[str]:
    found = {day: trained.drifted(f"day {day}", trained.shop, day) for day in range(1, DAYS + 1)}
    return [f"day {day}: {'; '.join(map(str, moved))}" for day, moved in found.items() if moved]


def test_each_of_twenty_drifts_is_found_four_days_after_it_began(trained: Trained) -> None:
    found = planted(trained)
    assert len(found) == 20
    assert [name for name, columns in found.items() if not columns] == []
    assert "sold.price" in found["prices in cents"]
    assert "sold.channel" in found["channels flipped"]
    assert found["the flag of active customers gone"] == ["customers.active"]


def test_twenty_undisturbed_days_alarm_at_most_once(trained: Trained) -> None:
    assert len(false_alarms(trained)) <= 1


@pytest.mark.full
@pytest.mark.parametrize("seed", range(1, 6))
def test_the_same_in_other_shops(seed: int, tmp_path: Path) -> None:
    trained = Trained(tmp_path, seed)
    assert [name for name, columns in planted(trained).items() if not columns] == []
    assert len(false_alarms(trained)) <= 1


def sample(table: str, **columns: object) -> dict[str, Sample]:
    arrays = {name: np.asarray(values, object) for name, values in columns.items()}
    rows = len(next(iter(arrays.values())))
    return {table: Sample(arrays, rows, rows)}


def test_few_rows_are_not_judged() -> None:
    before, now = sample(CUSTOMERS, fn=["yes"] * 199), sample(CUSTOMERS, fn=["no"] * 500)
    assert movements(before, now, {}, CONFIG) == []
    (moved,) = movements(sample(CUSTOMERS, fn=["yes"] * 200), now, {}, CONFIG)
    assert moved.drifted


@pytest.mark.parametrize(("natural", "bound", "drifted"), [({}, 0.1, True), ({"sold.channel": 0.12}, 0.18, False)])
def test_what_past_weeks_moved_by_is_no_drift(natural: dict[str, float], bound: float, drifted: bool) -> None:
    """From 40 % to 60 % online is a distance of 0.142; so many rows have next to no noise."""
    before = sample(SOLD, channel=["online"] * 4000 + ["shop"] * 6000)
    now = sample(SOLD, channel=["online"] * 6000 + ["shop"] * 4000)
    (moved,) = movements(before, now, natural, CONFIG)
    assert (round(moved.value, 3), moved.bound, moved.drifted) == (0.142, pytest.approx(bound), drifted)


def test_a_young_shop_has_no_past_weeks_to_learn_from(tmp_path: Path) -> None:
    assert natural_movements(usual_shop(20).snapshot(tmp_path, 15), 1, CONFIG) == {}
