"""The first release beside the gate, rollbacks and holds: it may serve, but is never champion."""

from dataclasses import replace

import pytest

from recsys_core.pipeline.configuration import configuration_key
from recsys_core.pipeline.filter import lists_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.publish import publish
from recsys_core.promotion.evaluation_records import champion_of, read_decisions
from recsys_core.promotion.first_release import bring_first_live
from recsys_core.promotion.going_live import promote, rollback
from recsys_core.promotion.judging import HeldBackError
from recsys_core.release.listing import release_table
from recsys_core.release.pointer import ReleaseInfo, list_releases, live_id
from recsys_core.release.publish import make_release
from tests.recsys_core.release.test_promotion import other
from tests.support.release_fixture import customer_ids, release_parts


@pytest.fixture
def first(ready: BuildPlan) -> ReleaseInfo:
    """A first release that is live; its lists are not those of the trained one."""
    lists = ready.store.require(lists_spec(other(ready)))
    made = make_release(ready.workspace, replace(release_parts(ready), lists=lists, models={}, is_first=True))
    return bring_first_live(ready.workspace, made, ready.config.index)


def first_as_of(plan: BuildPlan, cutoff: str) -> str:
    """Id of a first release with the plan's lists, as the live one."""
    made = make_release(plan.workspace, replace(release_parts(plan), cutoff=cutoff, models={}, is_first=True))
    return bring_first_live(plan.workspace, made, plan.config.index).id


def test_the_trained_release_replaces_it_as_a_shops_first_configuration(ready: BuildPlan, first: ReleaseInfo) -> None:
    assert live_id(ready.workspace) == first.id

    trained = publish(ready)

    assert live_id(ready.workspace) == trained.id != first.id
    assert trained.manifest["first_release"] is False
    (decision,) = read_decisions(ready.workspace)
    assert decision["verdict"] == "promote"
    assert decision["reasons"][0] == "there is no champion yet, and the first configuration is accepted"
    assert champion_of(ready.workspace) == configuration_key(ready)


def test_the_list_of_releases_says_which_is_a_first_one(ready: BuildPlan, first: ReleaseInfo) -> None:
    assert release_table(ready.workspace)[1].split("  ")[2] == "live, first release"
    publish(ready)
    states = {line.split("  ")[1].strip(): line for line in release_table(ready.workspace)[1:]}
    assert "  -, first release  " in next(line for line in states.values() if first.id in line)


def test_nobody_can_make_it_champion_not_even_by_force(ready: BuildPlan, first: ReleaseInfo) -> None:
    with pytest.raises(HeldBackError, match="never champion"):
        promote(ready.workspace, first.id)
    promote(ready.workspace, first.id, force=True)
    assert champion_of(ready.workspace) is None
    assert live_id(ready.workspace) == first.id


def test_a_rollback_to_it_holds_the_trained_one_and_leaves_the_champion(ready: BuildPlan, first: ReleaseInfo) -> None:
    trained = publish(ready)

    assert rollback(ready.workspace, why="odd lists").id == first.id

    assert champion_of(ready.workspace) == configuration_key(ready)
    assert publish(ready).held == trained.id
    assert live_id(ready.workspace) == first.id


def test_it_is_dropped_if_something_else_went_live_meanwhile(ready: BuildPlan) -> None:
    trained = publish(ready)
    lists = ready.store.require(lists_spec(other(ready)))
    late = make_release(ready.workspace, replace(release_parts(ready), lists=lists, is_first=True))

    assert bring_first_live(ready.workspace, late, ready.config.index).id == trained.id
    assert [release.id for release in list_releases(ready.workspace)] == [trained.id]


def test_a_shop_without_trained_releases_keeps_as_many_as_any_other(ready: BuildPlan) -> None:
    made = [first_as_of(ready, f"2020-09-2{day}") for day in range(5)]
    assert [release.id for release in list_releases(ready.workspace)] == made[:1:-1]
    assert live_id(ready.workspace) == made[-1]


def test_the_next_first_release_drops_those_that_hold_a_deleted_customers_list(ready: BuildPlan) -> None:
    first_as_of(ready, "2020-09-20")
    first_as_of(ready, "2020-09-21")
    ready.workspace.erase(customer_ids(1)[0])
    live = first_as_of(ready, "2020-09-22")
    assert [release.id for release in list_releases(ready.workspace)] == [live]
