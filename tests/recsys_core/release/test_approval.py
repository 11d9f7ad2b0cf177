"""Releases by models that a person has to approve: what goes live, in whose name, and what waits."""

import json
import shutil
from dataclasses import replace

import pytest

from recsys_core.contracts.release import MANIFEST
from recsys_core.pipeline.models import ask_for_approval, challenge, challenger_key, note_models, plan_with
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.publish import publish
from recsys_core.pipeline.train_ranker import BLENDED, ranker_spec
from recsys_core.pipeline.validate import validate
from recsys_core.promotion.approvals import APPROVED, REJECTED, note_approval
from recsys_core.promotion.going_live import GATE, promote
from recsys_core.promotion.judging import HeldBackError
from recsys_core.release.pointer import go_live, live_id
from recsys_core.store.artifacts import write_json
from recsys_core.workspace import Workspace
from tests.recsys_core.release.test_hold import made, make_current, of_tables


@pytest.fixture
def asked(ready: BuildPlan) -> BuildPlan:
    """The plan with its models, about which a person is asked. A release of an earlier day is live."""
    go_live(ready.workspace, made(ready.workspace, "b", cutoff="2020-09-01").id)
    plan = with_noted_models(ready)
    ask_for_approval(plan.workspace, key_of(plan))
    return plan


def with_noted_models(plan: BuildPlan) -> BuildPlan:
    """The plan with its models as those of a training; their rankers are empty folders, which no test opens."""
    for name in (None, *BLENDED):
        with plan.store.build(ranker_spec(plan, name)):
            pass
    return plan_with(plan, note_models(plan, validate(plan)).key)


def key_of(plan: BuildPlan) -> str:
    assert plan.models is not None
    return plan.models.key


def last_move(workspace: Workspace) -> tuple[str, str, str]:
    """Action, person and reason of the last move of the pointer."""
    line = json.loads(workspace.history.read_text().splitlines()[-1])
    return line["action"], line["by"], line["why"]


def test_until_they_are_approved_the_live_release_serves_on(asked: BuildPlan) -> None:
    done = publish(asked)
    assert (done.id, live_id(asked.workspace)) == ("b", "b")
    assert done.why == f"its models {key_of(asked)} are not approved yet"


def test_the_same_models_by_another_way_have_to_be_approved_too(asked: BuildPlan, ready: BuildPlan) -> None:
    """A run of the same day takes them for its own."""
    assert ready.models is None
    assert publish(ready).why == f"its models {key_of(asked)} are not approved yet"


def test_approved_they_go_live_in_the_name_of_who_approved(asked: BuildPlan) -> None:
    note_approval(asked.workspace, key_of(asked), APPROVED, "ann", "better in every segment")
    done = publish(asked)
    assert live_id(asked.workspace) == done.id != "b"
    assert last_move(asked.workspace) == ("publish", "ann", "approved: better in every segment")
    note_approval(asked.workspace, key_of(asked), REJECTED, "bob")  # a run that was cleared asks once more
    assert publish(asked).held == ""


def test_rejected_they_stay_off_and_a_person_can_still_promote_the_release(asked: BuildPlan) -> None:
    note_approval(asked.workspace, key_of(asked), REJECTED, "ann", "too many coats")
    done = publish(asked)
    assert live_id(asked.workspace) == "b"
    assert done.why.startswith(f"its models {key_of(asked)} are rejected at 20")
    assert done.why.endswith(" by ann: too many coats")
    promote(asked.workspace, done.held, force=True, by="bob")
    assert live_id(asked.workspace) == done.held


def test_approved_after_a_later_day_went_live_they_make_the_lists_of_the_next_run(asked: BuildPlan) -> None:
    workspace = asked.workspace
    go_live(workspace, made(workspace, "later", cutoff="2020-12-01", minute=1).id)
    publish(asked)
    assert challenger_key(workspace) is None  # nobody approved yet
    note_approval(workspace, key_of(asked), APPROVED, "ann")
    done = publish(asked)
    assert (done.id, done.held) == ("later", "")
    assert done.why == f"later, of a later day, was live before the models {key_of(asked)} were approved"
    assert challenger_key(workspace) == key_of(asked)


def test_approved_too_late_they_make_the_next_lists_though_parts_of_their_day_are_gone(asked: BuildPlan) -> None:
    """The later day's run embedded new images, so the catalogue of this day has another key now."""
    workspace = asked.workspace
    go_live(workspace, made(workspace, "later", cutoff="2020-12-01", minute=1).id)
    note_approval(workspace, key_of(asked), APPROVED, "ann")
    shutil.rmtree(workspace.root / "catalogue")
    assert publish(asked).id == "later"
    assert challenger_key(workspace) == key_of(asked)


def test_approved_they_make_the_next_lists_if_their_own_are_gone(asked: BuildPlan) -> None:
    note_approval(asked.workspace, key_of(asked), APPROVED, "ann")
    shutil.rmtree(asked.workspace.root / "lists")
    with pytest.raises(FileNotFoundError, match="recsys filter"):
        publish(asked)
    assert challenger_key(asked.workspace) == key_of(asked)


def test_once_the_gate_has_decided_they_challenge_no_more(asked: BuildPlan) -> None:
    note_approval(asked.workspace, key_of(asked), APPROVED, "ann")
    publish(asked)
    assert challenger_key(asked.workspace) is None


def test_approved_after_newer_models_serve_they_make_no_lists(asked: BuildPlan) -> None:
    workspace = asked.workspace
    later = made(workspace, "later", cutoff="2020-12-01", minute=1)
    write_json(later.path / MANIFEST, later.manifest | {"models_as_of": "2020-11-30"})
    go_live(workspace, later.id)
    note_approval(workspace, key_of(asked), APPROVED, "ann")
    assert publish(asked).id == "later"
    assert challenger_key(workspace) is None


def test_models_that_newer_tables_kept_off_challenge_again_in_the_next_run(ready: BuildPlan) -> None:
    workspace = ready.workspace
    plan = with_noted_models(replace(ready, workspace=replace(workspace, tables_key=ready.tables.key)))
    go_live(workspace, of_tables(workspace, "newer", "2999-01-01T00:00:00Z").id)
    make_current(workspace, "corrected")
    challenge(workspace, key_of(plan))
    assert publish(plan).id == "newer"
    assert challenger_key(workspace) == key_of(plan)


def test_models_that_nobody_is_asked_about_go_live_by_the_gate(ready: BuildPlan) -> None:
    publish(with_noted_models(ready))
    assert last_move(ready.workspace) == ("publish", GATE, "")


def test_without_a_live_release_a_missing_approval_is_the_reason(ready: BuildPlan) -> None:
    key = note_models(ready, validate(ready)).key
    ask_for_approval(ready.workspace, key)
    with pytest.raises(HeldBackError, match=f"its models {key} are not approved yet"):
        publish(ready)
    assert live_id(ready.workspace) is None
