from pathlib import Path

import pytest

from recsys_core.promotion.release_diff import Overlap, ReleaseDiff
from tests.support.lists_alone import Lists

DEPARTMENTS = {"a": "Ladies", "b": "Ladies", "c": "Men", "d": "Men", "e": "Sport"}
RULE = {"name": "season", "on": True, "why": "purchases cover 400 days"}


@pytest.fixture
def diff(tmp_path: Path) -> ReleaseDiff:
    """Article d goes, 0 comes. Ann keeps her list, ben's is turned round, cat keeps one, dan none; eve comes, fay goes.

    Dan had d alone, which is gone; his pad is nothing in common.
    """
    before = Lists(
        lists={"ann": ["a", "b"], "ben": ["a", "b"], "cat": ["a", "c"], "dan": ["d"], "fay": ["e"]},
        departments=DEPARTMENTS,
        scores=(0.8, 0.4),
        dropped={"season": {"active": 5}},
        candidates={"active": 20},
    )
    now = Lists(
        lists={"ann": ["a", "b"], "ben": ["b", "a"], "cat": ["0", "c"], "dan": ["e"], "eve": ["a"]},
        departments={"0": "Men", **{name: group for name, group in DEPARTMENTS.items() if name != "d"}},
        scores=(0.9, 0.3),
        reasons=("two_tower", "popular"),
        rules=(RULE,),
    )
    return ReleaseDiff.of(now.write(tmp_path / "now"), before.write(tmp_path / "before"))


def test_lists_are_the_same_changed_or_wholly_other(diff: ReleaseDiff) -> None:
    """Of the seven places of ann, ben, cat and dan, two have an article that its customer did not have: 0 and e."""
    lists = diff.lists
    assert (lists.compared, lists.unchanged, lists.partly, lists.wholly) == (4, 1, 2, 1)
    assert lists.new_places == pytest.approx(2 / 7)


def test_customers_and_articles_come_and_go(diff: ReleaseDiff) -> None:
    assert diff.customers == Overlap(both=4, new=1, gone=1, new_examples=("eve",), gone_examples=("fay",))
    assert diff.articles == Overlap(both=4, new=1, gone=1, new_examples=("0",), gone_examples=("d",))


def test_each_side_has_its_scores_sources_rules_and_figures(diff: ReleaseDiff) -> None:
    """Five first places from the two towers, three second ones from what is popular."""
    assert diff.now.scores == pytest.approx((0.9, 0.3))
    assert diff.before.scores == pytest.approx((0.8, 0.4))
    assert diff.now.sources == pytest.approx({"two_tower": 5 / 8, "popular": 3 / 8})
    assert diff.before.sources == {"popular": 1.0}
    assert diff.now.rules == {"season": "on: purchases cover 400 days"}
    assert diff.before.health.dropped == {"season": 0.25}
    assert (diff.now.health.coverage, diff.before.health.coverage) == (1.0, 1.0)


def test_a_release_beside_itself_has_not_changed(tmp_path: Path) -> None:
    release = Lists({"ann": ["a"], "ben": ["b", "c"]}, DEPARTMENTS).write(tmp_path / "one")
    same = ReleaseDiff.of(release, release)
    assert (same.lists.unchanged, same.lists.new_places, same.customers.new, same.repriced) == (2, 0.0, 0, 0.0)
