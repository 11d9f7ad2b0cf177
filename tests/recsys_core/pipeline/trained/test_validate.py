"""Newly trained models are measured before they serve: real small models on a shop with two groups of customers."""

import datetime as dt
import json
import shutil
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core.contracts.artifacts import VALIDATIONS
from recsys_core.evaluation.label_window import LabelWindow
from recsys_core.evaluation.metrics.accuracy import average_precision
from recsys_core.pipeline.filter import open_list_maker
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.train_ranker import make_examples, ranker_spec, train_ranker
from recsys_core.pipeline.train_retrievers import open_context, train_retrievers
from recsys_core.pipeline.validate import open_measuring, validate, validation_spec
from recsys_core.promotion.evaluation_records import note_decision
from recsys_core.promotion.judging import HeldBackError, check_models
from recsys_core.promotion.validation import Validation
from recsys_core.ranking.base import VALIDATION
from recsys_core.ranking.blend import BlendRanker
from recsys_core.ranking.examples import read_examples
from recsys_core.ranking.holdout import split
from recsys_core.ranking.scored import score_customers
from recsys_core.store.artifacts import write_json
from recsys_core.testing.snapshot_fixture import CUTOFF
from tests.recsys_core.pipeline.trained.conftest import CONFIG

WINDOW_START = CUTOFF - dt.timedelta(days=2)


def ranker_of(plan: BuildPlan) -> BlendRanker:
    return BlendRanker.load(plan.store.require(ranker_spec(plan)).path)


def result_of(plan: BuildPlan) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((validate(plan).path / "validation.json").read_text())
    return found


def make_champion(plan: BuildPlan, ranker: str = "dnn", **about: Any) -> None:
    """A promoted release whose ranker is the blend's DNN; ``about``: other fields of its manifest."""
    validation = {"label_start": str(WINDOW_START), "label_days": 2, "held_out": "window", "lift": 1.5}
    manifest = {"cutoff": str(plan.cutoff), "created_at": "2020-09-20T00:00:00Z", "validation": validation}
    manifest |= {"artifacts": {"ranker": ranker_spec(plan, ranker).key}, **about}
    (plan.workspace.releases / "theirs").mkdir(parents=True)
    write_json(plan.workspace.releases / "theirs" / "manifest.json", manifest)
    note_decision(plan.workspace, {"release": "theirs", "configuration": "theirs", "verdict": "promote"})


def test_lists_of_the_model_that_has_not_seen_the_last_label_window_are_measured_on_it(trained: BuildPlan) -> None:
    past = trained.past_plans[0]
    context, maker = open_context(past), open_list_maker(past)
    window = LabelWindow.open(past.tables.path, context.snapshot, past.cutoff, 2)
    unseen = ranker_of(trained).validation
    assert unseen is not None
    lists = maker.finish(score_customers(context, unseen, window.customers, 20)).article_idx

    result = result_of(trained)

    assert (result["label_start"], result["label_days"]) == (str(WINDOW_START), 2)
    assert (result["held_out"], result["customers"]) == ("window", 40)
    assert result["map_at_12"] == pytest.approx(average_precision(window.truth, lists).mean())
    assert result["map_at_12"] > result["baselines"]["popular"]
    assert result["means"]["refit"] != result["means"]["measured"]
    assert {"two_tower", "two_tower_now"} <= result["means"].keys()
    assert result["champion"]["reason"].startswith("there is no other champion")


def test_measured_once_it_is_found(trained: BuildPlan) -> None:
    assert validate(trained).record["created_at"] == validate(trained).record["created_at"]


def test_the_data_scientist_finds_the_figures_in_mlflow(trained: BuildPlan) -> None:
    import mlflow

    from recsys_core.tracking.runs import configure

    made = validate(trained)
    configure(trained.workspace)
    run = mlflow.MlflowClient().get_run(made.summary["mlflow_run_id"])

    assert run.info.status == "FINISHED"
    assert run.data.metrics["map_at_12_measured"] == made.summary["map_at_12"]
    assert run.data.metrics["lift"] == made.summary["lift"]


