import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys_core.contracts.release import REASONS
from recsys_core.features.snapshot import Snapshot
from recsys_core.ranking.scored import Scored
from recsys_core.rules.config import ListsConfig
from recsys_core.rules.variety import REPURCHASE, varied
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

KINDS = "TTTTSDTTSDHH"
"""Product types of the articles a00, a01, ...: four T-shirts, a skirt, and so on."""
POPULAR = REASONS.index("popular")


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    articles = {f"a{i:02d}": {"product_type_name": kind} for i, kind in enumerate(KINDS)}
    purchases = [Purchase("anna", name, 3) for name in articles]
    return FixtureShop(purchases, articles).snapshot(tmp_path_factory.mktemp("varied"))


def lists(*repurchases: int) -> Scored:
    reason = np.full((1, len(KINDS)), POPULAR, np.uint8)
    reason[0, list(repurchases)] = REPURCHASE
    order = np.arange(len(KINDS), dtype=np.int32)[None]
    return Scored(np.zeros(1, np.int32), order, -order.astype(np.float32), reason)


def test_a_third_article_of_a_type_moves_behind_the_head(snapshot: Snapshot) -> None:
    found = varied(lists(), snapshot, ListsConfig(head=6, head_max_of_type=2, head_max_repurchases=None))
    assert found.article_idx[0].tolist() == [0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11]
    assert found.score[0].tolist() == [0, -1, -4, -5, -8, -9, -9, -9, -9, -9, -10, -11]


def test_repurchases_beyond_the_bound_move_with_their_reason(snapshot: Snapshot) -> None:
    found = varied(lists(0, 2, 3), snapshot, ListsConfig(head=4, head_max_of_type=None, head_max_repurchases=1))
    assert found.article_idx[0].tolist() == [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 10, 11]
    assert np.flatnonzero(found.reason[0] == REPURCHASE).tolist() == [0, 4, 5]


def test_a_list_that_has_too_little_else_keeps_its_order(snapshot: Snapshot) -> None:
    found = varied(lists(), snapshot, ListsConfig(head=12, head_max_of_type=1, head_max_repurchases=None))
    assert found.article_idx[0].tolist() == [0, 4, 5, 10, 1, 2, 3, 6, 7, 8, 9, 11]


def test_without_bounds_nothing_moves(snapshot: Snapshot) -> None:
    off = ListsConfig(head_max_of_type=None, head_max_repurchases=None)
    assert varied(lists(0, 1), snapshot, off).article_idx[0].tolist() == list(range(len(KINDS)))


@settings(deadline=None)
@given(st.data(), st.integers(1, 12), st.none() | st.integers(1, 12), st.none() | st.integers(0, 12))
def test_the_same_articles_within_the_bounds_where_that_is_possible(
    snapshot: Snapshot, data: st.DataObject, head: int, of_type: int | None, again: int | None
) -> None:
    repurchases = data.draw(st.sets(st.integers(0, len(KINDS) - 1)))
    config = ListsConfig(head=head, head_max_of_type=of_type, head_max_repurchases=again)
    before = lists(*repurchases)
    after = varied(before, snapshot, config)
    assert sorted(after.article_idx[0].tolist()) == before.article_idx[0].tolist()
    assert np.all(np.diff(after.score[0]) <= 0)
    kinds = [KINDS[article] for article in after.article_idx[0]]
    if of_type is None and again is not None and len(KINDS) - len(repurchases) + min(again, len(repurchases)) >= head:
        assert np.count_nonzero(after.reason[0][:head] == REPURCHASE) <= again
    if again is None and of_type is not None and sum(min(KINDS.count(kind), of_type) for kind in set(KINDS)) >= head:
        assert max(kinds[:head].count(kind) for kind in kinds[:head]) <= of_type
