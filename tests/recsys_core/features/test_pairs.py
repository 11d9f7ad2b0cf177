from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.features.pairs import IDS, PairFeatures, Pairs
from recsys_core.features.snapshot import Snapshot
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

RETRIEVERS = ("two_tower", "popular")
SHOP = FixtureShop(
    [
        Purchase("anna", "red1", 1, 0.1),
        Purchase("anna", "red1", 9, 0.1),
        Purchase("anna", "blue", 20, 0.3),
        Purchase("anna", "red2", 60, 0.5),
        Purchase("bert", "blue", 3, 0.3, channel=1),
    ],
    articles={
        "red1": {"colour_group_name": "Red", "product_code": "p"},
        "red2": {"colour_group_name": "Red", "product_code": "p"},
        "blue": {"colour_group_name": "Blue"},
        "unsold": {"colour_group_name": None},
    },
    customers={"anna": {"age": 30.0}, "bert": {"age": 50.0}},
)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return SHOP.snapshot(tmp_path_factory.mktemp("pairs"))


@pytest.fixture(scope="module")
def features(snapshot: Snapshot) -> PairFeatures:
    return PairFeatures(snapshot, RETRIEVERS)


def pairs_of(snapshot: Snapshot, *ids: tuple[str, str]) -> Pairs:
    """Pairs without retrieval."""
    n = len(ids)
    return Pairs(
        snapshot.customer_rows([customer for customer, _ in ids]),
        snapshot.article_rows([article for _, article in ids]),
        np.zeros((n, len(RETRIEVERS)), np.float32),
        np.zeros((n, len(RETRIEVERS)), np.int32),
        np.zeros(n, np.float32),
    )


def column(features: PairFeatures, pairs: Pairs, name: str) -> list[float]:
    return features.numbers(pairs)[:, features.numeric_names.index(name)].tolist()


def test_preference_is_the_share_of_purchases_with_the_candidates_value(
    snapshot: Snapshot, features: PairFeatures
) -> None:
    pairs = pairs_of(snapshot, ("anna", "red2"), ("anna", "blue"), ("bert", "red1"), ("anna", "unsold"), ("?", "blue"))

    # anna: 3 articles in 30 days (2 red, 1 blue), 4 in all (3 red), 1 red on her last day; bert bought blue alone.
    def is_nobody_last(name: str, known: list[float]) -> None:
        np.testing.assert_allclose(column(features, pairs, name), [*known, np.nan], rtol=1e-6)

    is_nobody_last("preference_colour_group_name_30d", [2 / 3, 1 / 3, 0, 0])
    is_nobody_last("preference_colour_group_name_all", [0.75, 0.25, 0, 0])
    is_nobody_last("preference_colour_group_name_last", [1, 0, 0, 0])
    is_nobody_last("preference_trend_colour_group_name", [2 / 3 - 0.75, 1 / 3 - 0.25, 0, 0])


def test_the_mean_preference_is_over_all_key_attributes(snapshot: Snapshot, features: PairFeatures) -> None:
    # Every article has the same nine other attributes.
    found = column(features, pairs_of(snapshot, ("anna", "blue")), "preference_mean_all")

    assert found == pytest.approx([(9 * 1 + 0.25) / 10])


def test_own_purchases_of_the_article_and_of_its_product(snapshot: Snapshot, features: PairFeatures) -> None:
    pairs = pairs_of(snapshot, ("anna", "red1"), ("anna", "red2"), ("bert", "red1"), ("?", "red1"))

    assert column(features, pairs, "bought_article_count") == [2, 1, 0, 0]
    assert column(features, pairs, "bought_product_count") == [3, 3, 0, 0]
    np.testing.assert_array_equal(column(features, pairs, "bought_article_days_ago"), [1, 60, np.nan, np.nan])
    np.testing.assert_array_equal(column(features, pairs, "bought_product_days_ago"), [1, 1, np.nan, np.nan])
    assert column(features, pairs, "bought_article_last") == [1, 0, 0, 0]
    assert column(features, pairs, "bought_product_days") == [3, 3, 0, 0]
    assert column(features, pairs, "bought_article_share") == [0.5, 0.25, 0, 0]
    assert column(features, pairs, "bought_product_30d") == [2, 2, 0, 0]


