"""Evaluation of a shop with two groups of customers: what the result holds, the report, MLflow, folds."""

import datetime as dt
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys_core.config import Config
from recsys_core.pipeline.evaluate import evaluate, evaluate_folds
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.models import note_models, read_models, with_models
from recsys_core.pipeline.models_age import compare_ages
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.refresh_retrievers import refresh_retrievers
from recsys_core.pipeline.score import Targets
from recsys_core.pipeline.train_ranker import train_ranker
from recsys_core.pipeline.train_retrievers import train_retrievers
from recsys_core.testing.snapshot_fixture import CUTOFF, FixtureShop, Purchase
from tests.support import two_groups

CONFIG = Config.model_validate(
    {
        "cutoffs": {"label_days": 2, "train_cutoffs": 1},
        "two_tower": {"dim": 8, "id_dim": 8, "hidden": [16], "batch_size": 64, "epochs": 5, "incremental_epochs": 0},
        "ranker": "lightgbm",
        "lightgbm": {"trees": 20, "min_rows_in_leaf": 5},
        "lists": {"length": 12, "scored_length": 20, "shard_customers": 17},
    }
)
EARLIER = CUTOFF - dt.timedelta(days=2)
RETRIEVERS = {"two_tower", "popular", "repurchase", "also_bought"}


@pytest.fixture(scope="module")
def shop() -> FixtureShop:
    """The a's buy shirts, the b's buy dresses, each one every other day; ``late`` first comes in the label days."""
    purchases = two_groups.purchases()
    purchases += [Purchase("late", "shirt00", 0), Purchase("late", "shirt01", 0), Purchase("a00", "brand-new", -1)]
    return FixtureShop(purchases, customers={"newcomer": {"age": 20.0}, "a00": {"age": 33.0}})


@pytest.fixture(scope="module")
def plan(shop: FixtureShop, tmp_path_factory: pytest.TempPathFactory) -> BuildPlan:
    """With the snapshots of ``CUTOFF``, of the fold before it, and of what both are trained on."""
    plan = shop.plan(tmp_path_factory.mktemp("workspace"), CONFIG)
    for at in (plan.at(EARLIER), *(plan.at(train.cutoff) for train in plan.at(EARLIER).train_cutoffs)):
        shop.write_snapshot(plan.store, snapshot_spec(at), at.cutoff)
    return plan


@pytest.fixture(scope="module")
def measured(plan: BuildPlan) -> dict[str, Any]:
    return dict(evaluate(plan, 2, two_groups.prepare))


@pytest.fixture(scope="module")
def folder(measured: dict[str, Any]) -> Path:
    return Path(measured["report"]).parent


