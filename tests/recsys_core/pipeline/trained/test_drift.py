"""The drift report of days after a training, and what it asks for."""

import datetime as dt
import json
from dataclasses import replace

import mlflow
import pyarrow.parquet as pq
import pytest

from recsys_core.config import Config
from recsys_core.drift.report import REPORT
from recsys_core.pipeline.drift import NO_MODELS, RESULT, STAGE, Comparison, found_drift
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.models import challenge, note_models
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.training_due import training_due
from recsys_core.pipeline.validate import validate
from recsys_core.release import history
from recsys_core.release.pointer import go_live
from recsys_core.store.artifacts import write_json
from recsys_core.testing.snapshot_fixture import CUTOFF, FixtureShop

TINY = {"drift": {"min_rows": 20, "min_buyers": 20}}


@pytest.fixture
def noted(plan: BuildPlan) -> BuildPlan:
    """A workspace whose models challenge, older than any deletion of a test."""
    file = plan.tables.path / "artifact.json"
    write_json(file, {**plan.tables.record, "created_at": "2020-09-20T00:00:00Z"})
    vars(plan).pop("tables")
    challenge(plan.workspace, note_models(plan, validate(plan)).key)
    return replace(plan, config=Config.model_validate(plan.config.model_dump() | TINY))


def later(plan: BuildPlan, shop: FixtureShop, days: int, factor: float = 1.0) -> BuildPlan:
    """The plan some days after the training, whose customers bought the same since, at prices times a factor."""
    made = plan.at(CUTOFF + dt.timedelta(days=days))
    since = [p._replace(days_ago=p.days_ago - 14, price=p.price * factor) for p in shop.purchases if p.days_ago >= 0]
    earlier = [p for p in shop.purchases if p.days_ago > 0]
    replace(shop, purchases=[*earlier, *since]).write_snapshot(made.store, snapshot_spec(made), made.cutoff)
    return made


def test_the_same_purchases_are_no_drift(noted: BuildPlan, shop: FixtureShop) -> None:
    today = later(noted, shop, 7)
    said = STAGE(today)
    assert (said["drift"], said["columns_drifted"]) == (False, [])
    assert said["columns_compared"] > 20
    assert said["reason"] == f"since the models were trained as of {CUTOFF}: no drift"
    assert not training_due(replace(today, cutoff=CUTOFF + dt.timedelta(days=3)))["due"]


def test_a_drift_asks_for_training_but_not_at_once(noted: BuildPlan, shop: FixtureShop) -> None:
    early, late = later(noted, shop, 2, factor=100), later(noted, shop, 4, factor=100)
    assert "drift" not in training_due(early)["reason"]
    assert all(STAGE(plan)["columns_drifted"] == ["sold.price", "articles.mean_price"] for plan in (early, late))
    waits, due = training_due(early), training_due(late)
    assert not waits["due"]
    assert waits["reason"].endswith("is 7; there is a drift, but drift.retrain_after_days is 3")
    assert due["due"]
    assert due["reason"].startswith(f"drift: since the models were trained as of {CUTOFF}: sold.price moved by ")

    off = replace(late, config=Config.model_validate(late.config.model_dump() | {"drift": {"enabled": False}}))
    assert STAGE(off) == {"drift": False, "reason": "drift.enabled is false"}
    assert not training_due(off)["due"]


def test_the_report_is_an_artifact_and_a_run_of_the_record(noted: BuildPlan, shop: FixtureShop) -> None:
    today = later(noted, shop, 4, factor=100)
    STAGE(today)
    comparison = Comparison.of(today)
    assert comparison is not None
    made = today.store.require(comparison.spec)
    columns = json.loads((made.path / RESULT).read_text())["columns"]
    price = next(column for column in columns if column["column"] == "sold.price")
    assert price["drifted"]
    assert "sold.price" in (made.path / REPORT).read_text()

    run = mlflow.MlflowClient().get_run(made.summary["mlflow_run_id"])
    assert run.data.metrics["drift_sold.price"] == price["value"]
    assert run.data.metrics["columns_drifted"] == 2.0
    assert {file.path for file in mlflow.MlflowClient().list_artifacts(run.info.run_id)} == {REPORT, RESULT}
    assert STAGE(today)["mlflow_run_id"] == run.info.run_id  # found, not made again


def test_without_the_snapshot_of_the_training_the_report_says_so(noted: BuildPlan, shop: FixtureShop) -> None:
    today = later(noted, shop, 4, factor=100)
    trained_on = noted.store.path(snapshot_spec(noted.at(CUTOFF)))
    trained_on.rename(trained_on.with_name("gone"))
    assert STAGE(today)["drift"] is False
    found = found_drift(today)
    assert found is not None
    assert f"the snapshot of {CUTOFF} that the models were trained on is gone: no column is compared" in found["said"]


def test_without_models_nothing_is_compared(plan: BuildPlan) -> None:
    assert STAGE(plan) == {"drift": False, "reason": NO_MODELS}
    assert found_drift(plan) is None


def test_live_lists_that_find_nothing_ask_for_training(noted: BuildPlan, shop: FixtureShop) -> None:
    """The lists that were live on the day of the training, with one article that nobody buys."""
    from tests.support.lists_alone import Lists

    key = noted.workspace.challenger.readlink().name
    customers = sorted({p.customer for p in shop.purchases})
    lists = Lists({customer: ["never"] for customer in customers}, {"never": "one"})
    release = lists.write(noted.workspace.releases / f"{CUTOFF}-live")
    manifest = {"id": release.id, "cutoff": str(CUTOFF), "created_at": "2020-09-20T00:00:00Z"}
    artifacts = {"models": key, "snapshot": snapshot_spec(noted.at(CUTOFF)).key}
    write_json(release.path / "manifest.json", manifest | {"artifacts": artifacts})
    go_live(noted.workspace, release.id, history.PUBLISH)

    said = STAGE(later(noted, shop, 2))
    assert said["drift"]
    assert said["map_at_12"] == 0.0
    assert f"MAP@12 of the live lists is 0.0000 on {CUTOFF}+2, that of the simple list " in said["reason"]


def test_the_samples_hold_no_ids(noted: BuildPlan, shop: FixtureShop) -> None:
    today = later(noted, shop, 4)
    STAGE(today)
    comparison = Comparison.of(today)
    assert comparison is not None
    page = (today.store.require(comparison.spec).path / REPORT).read_text()
    ids = pq.read_table(noted.store.path(snapshot_spec(noted.at(CUTOFF))) / "customers")["customer_id"].to_pylist()
    assert not [customer for customer in ids if f'"{customer}"' in page]