def test_intervals_between_purchases_of_an_article(snapshot: Snapshot, features: PairFeatures) -> None:
    """anna bought red1 1 and 9 days ago, its product also 60 days ago; she shopped on four days."""
    pairs = pairs_of(snapshot, ("anna", "red1"), ("anna", "blue"), ("?", "red1"))

    assert column(features, pairs, "bought_article_day_share") == [0.5, 0.25, 0]
    np.testing.assert_array_equal(column(features, pairs, "bought_article_interval"), [8, np.nan, np.nan])
    np.testing.assert_array_equal(column(features, pairs, "bought_article_overdue"), [1 / 8, np.nan, np.nan])
    np.testing.assert_allclose(column(features, pairs, "bought_product_interval"), [59 / 2, np.nan, np.nan])


def test_price_and_age_consistency(snapshot: Snapshot, features: PairFeatures) -> None:
    pairs = pairs_of(snapshot, ("anna", "blue"), ("bert", "red1"))

    # anna's prices 0.1 0.1 0.3 0.5; blue's buyers are 30 and 50 years old, red1's 30.
    assert column(features, pairs, "price_minus_median_price_all") == pytest.approx([0.3 - 0.2, 0.1 - 0.3], abs=1e-6)
    assert column(features, pairs, "price_minus_max_price_all") == pytest.approx([0.3 - 0.5, 0.1 - 0.3], abs=1e-6)
    assert column(features, pairs, "age_minus_buyer_age") == [-10, 20]
    assert column(features, pairs, "age_gap") == [10, 20]


def test_what_is_not_known_is_nan(snapshot: Snapshot, features: PairFeatures) -> None:
    pairs = pairs_of(snapshot, ("?", "red1"), ("anna", "unsold"))

    assert np.isnan(column(features, pairs, "customer_age")).tolist() == [True, False]
    assert np.isnan(column(features, pairs, "article_price_last")).tolist() == [False, True]
    assert np.isnan(column(features, pairs, "age_gap")).all()


def test_sales_are_log_shares_of_their_window(snapshot: Snapshot, features: PairFeatures) -> None:
    pairs = pairs_of(snapshot, ("anna", "red1"), ("anna", "unsold"))

    # In the last 7 days: red1 1, blue 1.
    expected = np.log([(1 + 0.5) / 3, 0.5 / 3])
    assert column(features, pairs, "article_sold_7d_log_share") == pytest.approx(expected)


def test_demand_is_the_log_share_of_baskets(snapshot: Snapshot, features: PairFeatures) -> None:
    """The week's baskets are one red1 and one blue; the month's a second red1 and a second blue."""
    pairs = pairs_of(snapshot, ("anna", "red1"), ("anna", "unsold"))

    assert column(features, pairs, "demand_7d") == pytest.approx(np.log([1.5 / 3, 0.5 / 3]))
    assert column(features, pairs, "demand_30d") == pytest.approx(np.log([2.5 / 5, 0.5 / 5]))


def test_sales_ranks_trends_and_shares_of_the_group(snapshot: Snapshot, features: PairFeatures) -> None:
    pairs = pairs_of(snapshot, ("anna", "red1"), ("anna", "blue"), ("anna", "unsold"))

    # In the last 30 days: red1 2, blue 2; in all: red1 2, blue 2, red2 1.
    assert column(features, pairs, "article_sold_30d_log_rank") == pytest.approx(np.log([1, 1, 3]))
    assert column(features, pairs, "article_sold_all_log_rank") == pytest.approx(np.log([1, 1, 4]))
    trend = column(features, pairs, "article_trend_7d_all")
    assert trend == pytest.approx(np.log([(1 / 2 + 1e-5) / (2 / 5 + 1e-5)] * 2 + [1]), abs=1e-5)
    share = column(features, pairs, "article_share_of_product_code_30d")
    assert share == pytest.approx(np.log([2.5 / 7, 2.5 / 7, 0.5 / 5]))


