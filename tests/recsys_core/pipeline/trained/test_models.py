"""Lists of a day made with the models of an earlier one: real small models, and the days after their training."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from recsys_core.contracts.training import Challenge, Training
from recsys_core.features.snapshot import Snapshot
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.filter import STAGE as FILTER
from recsys_core.pipeline.models import (
    TRAININGS,
    UnusableModelsError,
    challenge,
    challenger_key,
    note_models,
    plan_with,
    read_models,
    serving_plan,
    with_models,
    withdraw_challenger,
)
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.refresh_retrievers import STAGE as REFRESH
from recsys_core.pipeline.refresh_retrievers import refresh_retrievers
from recsys_core.pipeline.score import Targets, scored_spec
from recsys_core.pipeline.train_ranker import ranker_spec
from recsys_core.pipeline.train_retrievers import START, TWO_TOWER, retriever_spec
from recsys_core.pipeline.training_due import training_due
from recsys_core.pipeline.validate import STAGE as VALIDATE
from recsys_core.pipeline.validate import validate, validate_models
from recsys_core.promotion.approvals import APPROVED, approval_of, note_approval
from recsys_core.release.pointer import go_live
from recsys_core.retrieval.base import Sources
from recsys_core.retrieval.two_tower import WEIGHTS, TwoTowerRetriever
from recsys_core.store.arrays import load_array
from recsys_core.store.artifacts import write_json
from recsys_core.testing.snapshot_fixture import CUTOFF, FixtureShop, Purchase
from recsys_core.towers.weights import TowerWeights
from recsys_core.workspace import flip_link
from tests.support import two_groups

NEXT_DAY = CUTOFF + dt.timedelta(days=1)
LATE = [Purchase(customer, article, 0) for customer in ("late1", "late2") for article in ("shirt00", "shirt01")]
"""Two customers who first bought on the cut-off's own day, the same."""


@pytest.fixture(autouse=True)
def _tables_of_before(plan: BuildPlan) -> None:
    """The tables are older than any deletion of a test, though their time is noted in whole seconds."""
    file = plan.tables.path / "artifact.json"
    write_json(file, {**plan.tables.record, "created_at": "2020-09-20T00:00:00Z"})
    vars(plan).pop("tables")


@pytest.fixture
def noted(plan: BuildPlan) -> str:
    """Key of the models, noted as the challenger's."""
    key = note_models(plan, validate(plan)).key
    challenge(plan.workspace, key)
    return key


@pytest.fixture
def next_day(plan: BuildPlan, noted: str, shop: FixtureShop) -> BuildPlan:
    """The plan of the day after, with its snapshot and the models of the day before."""
    later = replace(shop, purchases=[*shop.purchases, *LATE])
    made = serving_plan(plan.at(NEXT_DAY))
    later.write_snapshot(made.store, snapshot_spec(made), NEXT_DAY)
    return made


def two_tower_of(plan: BuildPlan) -> Path:
    return plan.store.require(retriever_spec(plan, TWO_TOWER)).path


def test_the_lists_of_the_next_day_are_made_without_training(next_day: BuildPlan, noted: str) -> None:
    def trained() -> set[str]:
        return {str(file.parent) for file in next_day.workspace.root.glob("rankers/*/*/artifact.json")}

    before = trained()
    refresh_retrievers(next_day)
    two_groups.score(next_day, Targets())
    lists = FILTER.make(next_day)

    assert trained() == before
    rows = [row for part in lists.path.glob("part-*.parquet") for row in pq.read_table(part).to_pylist()]
    customers = [*(f"{group}{i:02d}" for group in "ab" for i in range(20)), "late1", "late2"]
    assert sorted(row["customer_id"] for row in rows) == sorted(customers)
    scored = next_day.store.require(scored_spec(next_day))
    models = read_models(next_day.workspace, noted)
    assert models.cutoff == CUTOFF
    assert scored.record["inputs"]["ranker"] == models.specs["ranker"].key
    two_tower = next_day.store.require(retriever_spec(next_day, TWO_TOWER))
    assert two_tower.record["inputs"][START] == models.specs[TWO_TOWER].key


def test_counts_are_of_the_day_whatever_the_age_of_the_models(next_day: BuildPlan) -> None:
    made = refresh_retrievers(next_day)
    snapshot = Snapshot.open(next_day.store.require(snapshot_spec(next_day)).path)
    assert {artifact.record["inputs"]["snapshot"] for artifact in made.values()} == {snapshot_spec(next_day).key}
    assert {"late1", "late2"} <= set(snapshot.customer_ids)


