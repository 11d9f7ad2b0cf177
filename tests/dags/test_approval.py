"""Approval of new models: the DAG with and without it, what a person reads, and what is kept of the answer."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from recsys_core.promotion.approvals import approval_of
from recsys_core.store.artifacts import write_json
from recsys_core.workspace import Workspace, flip_link
from tests.dags.conftest import REPOSITORY
from tests.dags.test_commands import GOLDEN, rendered, runs_a_command

GROUP, RUN = "release_of_new_models", "scheduled__2026-11-30"
SEGMENTS = {"active": {"customers": 700, "map_at_12": 0.034}, "new": {"customers": 300, "map_at_12": 0.0075}}
CHAMPION = {
    "release": "2020-09-15-0badcafe",
    "map_at_12": 0.0255,
    "map_at_12_interval": [0.0235, 0.0275],
    "segments": {"active": {"customers": 700, "map_at_12": 0.0331}},
}
VALIDATION = {
    "label_start": "2020-09-16",
    "label_days": 7,
    "customers": 1000,
    "map_at_12": 0.0271,
    "map_at_12_interval": [0.0251, 0.0291],
    "segments": SEGMENTS,
    "baselines": {"popular": 0.0125, "best_sellers": 0.018},
    "champion": CHAMPION,
}
SUMMARY = {"models": "models-key", "mlflow_run_id": "run1", "checks": ["passed: the models reach 0.0271"]}


@pytest.fixture(scope="module")
def asking(dags: dict[str, Any]) -> Iterator[Any]:
    """``daily_release`` of an installation that asks: 30 hours for an answer."""
    from airflow.dag_processing.dagbag import DagBag

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECSYS_APPROVAL_HOURS", "30")
        patch.setenv("RECSYS_WORKSPACE", "/srv/recsys/var")
        bag = DagBag(str(REPOSITORY / "dags" / "daily_release.py"))
        assert bag.import_errors == {}
        yield bag.dags["daily_release"]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """With validated models, and a live release by older ones."""
    monkeypatch.setenv("RECSYS_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("RECSYS_MLFLOW_PAGES", "https://mlflow.example")
    monkeypatch.delenv("RECSYS_ALERT_WEBHOOK", raising=False)
    workspace = Workspace(tmp_path)
    noted = {"cutoff": "2020-09-23", "artifacts": {"validation": {"kind": "validations", "key": "v"}}}
    manifest = {"id": "2020-09-23-1badcafe", "models_as_of": "2020-09-15"}
    for folder, name, content in (
        (tmp_path / "models" / "models-key", "models.json", noted),
        (tmp_path / "validations" / "v", "validation.json", VALIDATION),
        (workspace.releases / "2020-09-23-1badcafe", "manifest.json", manifest),
    ):
        folder.mkdir(parents=True)
        write_json(folder / name, content)
    flip_link(workspace.live, "2020-09-23-1badcafe")
    return workspace


def context_of(task: Any, run: str = RUN) -> dict[str, Any]:
    """As a task sees it; Airflow's answers are given."""
    reports = {"training.validate": {"summary": SUMMARY}}
    ti = SimpleNamespace(
        dag_id="daily_release",
        task_id=f"{GROUP}.approval",
        xcom_pull=reports.get,
        xcom_push=lambda **pushed: None,
        map_index=-1,
    )
    return {"ti": ti, "run_id": run, "dag_run": SimpleNamespace(run_id=run, partition_key="2020-09-22"), "task": task}


def text_of(workspace: Workspace) -> str:
    from recsys_airflow.approval_text import approval_text

    return approval_text(workspace, SUMMARY, 30, {"MLflow": "https://mlflow.example/#/runs/run1"})


def test_without_the_setting_nobody_is_asked(dags: dict[str, Any]) -> None:
    dag = dags["daily_release"]
    assert not dag.has_task(f"{GROUP}.approval")
    assert dag.get_task(f"{GROUP}.publish").upstream_task_ids == {f"{GROUP}.index"}
    assert dag.max_active_runs == 1


def test_with_it_new_models_alone_wait_between_index_and_publish(asking: Any, dags: dict[str, Any]) -> None:
    added = set(asking.task_ids) - set(dags["daily_release"].task_ids)
    assert added == {f"{GROUP}.approval"}
    task = asking.get_task(f"{GROUP}.approval")
    assert task.upstream_task_ids == {f"{GROUP}.index"}
    assert task.downstream_task_ids == {f"{GROUP}.publish"}
    assert (task.response_timeout, task.defaults) == (dt.timedelta(hours=30), ["Reject"])
    assert task.fail_on_reject is False
    assert asking.max_active_runs == 4  # 30 hours may reach into two further days; one more waits for its turn


def test_with_it_no_command_changes_but_that_of_the_validation(asking: Any) -> None:
    stages = [task for task in asking.tasks if runs_a_command(task) and task.task_id != f"{GROUP}.approval"]
    commands = {f"daily_release.{task.task_id}": rendered(task) for task in stages}
    golden = {
        name: words for name, words in json.loads(GOLDEN.read_text()).items() if name.startswith("daily_release.")
    }
    validated = commands.pop("daily_release.training.validate")
    assert " ".join(validated).count("--challenge after-approval") == 1
    without = golden.pop("daily_release.training.validate")
    assert [word for word in validated if word not in ("--challenge", "after-approval")] == without
    assert commands == golden