def test_the_champions_unseen_model_is_measured_on_the_same_customers(plan: BuildPlan) -> None:
    make_champion(plan)
    theirs = ranker_of(plan).dnn.validation
    past = plan.past_plans[0]
    context, maker = open_context(past), open_list_maker(past)
    window = LabelWindow.open(past.tables.path, context.snapshot, past.cutoff, 2)
    assert theirs is not None
    lists = maker.finish(score_customers(context, theirs, window.customers, 20)).article_idx

    champion = result_of(plan)["champion"]

    assert (champion["release"], champion["lift"]) == ("theirs", 1.5)
    assert champion["map_at_12"] == pytest.approx(average_precision(window.truth, lists).mean())


@pytest.mark.parametrize(
    "validation",
    [
        {"label_start": str(WINDOW_START), "label_days": 2, "held_out": "customers", "lift": 1.5},
        {"label_start": str(WINDOW_START + dt.timedelta(days=1)), "label_days": 1, "held_out": "window", "lift": 1.5},
    ],
)
def test_a_champion_that_has_seen_the_window_is_compared_by_its_lift(
    plan: BuildPlan, validation: dict[str, Any]
) -> None:
    make_champion(plan, validation=validation)

    assert result_of(plan)["champion"] == {
        "release": "theirs",
        "lift": 1.5,
        "reason": "its models have seen the label window",
    }


def test_weights_that_were_spoilt_after_they_were_measured_do_not_serve(plan: BuildPlan) -> None:
    make_champion(plan)
    check_models(plan.workspace, Validation.read(validate(plan)))
    fitted = plan.store.require(ranker_spec(plan)).path
    shutil.rmtree(plan.store.path(validation_spec(plan, ranker_spec(plan, "dnn").key)))
    with np.load(fitted / "dnn" / "weights.npz") as arrays:
        turned = {name: -arrays[name] if name == "kernel_1" else arrays[name] for name in arrays.files}
    np.savez(fitted / "dnn" / "weights.npz", **turned)
    about = json.loads((fitted / "blend.json").read_text())
    (fitted / "blend.json").write_text(json.dumps(about | {"dnn_weight": 1.0}))

    with pytest.raises(HeldBackError, match=r"will not serve: .*of the models that serve 0\.\d+ there"):
        check_models(plan.workspace, Validation.read(validate(plan)))


def test_a_first_champion_may_be_anything_and_a_gate_may_let_all_pass(plan: BuildPlan) -> None:
    bad = Validation.read(validate(plan))
    file = validate(plan).path / "validation.json"
    assert bad.lift > 1
    spoilt = {name: pa.array(values * (0.0 if name == "measured" else 1.0)) for name, values in bad.series.items()}
    pq.write_table(pa.table(spoilt), file.with_name("customers.parquet"))

    check_models(plan.workspace, Validation.read(validate(plan)))
    note_decision(plan.workspace, {"release": "gone", "configuration": "theirs", "verdict": "promote"})
    with pytest.raises(HeldBackError, match=r"the models reach 0\.0000 on 40 buyers"):
        check_models(plan.workspace, Validation.read(validate(plan)))
    (plan.workspace.root / "promotion.yaml").write_text("refused: publish\n")
    check_models(plan.workspace, Validation.read(validate(plan)))


def test_of_a_single_window_only_customers_are_measured_that_were_not_learned_from(trained: BuildPlan) -> None:
    cutoffs = CONFIG.cutoffs.model_copy(update={"train_cutoffs": 1})
    single = replace(trained, config=CONFIG.model_copy(update={"cutoffs": cutoffs}))
    train_retrievers(single)
    train_ranker(single)
    seen, held_out = split(read_examples(make_examples(single).path))

    measuring = open_measuring(single, None)

    assert measuring.held_out == "customers"
    assert set(np.unique(held_out.group)) <= set(measuring.at.tolist())
    assert not set(np.unique(seen.group)) & set(measuring.at.tolist())
    assert validate(single).summary["customers"] == len(measuring.at) < 40


def test_a_large_window_is_measured_on_some_of_its_customers(trained: BuildPlan) -> None:
    few = CONFIG.validation.model_copy(update={"max_customers": 10})

    made = validate(replace(trained, config=CONFIG.model_copy(update={"validation": few})))

    assert made.summary["customers"] == 10


def test_a_ranker_without_a_validation_model_is_refused(plan: BuildPlan) -> None:
    shutil.rmtree(plan.store.require(ranker_spec(plan)).path / "dnn" / VALIDATION)
    shutil.rmtree(plan.workspace.root / VALIDATIONS)

    with pytest.raises(ValueError, match="holds no validation model: run `recsys train-ranker` again"):
        validate(plan)
