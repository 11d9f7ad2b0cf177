"""From release to champion: what goes live, what the workspace and MLflow note."""

import datetime as dt
import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core.contracts.release import FALLBACKS, LEDGER
from recsys_core.pipeline.configuration import configuration_key
from recsys_core.pipeline.evaluate import evaluation_spec
from recsys_core.pipeline.filter import lists_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.publish import publish
from recsys_core.pipeline.score import Targets
from recsys_core.promotion.aliases import CHAMPION, alias_history, move_alias
from recsys_core.promotion.evaluation_records import champion_of, note_decision, read_decisions, read_evaluation_records
from recsys_core.promotion.gate import Decision, Gate
from recsys_core.promotion.going_live import promote, rollback
from recsys_core.promotion.judging import HeldBackError, judge, keep_decision
from recsys_core.promotion.list_health import ReleaseLists, list_health
from recsys_core.release.pointer import ReleaseInfo, list_releases, live_id
from recsys_core.release.publish import make_release
from recsys_core.store.artifacts import ArtifactSpec, write_json
from recsys_core.workspace import Workspace
from tests.recsys_core.release.conftest import UNGUARDED
from tests.support.release_fixture import release_parts, write_inputs
from tests.support.validations import write_validation

CHAMPIONS: Mapping[str, Any] = {
    "map_at_12": 0.030,
    "map_at_12_interval": [0.028, 0.032],
    "map_at_12_without_rules": 0.031,
    "baselines": {"popular": 0.010, "repurchase_popular": 0.020},
    "segments": {},
}


def evaluated(plan: BuildPlan, days_before: int = 7, **metrics: Any) -> None:
    """Writes what ``recsys evaluate`` would for the 7 days that begin ``days_before`` days before the cut-off."""
    past = plan.at(plan.cutoff - dt.timedelta(days=days_before))
    with plan.store.build(evaluation_spec(past, Targets(f"label={past.cutoff}+7", 500))) as draft:
        window = {"label_start": str(past.cutoff), "label_days": 7}
        write_json(draft.path / "evaluation.json", {**CHAMPIONS, **window, **metrics})


def other(plan: BuildPlan, within_days: int | None = None) -> BuildPlan:
    """The same shop under other rules: the same lists backwards, their first places turned by ``within_days``."""
    rules = plan.config.rules.model_copy(update={"purchased": "exclude", "purchased_within_days": within_days})
    changed = replace(plan, config=plan.config.model_copy(update={"rules": rules}))
    if changed.store.find(lists_spec(changed)) is None:
        write_backwards(plan.store.require(lists_spec(plan)).path, changed, within_days or 0)
    return changed


def write_backwards(lists: Path, changed: BuildPlan, turn: int = 0) -> None:
    """The lists of ``changed``: those in the folder ``lists`` backwards, their first ``turn`` places at the end."""
    with changed.store.build(lists_spec(changed)) as draft:
        for part in lists.glob("part-*.parquet"):
            table = pq.read_table(part)
            rows = [row[::-1][turn:] + row[::-1][:turn] for row in table["article_ids"].to_pylist()]
            turned = pa.array(rows, pa.list_(pa.string()))
            at = table.column_names.index("article_ids")
            pq.write_table(table.set_column(at, "article_ids", turned), draft.path / part.name)
        for name in (FALLBACKS, LEDGER):
            (draft.path / name).write_bytes((lists / name).read_bytes())
    write_validation(changed)


def test_the_first_release_of_a_shop_is_champion_and_so_is_the_same_again(ready: BuildPlan) -> None:
    first = publish(ready)
    again = publish(ready)

    assert (again.id, again.live) == (first.id, True)
    assert champion_of(ready.workspace) == configuration_key(ready)
    assert [(line["verdict"], line["by"], line["live"]) for line in read_decisions(ready.workspace)] == [
        ("promote", "gate", True)
    ] * 2
    assert first.manifest["artifacts"]["configuration"] == configuration_key(ready)


def test_a_release_that_nothing_was_live_before_notes_the_figures_of_its_lists(ready: BuildPlan) -> None:
    first = publish(ready)
    (line,) = read_decisions(ready.workspace)
    assert line["health"] == {"now": list_health(ReleaseLists(first)).as_dict()}