def test_the_text_compares_the_models_with_the_champion_and_simple_lists(workspace: Workspace) -> None:
    lines = text_of(workspace).splitlines()
    rows = [line for line in lines if line.startswith("|") and "---" not in line]
    assert rows == [
        "| lists | MAP@12 | 95 % interval |",
        "| **new models** | 0.0271 | 0.0251 to 0.0291 |",
        "| champion (2020-09-15-0badcafe) | 0.0255 | 0.0235 to 0.0275 |",
        "| best sellers | 0.0180 | |",
        "| popular | 0.0125 | |",
        "| segment | customers | new models | champion |",
        "| active | 700 | 0.0340 | 0.0331 |",
        "| new | 300 | 0.0075 | - |",
    ]
    assert lines[:2] == [
        "The models `models-key` were trained as of **2020-09-23**.",
        "Live is the release `2020-09-23-1badcafe`, with models as of **2020-09-15**.",
    ]
    assert "- **Reject**, or no answer within 30 hours: the live release serves on." in lines
    assert "- passed: the models reach 0.0271" in lines
    assert "- [MLflow](https://mlflow.example/#/runs/run1)" in lines


def test_without_a_champion_the_text_says_why_there_is_no_comparison(workspace: Workspace) -> None:
    why = "there is no other champion whose models are still there"
    write_json(workspace.root / "validations" / "v" / "validation.json", VALIDATION | {"champion": {"reason": why}})
    workspace.live.unlink()
    said = text_of(workspace)
    assert f"Not compared with a champion: {why}." in said
    assert "| active | 700 | 0.0340 | - |" in said
    assert "Live is" not in said


def test_a_run_that_waits_says_so_once_and_its_day_is_not_late(asking: Any, workspace: Workspace) -> None:
    from recsys_airflow.alerts import deadline_missed

    task = asking.get_task(f"{GROUP}.approval")
    (notifier,) = task.notifiers
    notifier.notify(context_of(task))
    deadline_missed({"dag_run": {"dag_id": "daily_release", "dag_run_id": RUN}}, minutes=240)
    (line,) = [json.loads(line) for line in workspace.alerts.read_text().splitlines()]
    assert (line["kind"], line["dag"], line["run"]) == ("approval_asked", "daily_release", RUN)
    text = "daily_release waits for the day 2020-09-22: may the new models models-key go live?"
    assert line["text"] == text
    assert line["where"].endswith(f"/dags/daily_release/runs/{RUN}/tasks/{GROUP}.approval/required_actions")
    deadline_missed({"dag_run": {"dag_id": "daily_release", "dag_run_id": "another"}}, minutes=240)
    assert len(workspace.alerts.read_text().splitlines()) == 2


def event(choice: str, person: str | None, why: str = "") -> dict[str, Any]:
    """As Airflow hands an answer over."""
    return {
        "chosen_options": [choice],
        "params_input": {"why": why} if why else {},
        "responded_at": dt.datetime(2026, 11, 30, tzinfo=dt.UTC),
        "responded_by_user": {"id": person, "name": person} if person else None,
        "timedout": person is None,
    }


def test_an_approval_is_kept_with_who_and_why(asking: Any, workspace: Workspace) -> None:
    task = asking.get_task(f"{GROUP}.approval").prepare_for_execution()
    task.execute_complete(context_of(task), event("Approve", "ann", "looks\n good"))
    kept = approval_of(workspace, "models-key")
    assert kept is not None
    assert (kept.state, kept.by, kept.why) == ("approved", "ann", "looks good")


@pytest.mark.parametrize(("person", "by"), [("ann", "ann"), (None, "nobody (time limit)")])
def test_a_rejection_is_kept_and_publish_is_skipped(
    asking: Any, workspace: Workspace, person: str | None, by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from airflow.sdk.exceptions import DownstreamTasksSkipped

    task = asking.get_task(f"{GROUP}.approval").prepare_for_execution()
    with pytest.raises(DownstreamTasksSkipped) as skipped:
        task.execute_complete(context_of(asking.get_task(f"{GROUP}.approval")), event("Reject", person))
    assert list(skipped.value.tasks) == [f"{GROUP}.publish"]
    kept = approval_of(workspace, "models-key")
    assert kept is not None
    assert (kept.state, kept.by) == ("rejected", by)
    assert ("nobody answered within 1 day, 6:00:00" in capsys.readouterr().out) is (person is None)


def test_a_run_that_waits_gives_its_turn_back_and_no_other_ones(workspace: Workspace) -> None:
    from recsys_airflow.turn import FILE, give_turn_back

    file = workspace.root / FILE
    file.parent.mkdir()
    file.write_text(RUN)
    give_turn_back({"run_id": "another"})
    assert file.read_text() == RUN
    give_turn_back({"run_id": RUN})
    assert file.read_text() == ""


@pytest.mark.parametrize("hours", ["169", "soon", "-1"])
def test_an_impossible_time_limit_is_named(hours: str) -> None:
    from recsys_airflow.settings import Settings

    with pytest.raises(ValueError, match=f"RECSYS_APPROVAL_HOURS = '?{hours}"):
        Settings.from_env({"RECSYS_APPROVAL_HOURS": hours})
