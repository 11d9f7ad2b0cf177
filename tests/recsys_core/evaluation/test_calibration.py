from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.evaluation.metrics.calibration import Reliability


def metrics(reliability: Reliability) -> dict[str, float]:
    found: dict[str, Any] = reliability.calibration() or {}
    return {name: value for name, value in found.items() if name != "points"}


def test_nothing_predicted_nothing_to_calibrate() -> None:
    assert Reliability().calibration() is None


def test_error_is_the_mean_distance_from_what_happened() -> None:
    """Half are said to be bought with 0.2 and half of those are; the other half with 0.8, and all of those are."""
    reliability = Reliability()
    reliability.add(np.repeat([0.2, 0.8], 100), np.concatenate([np.arange(100) % 2 == 0, np.ones(100, bool)]))

    found = reliability.calibration()

    assert found is not None
    assert found["pairs"] == 200
    assert found["predicted"] == pytest.approx(0.5)
    assert found["bought"] == pytest.approx(0.75)
    assert found["expected_error"] == pytest.approx((0.3 + 0.2) / 2)
    assert [point["pairs"] for point in found["points"]] == [100, 100]  # type: ignore[attr-defined]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60), st.integers(1, 59))
def test_parts_add_up(pairs: list[tuple[float, bool]], cut: int) -> None:
    probability, bought = np.array([p for p, _ in pairs]), np.array([b for _, b in pairs])
    whole, parts = Reliability(), Reliability()
    whole.add(probability, bought)
    parts.add(probability[:cut], bought[:cut])
    parts.add(probability[cut:], bought[cut:])

    assert metrics(parts) == pytest.approx(metrics(whole))
    found = whole.calibration()
    assert found is not None
    assert found["pairs"] == len(pairs)
    assert found["bought"] == pytest.approx(bought.mean())
    assert found["predicted"] == pytest.approx(probability.mean(), abs=1e-8)
