"""Features of one small shop, computed by hand."""

from pathlib import Path

import numpy as np
import pytest

from recsys_core.features.pairs import CUSTOMER_CATEGORIES, PairFeatures, Pairs
from recsys_core.features.snapshot import Snapshot
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
from tests.recsys_core.features.test_pairs import column, pairs_of

SHOP = FixtureShop(
    [
        Purchase("zoe", "coat", 1, 0.25),
        Purchase("zoe", "coat", 2, 0.25, channel=1),
        Purchase("zoe", "coat", 30, 0.5),
        Purchase("zoe", "coat", 31, 0.5),
        Purchase("zoe", "coat", 90, 0.5),
        Purchase("zoe", "coat", 91, 0.5),
        Purchase("zoe", "hat", 200, 0.125, channel=1),
        Purchase("max", "hat", 5, 0.125, channel=1),
        Purchase("max", "hat", 5, 0.125, channel=1),
    ],
    articles={"coat": {"product_code": "c"}, "hat": {"product_code": "h"}},
    customers={"zoe": {"age": 30.0}, "max": {"age": 50.0}},
)
OF_ZOE = {
    "customer_articles_per_shopping_day": 7 / 7,
    "customer_repeat_share": 1 - 2 / 7,
    "customer_trend_7d_30d": (2 / 7 + 0.05) / (3 / 30 + 0.05),
    "customer_trend_30d_90d": (3 / 30 + 0.05) / (5 / 90 + 0.05),
    "customer_trend_90d_all": (5 / 90 + 0.05) / (7 / 200 + 0.05),  # her first purchase is 200 days old
}
OF_THE_COAT = {
    "article_units_per_buyer_7d": 2 / 1,
    "article_units_per_buyer_all": 6 / 1,
    "article_repeat_buyer_share": 1 / (1 + 5),
    "article_discount": 0.25 / 0.5,
    "article_price_trend": 0.25 / (1.0 / 3),  # three sold in the month, for 0.25, 0.25 and 0.5
    "article_number_quantile": 0.0,
    "article_price_quantile": 0.5,  # two of the week's four sales are hats, for less
}
OF_BOTH = {
    "price_minus_median_price_all": 0.25 - 0.5,
    "price_minus_min_price_all": 0.25 - 0.125,
    "price_over_median_price_all": np.log((0.25 + 1e-4) / (0.5 + 1e-4)),
    "online_share_gap_last": abs(1 - 1 / 2),  # of the week's two coats one was bought online
    "online_share_gap_30d": abs(2 / 3 - 1 / 2),
    "online_share_gap_all": abs(5 / 7 - 1 / 2),
    "days_since_last_minus_article_age": 1 - 91,
    "age_group_log_lift": np.log((3 + 2) / (3 * 3 / 5 + 2)),  # 5 sold in 30 days, 3 to her age, 3 coats, all hers
    "bought_article_count": 6,
    "bought_article_last": 1,
    "bought_article_days": 6,
    "bought_article_share": 6 / 7,
    "bought_article_day_share": 6 / 7,
    "bought_article_30d": 3,
    "bought_article_90d": 5,
    "bought_article_days_ago": 1,
    "bought_article_interval": 90 / 5,
    "bought_article_overdue": 1 / 18,
}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return SHOP.snapshot(tmp_path_factory.mktemp("by_hand"))


@pytest.mark.parametrize(("name", "expected"), [*OF_ZOE.items(), *OF_THE_COAT.items(), *OF_BOTH.items()])
def test_zoe_and_the_coat(snapshot: Snapshot, name: str, expected: float) -> None:
    features = PairFeatures(snapshot, ("two_tower", "popular"))
    assert column(features, pairs_of(snapshot, ("zoe", "coat")), name) == pytest.approx([expected], rel=1e-5)


def test_two_units_of_one_day_are_one_day_without_an_interval(snapshot: Snapshot) -> None:
    features, pairs = PairFeatures(snapshot, ("two_tower", "popular")), pairs_of(snapshot, ("max", "hat"))
    assert column(features, pairs, "bought_article_days") == [1]
    assert column(features, pairs, "bought_article_share") == [1]
    assert column(features, pairs, "bought_article_day_share") == [1]
    assert np.isnan(column(features, pairs, "bought_article_interval")).all()
    assert column(features, pairs, "customer_articles_per_shopping_day") == [2]


def test_a_first_and_a_fourth_place_agree_in_two_retrievers_and_are_1_and_a_half_close(snapshot: Snapshot) -> None:
    one = np.zeros(1, np.int32)
    pairs = Pairs(one, one, np.ones((1, 2), np.float32), np.array([[1, 4]], np.int32), np.zeros(1, np.float32))
    features = PairFeatures(snapshot, ("two_tower", "popular"))
    names = ("two_tower_closeness", "popular_closeness", "retrievers")
    assert [column(features, pairs, name)[0] for name in names] == [1.0, 0.5, 2.0]


def test_without_history_only_the_profile_is_the_customers_own(snapshot: Snapshot) -> None:
    features, pairs = PairFeatures(snapshot, ("two_tower", "popular")), pairs_of(snapshot, ("zoe", "coat"))
    hidden = dict(zip(features.numeric_names, features.numbers_without_history(pairs)[0].tolist(), strict=True))
    assert hidden["customer_age"] == 30
    assert hidden["customer_articles_all"] == hidden["bought_article_count"] == 0
    assert np.isnan(hidden["preference_mean_all"])
    assert hidden["article_discount"] == pytest.approx(0.5)


def test_groups_that_are_left_out_take_their_categories_with_them(tmp_path: Path, snapshot: Snapshot) -> None:
    names = PairFeatures(snapshot, ("popular",), leave_out=("article",)).category_names
    assert names == CUSTOMER_CATEGORIES
