"""Columns by hand, of a handful of purchases."""

from pathlib import Path

import numpy as np

from recsys_core.drift.samples import Sales, articles_of, customers_of
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

SHOP = FixtureShop(
    [
        Purchase("anna", "hat", 40, 0.1),
        Purchase("anna", "hat", 3, 0.01),
        Purchase("anna", "coat", 3, 1.0, channel=1),
        Purchase("bert", "hat", 2, 0.1),
        Purchase("anna", "coat", 10, 1.0),
    ],
    {"hat": {"colour_group_name": "Red"}, "coat": {"colour_group_name": "Black"}},
    {"anna": {"age": 31.0, "club_member_status": "ACTIVE", "fn": 1.0}, "bert": {}},
)


def test_what_sold_in_the_last_week(tmp_path: Path) -> None:
    week = Sales(SHOP.snapshot(tmp_path), 100).week(0)
    assert (week.rows, week.independent) == (3, 2)  # anna's basket of two, bert's of one
    bought = {name: values.tolist() for name, values in week.columns.items()}
    assert bought["colour_group_name"] == ["Black", "Red", "Red"]
    assert np.round(bought["price"], 4).tolist() == [0.0, -2.0, -1.0]
    assert bought["channel"] == ["shop", "online", "online"]
    assert bought["buyer"] == ["known", "known", "new"]  # bert has bought nothing before
    assert bought["article"] == ["new", "known", "known"]  # the coat has sold for ten days
    assert bought["buyer_age_interval"] == ["30-34", "30-34", "unknown"]
    np.testing.assert_allclose(bought["basket_size"], np.log10([2, 2, 1]))
    np.testing.assert_allclose(bought["popularity"], np.log10([1 / 1.5, 2 / 1.5, 2 / 1.5]))


def test_a_past_week_is_seen_as_of_its_end(tmp_path: Path) -> None:
    week = Sales(SHOP.snapshot(tmp_path), 100).week(7)
    assert week.columns["colour_group_name"].tolist() == ["Black"]
    assert week.columns["article"].tolist() == ["new"]
    assert Sales(SHOP.snapshot(tmp_path), 100).week(35).columns["buyer"].tolist() == ["new"]


def test_attributes_of_customers_and_articles(tmp_path: Path) -> None:
    snapshot = SHOP.snapshot(tmp_path)
    customers, articles = customers_of(snapshot, 100).columns, articles_of(snapshot, 100).columns
    assert customers["club_member_status"].tolist() == ["ACTIVE", "unknown"]
    assert customers["fn"].tolist() == ["yes", "no"]
    assert customers["age_known"].tolist() == ["yes", "no"]
    np.testing.assert_allclose(customers["median_price"], np.log10([0.55, 0.1]), rtol=1e-6)
    np.testing.assert_allclose(articles["mean_price"], [0.0, np.log10(0.07)], rtol=1e-6)  # coat, hat


def test_no_more_rows_than_are_asked_for_and_the_same_ones_each_time(tmp_path: Path) -> None:
    many = FixtureShop([Purchase(f"c{i:02d}", "hat", 1 + i % 7, 1 + i) for i in range(50)])
    weeks = [Sales(many.snapshot(tmp_path), 10).week(0) for _ in range(2)]
    assert weeks[0].rows == len(set(weeks[0].columns["price"].tolist())) == 10
    assert weeks[0].columns["price"].tolist() == weeks[1].columns["price"].tolist()