def test_the_price_quantile_is_the_share_of_cheaper_sales(snapshot: Snapshot, features: PairFeatures) -> None:
    found = column(
        features, pairs_of(snapshot, ("anna", "red1"), ("anna", "blue"), ("anna", "red2")), "article_price_quantile"
    )

    # The week sold one red1 at 0.1 and one blue at 0.3; red2 last cost 0.5.
    assert found == [0.0, 0.5, 1.0]


def test_groups_can_be_left_out(snapshot: Snapshot, features: PairFeatures) -> None:
    pairs = pairs_of(snapshot, ("anna", "red1"), ("bert", "blue"))
    few = PairFeatures(snapshot, RETRIEVERS, leave_out=("preference", "customer"))

    kept = [i for i, feature in enumerate(features.numeric) if feature.group not in ("preference", "customer")]
    np.testing.assert_array_equal(few.numbers(pairs), features.numbers(pairs)[:, kept])
    assert few.numeric_names == tuple(features.numeric_names[i] for i in kept)
    assert "age_interval" not in few.category_names


def test_there_are_hundreds_of_features_and_each_says_what_it_is(features: PairFeatures) -> None:
    assert len(features.numeric) > 200
    assert all(feature.meaning and feature.unit and feature.window for feature in features.numeric)


def test_age_group_lift_by_hand(snapshot: Snapshot, features: PairFeatures) -> None:
    pairs = pairs_of(snapshot, ("anna", "red1"), ("bert", "red1"), ("?", "red1"))

    # The last 30 days hold 4 purchases, 2 of red1; the thirties bought 3 of the 4 and both red1.
    expected = [(2 + 2) / (3 * 2 / 4 + 2), (0 + 2) / (1 * 2 / 4 + 2), np.nan]
    np.testing.assert_allclose(column(features, pairs, "age_group_log_lift"), np.log(expected), rtol=1e-6)


def test_retrieval_scores_and_ranks(snapshot: Snapshot, features: PairFeatures) -> None:
    pairs = Pairs(
        np.array([0], np.int32),
        np.array([0], np.int32),
        np.array([[0.5, 0.0]], np.float32),
        np.array([[4, 0]], np.int32),
        np.array([0.25], np.float32),
    )

    names = ("two_tower_personal", "two_tower_score", "two_tower_closeness", "popular_closeness", "retrievers")
    assert [column(features, pairs, name) for name in names] == [[0.25], [0.5], [0.5], [0.0], [1.0]]


def test_names_are_unique_and_the_same_for_every_snapshot(features: PairFeatures, tmp_path: Path) -> None:
    other = FixtureShop([Purchase("zoe", "z", 5)]).snapshot(tmp_path)

    assert len(set(features.numeric_names)) == len(features.numeric_names)
    assert PairFeatures(other, RETRIEVERS).numeric_names == features.numeric_names
    assert PairFeatures(other, RETRIEVERS).category_names == features.category_names


ALL_PAIRS = [(c, a) for c in ("anna", "bert", "?") for a in ("red1", "red2", "blue", "unsold")]


@given(st.lists(st.sampled_from(ALL_PAIRS), min_size=1, max_size=20))
def test_a_pair_has_the_same_numbers_in_any_block(
    snapshot: Snapshot, features: PairFeatures, block: list[tuple[str, str]]
) -> None:
    whole = features.numbers(pairs_of(snapshot, *ALL_PAIRS))

    numbers = features.numbers(pairs_of(snapshot, *block))

    np.testing.assert_array_equal(numbers, whole[[ALL_PAIRS.index(pair) for pair in block]])


def test_categories_are_coded_by_the_rankers_vocabulary(snapshot: Snapshot, features: PairFeatures) -> None:
    vocabulary = {name: {"Blue": 7} for name in features.category_names}

    codes = features.category_codes(pairs_of(snapshot, ("anna", "blue"), ("anna", "red1")), vocabulary)

    colour = features.category_names.index("colour_group_name")
    assert codes[:, colour].tolist() == [7, 0]
    assert (np.delete(codes, colour, axis=1) == 0).all()