def test_on_the_day_of_their_training_the_models_are_taken_as_they_are(plan: BuildPlan, noted: str) -> None:
    same_day = serving_plan(plan)
    assert same_day.models is not None
    assert retriever_spec(same_day, TWO_TOWER).key == retriever_spec(plan, TWO_TOWER).key
    assert ranker_spec(same_day).key == ranker_spec(plan).key
    assert scored_spec(same_day).key == scored_spec(plan).key
    created = {name: made.record["created_at"] for name, made in refresh_retrievers(plan).items()}
    assert {name: made.record["created_at"] for name, made in refresh_retrievers(same_day).items()} == created


def test_refreshed_on_the_same_snapshot_the_vectors_are_those_of_the_training(trained: BuildPlan) -> None:
    snapshot = Snapshot.open(trained.store.require(snapshot_spec(trained)).path)
    folder = two_tower_of(trained)
    again = TwoTowerRetriever.refresh(snapshot, trained.config, Sources(weights=TowerWeights.read(folder / WEIGHTS)))
    np.testing.assert_allclose(again.customer_vectors, load_array(folder, "customer_vectors"), atol=1e-6)
    np.testing.assert_allclose(again.article_vectors, load_array(folder, "article_vectors"), atol=1e-6)
    np.testing.assert_allclose(again.article_bias, load_array(folder, "article_bias"), atol=1e-6)


def test_newcomers_are_described_by_what_they_bought_since(next_day: BuildPlan) -> None:
    refresh_retrievers(next_day)
    snapshot = Snapshot.open(next_day.store.require(snapshot_spec(next_day)).path)
    vectors = load_array(two_tower_of(next_day), "customer_vectors")
    first, second, buyer, other = snapshot.customer_rows(["late1", "late2", "a00", "b00"])
    np.testing.assert_array_equal(vectors[first], vectors[second])
    assert vectors[first] @ vectors[buyer] > vectors[first] @ vectors[other]


def test_vectors_are_not_refreshed_by_weights_that_have_seen_later_days(trained: BuildPlan, shop: FixtureShop) -> None:
    day_before = trained.past_plans[0]
    snapshot = Snapshot.open(day_before.store.require(snapshot_spec(day_before)).path)
    weights = TowerWeights.read(two_tower_of(trained) / WEIGHTS)
    with pytest.raises(ValueError, match="cannot be used as of"):
        TwoTowerRetriever.refresh(snapshot, trained.config, Sources(weights=weights))
    with pytest.raises(ValueError, match="without the weights"):
        TwoTowerRetriever.refresh(snapshot, trained.config, Sources())


def test_a_shop_without_models_says_so_instead_of_training(plan: BuildPlan, shop: FixtureShop) -> None:
    untrained = plan.at(NEXT_DAY)
    shop.write_snapshot(untrained.store, snapshot_spec(untrained), NEXT_DAY)
    summary = REFRESH(serving_plan(untrained))
    assert (summary["models"], summary["reason"][:13]) == ("", "there are no ")
    with pytest.raises(FileNotFoundError, match="recsys train-retrievers"):
        refresh_retrievers(untrained)


def test_after_the_decision_lists_are_made_with_the_models_of_the_live_release(plan: BuildPlan, noted: str) -> None:
    tomorrow = plan.at(NEXT_DAY)
    assert serving_plan(tomorrow).models is not None
    withdraw_challenger(plan.workspace, "another")
    assert serving_plan(tomorrow).models is not None
    withdraw_challenger(plan.workspace, noted)
    assert serving_plan(tomorrow).models is None

    release = plan.workspace.releases / "live one"
    release.mkdir(parents=True)
    write_json(release / "manifest.json", {"created_at": "2020-09-20T00:00:00Z", "artifacts": {TRAININGS: noted}})
    flip_link(plan.workspace.live, release.name)
    served = serving_plan(tomorrow).models
    assert served is not None
    assert served.key == noted

    of_before = {"ranker": ranker_spec(plan).key}
    write_json(release / "manifest.json", {"created_at": "2020-09-20T00:00:00Z", "artifacts": of_before})
    assert serving_plan(tomorrow).models == served
    write_json(release / "manifest.json", {"created_at": "2020-09-20T00:00:00Z", "artifacts": {"ranker": "another"}})
    assert serving_plan(tomorrow).models is None


def test_models_that_were_noted_for_measurements_do_not_serve(plan: BuildPlan) -> None:
    measured = note_models(plan)
    release = plan.workspace.releases / "live one"
    release.mkdir(parents=True)
    of_before = {"ranker": ranker_spec(plan).key}
    write_json(release / "manifest.json", {"created_at": "2020-09-20T00:00:00Z", "artifacts": of_before})
    flip_link(plan.workspace.live, release.name)

    assert serving_plan(plan.at(NEXT_DAY)).models is None
    assert training_due(plan) == {"due": True, "reason": "there are no models yet"}
    validated = note_models(plan, validate(plan))
    served = serving_plan(plan.at(NEXT_DAY)).models
    assert served is not None
    assert served.key == validated.key != measured.key


