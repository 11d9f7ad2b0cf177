from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.features.arrays import Purchases
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
from recsys_core.towers.history import PAD, as_of_cutoff, before_purchases, last_purchases

N_CUSTOMERS = 4


def history(rows: list[tuple[int, int, int]]) -> Purchases:
    """From (customer, days ago, article)."""
    rows = sorted(rows, key=lambda row: (row[0], -row[1], row[2]))
    customer, days, article = np.array(rows, np.int32).reshape(-1, 3).T
    start = np.searchsorted(customer, np.arange(N_CUSTOMERS + 2))
    ones = np.ones(len(rows), np.float32)
    return Purchases(customer, article, days, ones, ones, np.ones(len(rows), bool), start)


ANNA = [(0, 9, 3), (0, 5, 1), (0, 5, 2), (0, 2, 4)]


def test_a_purchase_sees_the_days_before_it_and_nothing_of_its_own_basket() -> None:
    purchases = history([*ANNA, (1, 7, 5)])

    articles, days = last_purchases(purchases, before_purchases(purchases, np.arange(5)), 3)

    basket = [3, PAD, PAD]
    assert articles.tolist() == [[PAD] * 3, basket, basket, [2, 1, 3], [PAD] * 3]
    assert days.tolist() == [[0] * 3, [4, 0, 0], [4, 0, 0], [3, 3, 7], [0] * 3]


def test_as_of_the_cutoff_the_whole_history_counts() -> None:
    purchases = history(ANNA)

    articles, days = last_purchases(purchases, as_of_cutoff(purchases, np.array([0, 1, N_CUSTOMERS])), 2)

    assert articles.tolist() == [[4, 2], [PAD, PAD], [PAD, PAD]]
    assert days.tolist() == [[2, 5], [0, 0], [0, 0]]


ROWS = st.lists(st.tuples(st.integers(0, N_CUSTOMERS - 1), st.integers(1, 9), st.integers(0, 5)), max_size=20)


@given(ROWS, st.integers(1, 4))
def test_equals_a_naive_loop(rows: list[tuple[int, int, int]], length: int) -> None:
    purchases = history(rows)
    at = np.arange(len(rows))

    articles, days = last_purchases(purchases, before_purchases(purchases, at), length)

    for i, (customer, today) in enumerate(zip(purchases.customer_idx, purchases.days_ago, strict=True)):
        earlier = sorted((d, -a) for c, d, a in rows if c == customer and d > today)[:length]
        pads = length - len(earlier)
        assert articles[i].tolist() == [-a for _, a in earlier] + [PAD] * pads
        assert days[i].tolist() == [d - today for d, _ in earlier] + [0] * pads


@given(ROWS, st.integers(0, 19))
def test_what_is_bought_from_a_day_on_does_not_show_before_it(rows: list[tuple[int, int, int]], seed: int) -> None:
    """Leak test: other articles on the day of a purchase and after leave its history as it was."""
    rng = np.random.default_rng(seed)
    today = int(rng.integers(1, 9))
    other = [(c, d, a if d > today else int(rng.integers(6, 9))) for c, d, a in rows]
    seen = []
    for world in (rows, other):
        purchases = history(world)
        at = np.flatnonzero(purchases.days_ago == today)
        articles, _ = last_purchases(purchases, before_purchases(purchases, at), 4)
        seen.append(articles.tolist())

    assert seen[0] == seen[1]


def test_nobody_bought_anything(tmp_path: Path) -> None:
    purchases = FixtureShop([Purchase("anna", "a", 0)], customers={"anna": {}}).snapshot(tmp_path).purchases

    articles, _ = last_purchases(purchases, as_of_cutoff(purchases, np.array([0, 1])), 2)

    assert (articles == PAD).all()