def test_the_champions_settings_under_newer_code_go_on_if_the_models_hold_their_own(
    ready: BuildPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(ready)
    lists = ready.store.require(lists_spec(ready)).path
    monkeypatch.setattr("recsys_core.pipeline.filter.VERSION", 99)
    newer = replace(ready)
    write_backwards(lists, newer)
    assert configuration_key(newer) != champion_of(ready.workspace)

    publish(newer, evaluate=lambda plans, days: pytest.fail("there is nothing to compare"))

    assert champion_of(ready.workspace) == configuration_key(newer)


def test_a_challenger_nobody_compared_goes_live_while_the_champion_stays(
    ready: BuildPlan, caplog: pytest.LogCaptureFixture
) -> None:
    publish(ready)
    challenger = other(ready)

    with caplog.at_level(logging.WARNING):
        release = publish(challenger)

    assert release.live
    assert champion_of(ready.workspace) == configuration_key(ready)
    messages = [record.getMessage() for record in caplog.records]
    said = [message for message in messages if message.startswith("promotion: ")][-1]
    line = json.loads(said.removeprefix("promotion: "))
    assert (line["verdict"], line["live"], line["configuration"]) == ("unproven", True, configuration_key(challenger))
    assert "was not evaluated" in line["reasons"][0]


def test_a_refused_challenger_waits_until_somebody_forces_it(ready: BuildPlan) -> None:
    first = publish(ready)
    challenger = other(ready)
    evaluated(ready)
    evaluated(challenger, map_at_12=0.025, map_at_12_interval=[0.023, 0.027])

    with pytest.raises(HeldBackError, match=r"is made but not live: 0\.0250, the champion's 0\.0300 asks 0\.0300"):
        publish(challenger)
    assert live_id(ready.workspace) == first.id
    held = next(release for release in list_releases(ready.workspace) if not release.live)
    with pytest.raises(HeldBackError, match="stays as it is"):
        promote(ready.workspace, held.id)
    release, decision = promote(ready.workspace, held.id, force=True, reason="the campaign needs it")

    assert (release.id, live_id(ready.workspace)) == (held.id, held.id)
    assert decision == Decision("promote", ("the campaign needs it",))
    assert champion_of(ready.workspace) == configuration_key(challenger)
    assert [line["by"] for line in read_decisions(ready.workspace)] == ["gate", "gate", "gate", "force"]

    assert rollback(ready.workspace).id == first.id
    assert champion_of(ready.workspace) == configuration_key(ready)


def test_an_evaluation_made_later_promotes_what_is_live(ready: BuildPlan) -> None:
    publish(ready)
    challenger = other(ready)
    release = publish(challenger)
    evaluated(ready)
    evaluated(challenger, map_at_12=0.031)

    promoted, _ = promote(ready.workspace)

    assert promoted.id == release.id
    assert champion_of(ready.workspace) == configuration_key(challenger)


def test_a_gate_that_evaluates_first_measures_challenger_and_champion(ready: BuildPlan) -> None:
    (ready.workspace.root / "promotion.yaml").write_text(f"{UNGUARDED}not_evaluated: evaluate\n")
    publish(ready)
    challenger = other(ready)
    asked: list[tuple[str, dt.date, int]] = []

    def evaluate(plans: Any, days: int) -> None:
        for plan in plans:
            asked.append((configuration_key(plan), plan.cutoff, days))
            evaluated(plan, days_before=0)

    assert publish(challenger, evaluate=evaluate).live
    week_before = challenger.cutoff - dt.timedelta(days=7)
    assert asked == [(configuration_key(challenger), week_before, 7), (configuration_key(ready), week_before, 7)]
    assert champion_of(ready.workspace) == configuration_key(challenger)


@pytest.mark.parametrize("setting", ["not_evaluated: hold", "lists: {min_distinct: 1.0, min_coverage: 1.0}"])
def test_a_gate_can_hold_back(ready: BuildPlan, setting: str) -> None:
    publish(ready)
    (ready.workspace.root / "promotion.yaml").write_text(UNGUARDED + setting)

    with pytest.raises(HeldBackError):
        publish(other(ready))
    assert champion_of(ready.workspace) == configuration_key(ready)


@pytest.fixture
def release(plan: BuildPlan) -> ReleaseInfo:
    return make_release(plan.workspace, release_parts(plan))


def test_figures_of_the_lists(release: ReleaseInfo) -> None:
    lists = np.load(release.path / "lists" / "article_idx.npy")
    metrics = list_health(ReleaseLists(release))

    assert metrics.distinct == len({tuple(row) for row in lists[:, :12].tolist()}) / 20
    assert metrics.coverage == len(set(lists[:, :12].ravel().tolist())) / 60


def test_everybody_getting_the_same_is_refused_even_in_a_first_release(
    release: ReleaseInfo, workspace: Workspace
) -> None:
    path = release.path / "lists" / "article_idx.npy"
    path.unlink()  # it may be a second name of another file
    np.save(path, np.tile(np.arange(36, dtype=np.int32), (2000, 1)))

    decision = judge(workspace, release, Gate())

    assert decision.verdict == "refuse"
    assert "only 0.05% of the lists differ" in decision.reasons[0]


def test_evidence_is_of_one_configuration_and_the_latest_evaluation_counts(plan: BuildPlan) -> None:
    evaluated(plan, days_before=7)
    evaluated(plan, days_before=14, map_at_12=0.04)
    evaluated(other(plan), map_at_12=0.05)
    with plan.store.build(ArtifactSpec("evaluations", 1, {"fold_0": "somebody's"})) as draft:
        write_json(draft.path / "evaluation.json", {})

    found = read_evaluation_records(plan.workspace, configuration_key(plan))

    assert {window: evidence.value for window, evidence in found.items()} == {
        ("2020-09-13", 7): 0.03,
        ("2020-09-06", 7): 0.04,
    }
    assert found["2020-09-13", 7].interval == (0.028, 0.032)
    assert found["2020-09-13", 7].best_baseline == 0.020
    without_rules = read_evaluation_records(plan.workspace, configuration_key(plan), "map_at_12_without_rules")
    assert without_rules["2020-09-13", 7].interval is None


def test_a_torn_line_of_decisions_is_skipped(workspace: Workspace) -> None:
    note_decision(workspace, {"configuration": "a", "verdict": "promote"})
    with (workspace.promotion / "decisions.jsonl").open("a") as file:
        file.write('{"configuration": "b", "verd\n')
    note_decision(workspace, {"configuration": "c", "verdict": "unproven"})

    assert champion_of(workspace) == "a"


def test_mlflow_knows_the_champion_and_why(release: ReleaseInfo, plan: BuildPlan, tmp_path: Path) -> None:
    import mlflow

    from recsys_core.tracking.runs import EXPERIMENT, configure

    configure(plan.workspace)
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name(EXPERIMENT)
    run = client.create_run(experiment.experiment_id)
    client.create_registered_model("two_tower_customer")
    version = client.create_model_version("two_tower_customer", str(tmp_path), run.info.run_id)
    release.manifest["models"]["two_tower"]["mlflow_run_id"] = run.info.run_id

    keep_decision(plan.workspace, release, Decision("unproven", ("not compared",)), "gate", True)
    tags = client.get_model_version("two_tower_customer", version.version).tags
    assert (tags["promotion.verdict"], tags["promotion.reasons"]) == ("unproven", "not compared")
    assert not client.get_registered_model("two_tower_customer").aliases

    keep_decision(plan.workspace, release, Decision("promote", ("better", "by far")), "gate", True)
    assert client.get_model_version_by_alias("two_tower_customer", "champion").version == version.version
    assert client.get_run(run.info.run_id).data.tags["promotion.reasons"] == "better; by far"


def test_a_rollback_brings_the_alias_back(ready: BuildPlan, tmp_path: Path) -> None:
    import mlflow

    from recsys_core.tracking.runs import EXPERIMENT, configure

    configure(ready.workspace)
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name(EXPERIMENT).experiment_id
    runs = [client.create_run(experiment).info.run_id for _ in range(2)]
    client.create_registered_model("dnn_ranker")
    for run in runs:
        client.create_model_version("dnn_ranker", str(tmp_path), run)
    client.create_registered_model("somebody_elses")
    client.create_model_version("somebody_elses", str(tmp_path))
    client.set_registered_model_alias("somebody_elses", "champion", "1")
    earlier = publish(ready)
    later = publish(other(ready))
    for release, run in ((earlier, runs[0]), (later, runs[1])):
        made = {**release.manifest, "models": {"ranker": {"version": run, "mlflow_run_id": run}}}
        write_json(release.path / "manifest.json", made)

    def champion() -> tuple[str, str]:
        found = client.get_model_version_by_alias("dnn_ranker", "champion")
        return str(found.version), client.get_registered_model("dnn_ranker").description.splitlines()[6]

    promote(ready.workspace, later.id, force=True, reason="better")
    assert champion()[0] == "2"
    rollback(ready.workspace, by="ann", why="odd lists")

    version, latest = champion()
    assert version == "1"
    assert latest.split(" | ")[1:] == ["champion", "1", earlier.id, "rollback", "odd lists |"]
    moves = [(line["alias"], line["release"], line["by"]) for line in alias_history(ready.workspace)]
    assert moves == [
        ("champion", earlier.id, "gate"),
        ("champion", later.id, "force"),
        ("champion", earlier.id, "rollback"),
    ]
    assert client.get_model_version_by_alias("somebody_elses", "champion").version is not None


def test_the_same_models_in_the_release_of_another_day_move_no_alias(workspace: Workspace) -> None:
    for release in ("2020-09-20-a", "2020-09-21-b"):
        move_alias(workspace, CHAMPION, (), models="k1", release=release, by="gate", why="")
    move_alias(workspace, CHAMPION, (), models="k2", release="2020-09-22-c", by="gate", why="")

    assert [(line["models"], line["release"]) for line in alias_history(workspace)] == [
        ("k1", "2020-09-20-a"),
        ("k2", "2020-09-22-c"),
    ]


def test_the_configuration_is_what_lists_depend_on(workspace: Workspace) -> None:
    plan = write_inputs(workspace, articles=60, customers=20)
    plan = replace(plan, config=plan.config.model_copy(update={"ranker": "dnn"}))

    def with_(section: str, **changes: Any) -> str:
        part = getattr(plan.config, section).model_copy(update=changes)
        return configuration_key(replace(plan, config=plan.config.model_copy(update={section: part})))

    same, changed = configuration_key(plan), plan.config.two_tower.dim + 1
    assert with_("index", uri="http://elsewhere") == same
    assert with_("lists", shard_customers=7) == same
    assert with_("cutoffs", label_days=2) == same
    assert with_("lightgbm", leaves=7) == same  # the ranker is the other one
    assert configuration_key(plan.at(plan.cutoff - dt.timedelta(days=9))) == same
    others = {with_("two_tower", dim=changed), with_("rules", purchased="exclude"), with_("dnn_ranker", epochs=9)}
    assert len(others - {same}) == 3