def test_lists_of_an_earlier_day_are_not_made_with_later_models(plan: BuildPlan, noted: str) -> None:
    earlier = plan.at(CUTOFF - dt.timedelta(days=1))
    assert serving_plan(earlier).models is None
    with pytest.raises(UnusableModelsError, match=f"trained as of {CUTOFF}, after {earlier.cutoff}"):
        plan_with(earlier, noted)


def test_models_trained_with_another_image_encoder_are_not_used(plan: BuildPlan, noted: str) -> None:
    models = read_models(plan.workspace, noted)
    with_encoder = replace(models, specs={**models.specs, "image_encoder": models.specs["ranker"]})
    with pytest.raises(UnusableModelsError, match="another encoder"):
        with_models(plan, with_encoder)


def test_models_of_another_version_of_the_code_are_not_used(plan: BuildPlan, noted: str) -> None:
    models = read_models(plan.workspace, noted)
    older = replace(models.specs["ranker"], version=1)
    with pytest.raises(UnusableModelsError, match="ranker is of version 1, this code of"):
        with_models(plan, replace(models, specs={**models.specs, "ranker": older}))


def test_lists_keep_the_settings_of_their_models_and_take_the_rules_of_today(plan: BuildPlan, noted: str) -> None:
    settings = plan.config.model_dump()
    settings["two_tower"]["dim"] = 32
    settings["rules"]["purchased"] = "exclude"
    today = replace(plan.at(NEXT_DAY), config=type(plan.config).model_validate(settings))
    served = serving_plan(today).config
    assert (served.two_tower.dim, served.rules.purchased) == (plan.config.two_tower.dim, "exclude")


def test_a_past_day_keeps_its_models_and_puts_none_up(plan: BuildPlan, noted: str) -> None:
    """As of the day before the live release's; the settings have changed since."""
    withdraw_challenger(plan.workspace, noted)
    live = plan.workspace.releases / "2020-12-01-live"
    live.mkdir(parents=True)
    (live / "manifest.json").write_text(json.dumps({"id": live.name, "cutoff": "2020-12-01", "created_at": ""}))
    go_live(plan.workspace, live.name)
    changed = plan.config.model_copy(update={"examples": plan.config.examples.model_copy(update={"max_customers": 7})})
    today = replace(plan.at(NEXT_DAY), config=changed)
    assert training_due(today) == {"due": False, "reason": f"a past day keeps its models, those as of {CUTOFF}"}
    assert training_due(today, Training.ALWAYS)["due"]
    assert VALIDATE(plan)["models"] == noted
    assert challenger_key(plan.workspace) is None


def test_models_that_a_person_has_to_approve_make_no_lists_of_other_runs(plan: BuildPlan) -> None:
    key = validate_models(plan, Challenge.AFTER_APPROVAL)["models"]
    asked = approval_of(plan.workspace, key)
    assert asked is not None
    assert (asked.state, asked.by) == ("asked", "")
    assert challenger_key(plan.workspace) is None
    assert serving_plan(plan.at(NEXT_DAY)).models is None
    assert plan_with(plan, key).models is not None
    assert not training_due(plan.at(NEXT_DAY))["due"]

    note_approval(plan.workspace, key, APPROVED, "ann")
    validate_models(plan, Challenge.AFTER_APPROVAL)
    kept = approval_of(plan.workspace, key)
    assert kept is not None
    assert kept.is_given


def test_models_are_due_by_age_by_changed_settings_and_if_there_are_none(plan: BuildPlan) -> None:
    assert training_due(plan) == {"due": True, "reason": "there are no models yet"}
    note_models(plan, validate(plan))

    def due(days: int, **settings: object) -> tuple[bool, str]:
        changed = plan.config.model_copy(update=settings)
        said = training_due(replace(plan.at(CUTOFF + dt.timedelta(days=days)), config=changed))
        return said["due"], said["reason"]

    young, reason = due(1)
    assert not young
    assert reason == f"the models were trained as of {CUTOFF}, 1 days ago; cutoffs.retrain_after_days is 7"
    assert not due(6)[0]
    assert due(7)[0]
    longer = plan.config.cutoffs.model_copy(update={"retrain_after_days": 30, "label_days": 5})
    assert not due(7, cutoffs=longer)[0]
    plan.workspace.erase("a00")
    gone, reason = due(1)
    assert gone
    assert reason.startswith("a customer's data were deleted at ")
    patient = plan.config.cutoffs.model_copy(update={"retrain_after_deletion_days": 30})
    assert not due(1, cutoffs=patient)[0]
    wider = plan.config.two_tower.model_copy(update={"dim": 32})
    assert due(1, two_tower=wider) == (True, "the settings changed since the models were trained: two_tower.dim")
