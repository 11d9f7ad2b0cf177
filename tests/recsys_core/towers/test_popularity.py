import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.features.arrays import Purchases
from recsys_core.towers.popularity import HALF_LIVES, popularity_features


def sold(rows: list[tuple[int, int]]) -> Purchases:
    """From (article, days ago); who bought does not matter."""
    article, days = np.array(rows, np.int32).reshape(-1, 2).T
    n = len(rows)
    ones = np.ones(n, np.float32)
    return Purchases(np.zeros(n, np.int32), article, days, ones, ones, np.ones(n, bool), np.array([0, n, n]))


def test_sales_decay_and_newness_fades() -> None:
    """Article 0 sold the day before, article 1 one half-life of two days earlier, article 2 never."""
    features = popularity_features(sold([(0, 1), (1, 3)]), 3, 0)

    share = np.array([1 + 0.5, 0.5 + 0.5, 0 + 0.5])  # half a sale is added to each
    assert HALF_LIVES[0] == 2
    np.testing.assert_allclose(features[:, 0], np.log(share / share.sum() * 3), rtol=1e-6)
    assert features[:, -1] == pytest.approx([1, 7 / 9, 0])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 40)), max_size=15), st.integers(0, 20))
def test_only_what_sold_before_the_day_counts(rows: list[tuple[int, int]], day: int) -> None:
    """Leak test: the same as a shop's that closed on that day, with days counted from there."""
    closed = [(article, days - day) for article, days in rows if days > day]

    np.testing.assert_allclose(
        popularity_features(sold(rows), 4, day), popularity_features(sold(closed), 4, 0), rtol=1e-6
    )
