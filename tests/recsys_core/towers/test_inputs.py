from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.features.arrays import Purchases
from recsys_core.features.images import ImageEmbeddings
from recsys_core.features.snapshot import Snapshot
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
from recsys_core.towers.config import TwoTowerConfig
from recsys_core.towers.inputs import day_blocks, numbers_before_purchase, tower_inputs
from recsys_core.towers.popularity import popularity_features


def history(rows: list[tuple[int, int, float]]) -> Purchases:
    """From (customer, days ago, price)."""
    rows = sorted(rows, key=lambda r: (r[0], -r[1]))
    customer, days, price = (np.array([r[i] for r in rows]) for i in range(3))
    n = len(rows)
    return Purchases(
        customer.astype(np.int32),
        np.zeros(n, np.int32),
        days.astype(np.int32),
        price.astype(np.float32),
        np.ones(n, np.float32),
        np.ones(n, bool),
        np.searchsorted(customer, np.arange(7)),
    )


def test_numbers_see_only_the_days_before_the_purchase() -> None:
    anna = [(0, 50, 1.0), (0, 20, 2.0), (0, 20, 4.0), (0, 19, 8.0)]
    bert = [(1, 19, 16.0)]

    numbers = numbers_before_purchase(history(anna + bert), np.arange(len(anna + bert)))

    first, same_day, next_day = [0.0, 0.0, np.nan], [1.0, 1.0, 30.0], [6.0, 2.0, 1.0]  # day 50 is 31 days before 19
    np.testing.assert_array_equal(numbers, [first, same_day, same_day, next_day, [0.0, 0.0, np.nan]])


HISTORIES = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 80), st.sampled_from([0.25, 0.5])), max_size=20)


@given(HISTORIES)
def test_numbers_equal_a_naive_loop(rows: list[tuple[int, int, float]]) -> None:
    purchases = history(rows)

    numbers = numbers_before_purchase(purchases, np.arange(len(purchases.price)))

    for i, (customer, days) in enumerate(zip(purchases.customer_idx, purchases.days_ago, strict=True)):
        earlier = [(d, p) for c, d, p in rows if c == customer and d > days]
        recent = [p for d, p in earlier if d <= days + 30]
        since = min(d for d, _ in earlier) - days if earlier else np.nan
        np.testing.assert_array_equal(numbers[i], [sum(recent), len(recent), since])


@pytest.fixture
def shop() -> FixtureShop:
    purchases = [
        Purchase("anna", "a", 1),
        Purchase("anna", "b", 5),
        Purchase("bert", "a", 2),
        Purchase("carl", "c", 200),
    ]
    return FixtureShop(purchases, customers={"newcomer": {}}, articles={"unsold": {}})


def test_ids_outside_the_training_window_stand_in_the_oov_bucket(shop: FixtureShop, tmp_path: Path) -> None:
    inputs = tower_inputs(shop.snapshot(tmp_path), TwoTowerConfig())
    customers, articles, pairs = inputs.customers, inputs.articles, inputs.pairs

    assert customers.ids.tolist() == [1, 2, 0, 0, 0]  # anna, bert, carl, cold-start customer, unknown
    assert articles.ids.tolist() == [1, 2, 0, 0]
    assert customers.values["customer_id"] == ("", "anna", "bert")
    assert articles.values["article_id"] == ("", "a", "b")
    assert pairs.article_idx.tolist() == [1, 0, 0]


def test_probability_is_the_articles_share_of_the_pairs(shop: FixtureShop, tmp_path: Path) -> None:
    pairs = tower_inputs(shop.snapshot(tmp_path), TwoTowerConfig()).pairs

    assert pairs.article_probability == pytest.approx([1 / 3, 2 / 3, 2 / 3])


def four_a_day(tmp_path: Path, *bought: tuple[int, str]) -> Snapshot:
    """Four customers who buy the same on each of the days: (days ago, article)."""
    return FixtureShop([Purchase(who, article, day) for who in "wxyz" for day, article in bought]).snapshot(tmp_path)


TWO_A_BATCH = TwoTowerConfig(batch_size=2)
"""Four batches make a block, so two of the days above."""