def test_category_values_name_every_category_but_ids_in_order(features: PairFeatures) -> None:
    assert tuple(features.category_values) == tuple(name for name in features.category_names if name not in IDS)
    assert features.category_values["colour_group_name"] == ("Blue", "Red", "unknown")


def test_what_the_page_says_the_snapshot_makes_is_a_column_of_it(snapshot: Snapshot, features: PairFeatures) -> None:
    """Checked by value: ``docs/features.md`` names the maker of each feature by ``made_by``."""
    pairs = pairs_of(snapshot, ("anna", "red1"), ("bert", "blue"))
    tables = {"customer": (snapshot.customer, pairs.customer), "article": (snapshot.article, pairs.article)}
    for feature in features.numeric:
        if feature.made_by == "snapshot":
            read, rows = tables[feature.group]
            expected = read(feature.name.removeprefix(f"{feature.group}_"))[rows]
            np.testing.assert_array_equal(column(features, pairs, feature.name), expected.astype(np.float32))

    made_by = {feature.name: feature.made_by for feature in features.numeric}
    assert made_by["customer_median_price_30d"] == made_by["article_price_last"] == "snapshot"
    assert {made_by[name] for name in ("demand_7d", "customer_trend_7d_30d", "article_price_trend")} == {"pair"}
    assert {made_by[name] for name in ("age_group_log_lift", "bought_article_count", "preference_mean_all")} == {"pair"}
    assert {made_by[name] for name in ("popular_score", "retrievers")} == {"retriever"}


@pytest.fixture(scope="module")
def two_towns(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """20 customers in the north, the first of whom bought two coats in a shop; 19 in the south, a code too small."""
    profiles = {f"n{i:02d}": {"postal_code": "north"} for i in range(20)}
    profiles |= {f"s{i:02d}": {"postal_code": "south"} for i in range(19)} | {"nowhere": {}}
    bought = [Purchase("n00", "coat", 1, channel=1), Purchase("n00", "coat", 2, channel=1), Purchase("s00", "hat", 1)]
    return FixtureShop(bought, customers=profiles).snapshot(tmp_path_factory.mktemp("towns"))


def test_postal_code_lift_by_hand(two_towns: Snapshot) -> None:
    pairs = pairs_of(two_towns, ("n19", "coat"), ("n19", "hat"), ("s00", "hat"), ("nowhere", "coat"), ("?", "coat"))

    # Of 3 purchases the north made 2, both of the coat, which has 2 in 3 of all.
    expected = [(2 + 2) / (2 * 2 / 3 + 2), (0 + 2) / (2 * 1 / 3 + 2), np.nan, np.nan, np.nan]
    found = column(PairFeatures(two_towns, RETRIEVERS), pairs, "postal_code_log_lift")
    np.testing.assert_allclose(found, np.log(expected), rtol=1e-6)


def test_the_categories_of_a_customer_and_an_article(two_towns: Snapshot) -> None:
    features = PairFeatures(two_towns, RETRIEVERS)
    vocabulary: dict[str, dict[str, int]] = {name: {} for name in features.category_names}
    vocabulary |= {"customer_id": {"n00": 5}, "article_id": {"coat": 3}}
    vocabulary |= {"postal_code": {"north": 1, "south": 2, "other": 3, "unknown": 4}}
    vocabulary |= {"usual_channel": {"unknown": 1, "store": 2, "both": 3, "online": 4}}
    pairs = pairs_of(two_towns, ("n00", "coat"), ("s00", "hat"), ("nowhere", "coat"), ("?", "hat"))

    def codes(name: str, without_history: bool = False) -> list[int]:
        found = features.category_codes(pairs, vocabulary, without_history)
        return found[:, features.category_names.index(name)].tolist()  # type: ignore[no-any-return]

    assert codes("customer_id") == [5, 0, 0, 0]
    assert codes("article_id") == [3, 0, 3, 0]
    assert codes("postal_code") == codes("postal_code", without_history=True) == [1, 3, 4, 4]
    assert codes("usual_channel") == [2, 4, 1, 1]
    assert codes("usual_channel", without_history=True) == [1, 1, 1, 1]
    assert codes("customer_id", without_history=True) == [0, 0, 0, 0]
    assert "product_group_name" in features.category_names
