from pathlib import Path

import pytest

from recsys_core.promotion.list_health import ReleaseLists, changed_wholly, list_health, repriced
from tests.support.lists_alone import Lists

DEPARTMENTS = {"a": "Ladies", "b": "Ladies", "c": "Men", "d": "Men", "e": "Sport"}


def test_figures_by_hand(tmp_path: Path) -> None:
    """Seven places: a 3, b 2, c 1, e 1, d none. Gini of 0, 1, 1, 2, 3: (-4*0 - 2*1 + 0*1 + 2*2 + 4*3) / (5 * 7)."""
    release = Lists(
        lists={"ann": ["a", "b"], "ben": ["a", "b"], "cat": ["a", "c", "e"]},
        departments=DEPARTMENTS,
        prices={"a": 1.0, "b": 2.0, "c": 8.0, "d": 100.0},
        sold_out=("d",),
        customers={"active": 1, "lapsed": 1, "new": 1},
        candidates={"active": 30, "new": 20},
        dropped={"season": {"active": 4, "new": 1}},
        refilled={"active": 2, "new": 1},
    ).write(tmp_path / "release")
    health = list_health(ReleaseLists(release))
    assert (health.customers, health.articles) == (3, 5)
    assert health.distinct == pytest.approx(2 / 3)
    assert health.coverage == pytest.approx(4 / 5)
    assert health.in_stock == pytest.approx(4 / 5)
    assert health.gini == pytest.approx(14 / 35)
    assert health.price == 1.0  # of 1 1 1 2 2 8; e has none
    assert health.cold == pytest.approx(1 / 3)
    assert health.departments == pytest.approx({"Ladies": 5 / 7, "Men": 1 / 7, "Sport": 1 / 7})
    assert health.dropped == {"season": pytest.approx(0.1)}
    assert health.segments == pytest.approx({"active": 1 / 3, "lapsed": 1 / 3, "new": 1 / 3})
    assert (health.refilled, health.relaxed) == (pytest.approx(3 / 9), 0.0)


def test_only_the_first_twelve_places_count(tmp_path: Path) -> None:
    articles = [f"a{i:02d}" for i in range(14)]
    release = Lists({"ann": articles}, dict.fromkeys(articles, "Ladies")).write(tmp_path / "release")
    assert list_health(ReleaseLists(release)).coverage == pytest.approx(12 / 14)


def test_lists_without_an_article_in_common_have_changed_wholly(tmp_path: Path) -> None:
    """By ids, though positions in the catalogue moved; customers of one release alone do not count."""
    before = Lists({"ann": ["a", "b"], "ben": ["c"], "cat": ["a"], "dan": ["b"]}, DEPARTMENTS).write(
        tmp_path / "before"
    )
    departments = {"0": "Ladies", "a": "Ladies", "b": "Ladies", "e": "Sport"}
    now = Lists({"ann": ["b", "e"], "ben": ["a"], "cat": ["0", "e"], "eve": ["e"]}, departments).write(tmp_path / "now")
    assert changed_wholly(ReleaseLists(now), ReleaseLists(before)) == pytest.approx(2 / 3)
    assert changed_wholly(ReleaseLists(now), ReleaseLists(now)) == 0.0


def test_prices_that_moved_by_another_unit_are_told(tmp_path: Path) -> None:
    """Of six places with a price in both, a has three. c is new, and d's price moved by a factor of no more than 5."""
    before = Lists({"ann": ["a"]}, DEPARTMENTS, {"a": 1.0, "b": 3.0, "d": 1.0}).write(tmp_path / "before")
    lists = {"ann": ["a", "b", "c"], "ben": ["a", "b"], "cat": ["a", "d"]}
    now = Lists(lists, DEPARTMENTS, {"a": 100.0, "b": 3.0, "c": 7.0, "d": 5.0}).write(tmp_path / "now")
    assert repriced(ReleaseLists(now), ReleaseLists(before)) == pytest.approx(3 / 6)
    assert repriced(ReleaseLists(before), ReleaseLists(now)) == pytest.approx(1.0)


def test_without_common_customers_nothing_has_changed(tmp_path: Path) -> None:
    before = Lists({"ann": ["a"]}, DEPARTMENTS).write(tmp_path / "before")
    now = Lists({"ben": ["b"]}, DEPARTMENTS).write(tmp_path / "now")
    assert changed_wholly(ReleaseLists(now), ReleaseLists(before)) == 0.0


def test_pads_have_nothing_in_common(tmp_path: Path) -> None:
    before = Lists({"ann": ["a"], "ben": ["a", "b"]}, DEPARTMENTS).write(tmp_path / "before")
    now = Lists({"ann": ["b"], "ben": ["a", "c"]}, DEPARTMENTS).write(tmp_path / "now")
    assert changed_wholly(ReleaseLists(now), ReleaseLists(before)) == 0.5