@pytest.fixture(scope="module")
def written(folder: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((folder / "evaluation.json").read_text())
    return result


def test_stands_beside_the_baselines(measured: dict[str, Any]) -> None:
    assert measured["customers"] == 41  # everybody of the label days, the one who came late too
    assert set(measured["baselines"]) >= {"popular", "popular_2d", "repurchase_popular", "recent_popular"}
    assert measured["baselines"][measured["best_baseline"]] == max(measured["baselines"].values())
    assert measured["map_at_12"] > measured["baselines"]["popular"]
    low, high = measured["map_at_12_interval"]
    assert low <= measured["map_at_12"] <= high
    assert (measured["label_start"], measured["label_days"]) == (CUTOFF.isoformat(), 2)


def test_more_candidates_hold_more_of_what_was_bought(measured: dict[str, Any]) -> None:
    recall = [measured["recall"][k] for k in ("12", "50", "100", "300", "500")]

    assert recall == sorted(recall)
    assert 0 < recall[0] <= recall[-1] <= 1
    assert recall[-1] == pytest.approx(measured["union"]["recall_of_pool"])  # fewer than 500 candidates


def test_each_retriever_is_measured_alone(measured: dict[str, Any]) -> None:
    on = {name: retriever for name, retriever in measured["retrievers"].items() if retriever["state"] == "on"}

    assert set(on) >= RETRIEVERS
    for retriever in on.values():
        assert retriever["recall"]["500"] <= measured["union"]["recall_of_pool"]
        assert retriever["candidates"] <= measured["union"]["candidates"]


def test_a_retriever_without_its_inputs_is_off_with_the_reason(measured: dict[str, Any], folder: Path) -> None:
    retriever = measured["retrievers"]["similar_images"]

    assert retriever["state"] == "off"
    assert f"off: {retriever['reason']}" in (folder / "report.html").read_text()


def test_segments_add_up(measured: dict[str, Any]) -> None:
    groups = measured["groups"]

    assert {name: s["customers"] for name, s in measured["segments"].items()} == {"new": 1, "active": 40}
    assert {name: s["customers"] for name, s in groups["profile"].items()} == {"with profile": 1, "without profile": 40}
    for parts in (measured["segments"], groups["profile"], groups["age"]):
        total = sum(part["customers"] * part["map_at_12"] for part in parts.values())
        assert total / 41 == pytest.approx(measured["map_at_12"])


def test_purchases_of_new_articles_are_told_apart(measured: dict[str, Any]) -> None:
    new = measured["groups"]["new_articles"]

    assert new["customers"] == 41  # the whole shop is two weeks old
    assert new["map_at_12"] == pytest.approx(measured["map_at_12"])


def test_each_rule_is_left_out_alone(measured: dict[str, Any], written: dict[str, Any]) -> None:
    effects = {effect["rule"]: effect for effect in measured["rule_effects"]}

    assert set(effects) == set(measured["rules"]["dropped"])
    for name, effect in effects.items():
        assert effect["dropped"] == sum(measured["rules"]["dropped"][name].values())
        assert effect["difference"] == pytest.approx(measured["map_at_12"] - effect["map_at_12_without"])


def test_nothing_is_missing_or_not_a_number(written: dict[str, Any]) -> None:
    def leaves(value: Any) -> list[Any]:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        return [value] if inner is None else [leaf for part in inner for leaf in leaves(part)]

    assert all(math.isfinite(leaf) for leaf in leaves(written) if isinstance(leaf, float))
    assert {row["kind"] for row in written["comparison"]} == {"final", "ranked", "baseline", "retriever"}
    assert 0 < written["beyond_accuracy"]["coverage"] <= 1
    assert written["ablation"] == []


def test_an_ablation_comes_with_the_report_if_asked_for(plan: BuildPlan, measured: dict[str, Any]) -> None:
    asked: dict[str, Any] = dict(evaluate(plan, 2, two_groups.prepare, ablation=True))

    folder = Path(asked["report"]).parent
    rows = json.loads((folder / "evaluation.json").read_text())["ablation"]
    whole, *without = rows
    groups = {"customer", "demand", "article", "preference", "consistency", "own_history", "retrieval"}
    on = {name for name, retriever in measured["retrievers"].items() if retriever["state"] == "on"}
    assert [whole["left_out"], whole["difference"]] == ["nothing", 0]
    assert {row["left_out"] for row in without} == on | groups
    assert all(row["difference"] == pytest.approx(row["map_at_12"] - whole["map_at_12"]) for row in without)
    assert asked["map_at_12"] == measured["map_at_12"]
    assert (folder / "plots" / "ablation.png").exists()


def test_what_is_printed_is_one_json_object(measured: dict[str, Any]) -> None:
    assert json.loads(json.dumps(measured))["map_at_12"] == measured["map_at_12"]


def test_measured_again_is_found(plan: BuildPlan, measured: dict[str, Any], folder: Path) -> None:
    before = (folder / "artifact.json").stat().st_mtime_ns

    def nothing_to_do(plan: BuildPlan, targets: Targets) -> None:
        raise AssertionError("prepared for nothing")

    assert evaluate(plan, 2, nothing_to_do) == measured
    assert (folder / "artifact.json").stat().st_mtime_ns == before


def test_the_report_needs_nothing_beside_it(folder: Path, measured: dict[str, Any]) -> None:
    page = (folder / "report.html").read_text()

    assert f"{measured['map_at_12']:.4f}" in page
    assert "<svg" in page
    assert "<script" not in page
    assert "src=" not in page
    assert "<link" not in page
    linked = {part.split('"')[0] for part in page.split(' href="')[1:]}
    assert all(link.startswith("#") for link in linked)


def test_the_run_keeps_report_plots_and_figures(plan: BuildPlan, measured: dict[str, Any], folder: Path) -> None:
    import mlflow

    from recsys_core.tracking.runs import configure

    configure(plan.workspace)
    client = mlflow.MlflowClient()
    run = client.get_run(json.loads((folder / "artifact.json").read_text())["summary"]["mlflow_run_id"])
    plots = {Path(file.path).name for file in client.list_artifacts(run.info.run_id, "plots")}

    assert {file.path for file in client.list_artifacts(run.info.run_id)} == {"evaluation.json", "report.html", "plots"}
    assert plots >= {"map_at_12.png", "recall.png", "segments.png", "rules.png", "popularity.png"}
    assert run.data.metrics["map_at_12"] == pytest.approx(measured["map_at_12"])
    assert run.data.metrics["recall_at_300"] == pytest.approx(measured["recall"]["300"])
    assert run.data.tags["data_digest"] == plan.tables.content_sha256


def test_folds_come_with_mean_spread_and_nested_runs(plan: BuildPlan, measured: dict[str, Any]) -> None:
    import mlflow

    from recsys_core.tracking.runs import configure

    together: dict[str, Any] = dict(evaluate_folds([plan, plan.at(EARLIER)], 2, two_groups.prepare))
    folds = together["folds"]
    metrics = [fold["map_at_12"] for fold in folds["each"]]

    assert [fold["label_start"] for fold in folds["each"]] == [CUTOFF.isoformat(), EARLIER.isoformat()]
    assert metrics[0] == measured["map_at_12"] == together["map_at_12"]
    assert folds["mean"]["map_at_12"] == pytest.approx(np.mean(metrics))
    assert folds["standard_deviation"]["map_at_12"] == pytest.approx(np.std(metrics, ddof=1))
    assert EARLIER.isoformat() in Path(together["report"]).read_text()
    configure(plan.workspace)
    client = mlflow.MlflowClient()
    made = json.loads((Path(together["report"]).parent / "artifact.json").read_text())["summary"]["mlflow_run_id"]
    experiment = client.get_run(made).info.experiment_id
    nested = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{made}'")
    assert sorted(run.data.metrics["map_at_12"] for run in nested) == sorted(metrics)


def with_models_of(plan: BuildPlan, cutoff: dt.date) -> BuildPlan:
    earlier = plan.at(cutoff)
    train_retrievers(earlier)
    train_ranker(earlier)
    return with_models(plan, read_models(plan.workspace, note_models(earlier).key))


def refresh_and_score(plan: BuildPlan, targets: Targets) -> None:
    if plan.models:
        refresh_retrievers(plan)
        two_groups.score(plan, targets)
    else:
        two_groups.prepare(plan, targets)


def test_models_of_two_ages_are_compared_on_the_same_customers(plan: BuildPlan, measured: dict[str, Any]) -> None:
    def measure(age: int) -> dict[str, Any]:
        aged = with_models_of(plan, EARLIER) if age else plan
        return evaluate(aged, 2, refresh_and_score)

    compared = compare_ages(plan, [0, 2], 2, measure)

    of_the_day, older = compared["rows"]
    assert of_the_day["map_at_12"] == pytest.approx(measured["map_at_12"])
    assert of_the_day["recall_at_100"] == pytest.approx(measured["recall"]["100"])
    assert older["map_at_12"] == pytest.approx(measure(2)["map_at_12"])
    assert older["difference"] == pytest.approx(older["map_at_12"] - of_the_day["map_at_12"])
    low, high = older["difference_interval"]
    assert low <= older["difference"] <= high
    assert f"| 2 | {older['map_at_12']:.4f} |" in Path(compared["table"]).read_text()
    assert compare_ages(plan, [0, 2], 2, measure) == compared


def test_label_days_without_purchases_are_refused_before_any_training(plan: BuildPlan) -> None:
    def nothing_to_do(plan: BuildPlan, targets: Targets) -> None:
        raise AssertionError("trained for nothing")

    with pytest.raises(ValueError, match=r"no purchases in the label days 2020-10-20 .. 2020-10-21"):
        evaluate(plan.at(CUTOFF + dt.timedelta(days=30)), 2, nothing_to_do)


def test_the_guide_explains_what_the_result_holds(written: dict[str, Any]) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "guides" / "evaluation.md").read_text()
    (table,) = re.findall(r"\| key \| what \|\n(.*?)\n\n", guide, re.DOTALL)
    explained = {key for row in table.splitlines() for key in re.findall(r"`(\w+)`", row.split("|")[1])}
    optional = {"ablation", "folds"}
    about_the_run = {"artifact", "customers", "label_start", "label_days", "made_from"}
    assert explained - optional <= set(written)
    assert set(written) - about_the_run <= explained