def test_probability_is_counted_within_a_block(tmp_path: Path) -> None:
    snapshot = four_a_day(tmp_path, (1, "a"), (2, "b"), (3, "a"), (4, "a"))

    pairs = tower_inputs(snapshot, TWO_A_BATCH).pairs

    found = zip(pairs.block, pairs.article_idx, pairs.article_probability, strict=True)
    assert {(block, article): q for block, article, q in found} == {(0, 0): 0.5, (0, 1): 0.5, (1, 0): 1.0}


def test_popularity_is_as_of_the_first_day_of_the_block(tmp_path: Path) -> None:
    snapshot = four_a_day(tmp_path, (1, "a"), (3, "b"), (4, "a"), (9, "b"))

    pairs = tower_inputs(snapshot, TWO_A_BATCH).pairs

    expected = [popularity_features(snapshot.purchases, 2, day) for day in (3, 9)]
    np.testing.assert_array_equal(pairs.popularity, expected)
    assert (expected[1][:, 0] == 0).all()  # nothing was sold before the first block


@given(st.lists(st.integers(1, 60), min_size=1, max_size=60), st.integers(2, 20))
def test_blocks_are_whole_days_with_enough_purchases(days: list[int], smallest: int) -> None:
    days_ago = np.array(days, np.int32)

    block, first_days = day_blocks(days_ago, smallest)

    counts = np.bincount(block, minlength=len(first_days))
    assert counts.min() >= min(smallest, len(days))
    assert (days_ago <= np.array(first_days)[block]).all()
    later = np.where(block > 0, np.array([0, *first_days])[block], 0)
    assert (days_ago > later).all()


def test_image_embeddings_stand_after_price_and_presence(shop: FixtureShop, tmp_path: Path) -> None:
    vectors = np.zeros((4, 128), np.float32)
    vectors[2, 5] = 1.0

    articles = tower_inputs(shop.snapshot(tmp_path), TwoTowerConfig(), ImageEmbeddings(vectors)).articles

    assert articles.image_size == 128
    np.testing.assert_array_equal(articles.numbers[:, 1], [0, 0, 1, 0])
    np.testing.assert_array_equal(articles.numbers[:, 2:], vectors)


def test_a_shop_without_images_leaves_them_out(
    shop: FixtureShop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        articles = tower_inputs(shop.snapshot(tmp_path), TwoTowerConfig()).articles

    assert (articles.image_size, articles.numbers.shape) == (0, (4, 1))
    assert "no image embeddings" in caplog.text


def test_design_a_alone_has_its_five_attributes(shop: FixtureShop, tmp_path: Path) -> None:
    articles = tower_inputs(shop.snapshot(tmp_path), TwoTowerConfig(more_article_attributes=())).articles

    assert articles.categories.shape == (4, 5)


def test_only_the_latest_purchases_are_kept(shop: FixtureShop, tmp_path: Path) -> None:
    pairs = tower_inputs(shop.snapshot(tmp_path), TwoTowerConfig(max_purchases=2)).pairs

    assert list(zip(pairs.customer_idx, pairs.article_idx, strict=True)) == [(0, 0), (1, 0)]


def test_a_newcomer_has_the_numbers_of_a_first_purchase(shop: FixtureShop, tmp_path: Path) -> None:
    inputs = tower_inputs(shop.snapshot(tmp_path), TwoTowerConfig())
    customers, pairs = inputs.customers, inputs.pairs

    first_purchase = pairs.numbers[2]  # bert's
    np.testing.assert_allclose(customers.numbers[3], first_purchase, atol=1e-6)
    np.testing.assert_allclose(customers.numbers[4], first_purchase, atol=1e-6)


def test_too_few_purchases_are_a_clear_error(tmp_path: Path) -> None:
    snapshot = FixtureShop([Purchase("anna", "a", 1), Purchase("bert", "a", 100)]).snapshot(tmp_path)

    with pytest.raises(ValueError, match="1 purchases in the 90 days before the cut-off"):
        tower_inputs(snapshot, TwoTowerConfig())
