"""New models wait for a person in a real Airflow: approved, rejected, and approved too late for their day."""

import datetime as dt
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recsys_core.workspace import Workspace
from scripts import airflow_home
from scripts.airflow_api import AirflowApi
from scripts.daily_run import DAG, RunWatch
from scripts.environment import Site
from tests.support.airflow_site import environment, running_services, small_site, watch_of
from tests.support.next_day import add_a_day

pytestmark = [pytest.mark.full, pytest.mark.services, pytest.mark.spark, pytest.mark.timeout(3600)]
APPROVAL, PUBLISH = "release_of_new_models.approval", "release_of_new_models.publish"
Run = dict[str, Any]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A tiny shop. Its models differ much from one training to the next, and that is not what a person is asked."""
    site = small_site(tmp_path_factory.mktemp("approval"))
    size = ["--customers", "400", "--articles", "300", "--days", "760", "--no-images"]
    subprocess.run(["recsys", "demo-data", *size], env=environment(site), check=True, capture_output=True)
    (site.workspace.root / "promotion.yaml").write_text("models: {simple_lists: 0.5, champion: 0.5}\n")
    site.workspace.point_raw_at(site.workspace.demo_shop)
    return site


@pytest.fixture(scope="module")
def watch(site: Site) -> Iterator[RunWatch]:
    """Airflow of an installation where a person has 20 hours to approve new models."""
    with running_services(site, RECSYS_APPROVAL_HOURS="20") as running:
        yield watch_of(site, running)


def state_of(api: AirflowApi, run: Run, task: str) -> str:
    return str(next(each["state"] for each in api.tasks(run) if each["task_id"] == task))


def until(watch: RunWatch, run: Run, task: str, *states: str) -> str:
    """Waits until a task of the run is in one of the states; none may fail before."""
    for _ in range(900):
        found = {each["task_id"]: each["state"] for each in watch.api.tasks(run)}
        assert "failed" not in found.values(), found
        if found.get(task) in states:
            return str(found[task])
        watch.check_services()
        time.sleep(2)
    raise AssertionError(f"{task} is {found.get(task)}, not {states}")


def asked(watch: RunWatch, day: dt.date | None = None, train: str = "always") -> Run:
    """A run that was triggered and waits for a person."""
    run = dict(watch.api.trigger(DAG, {"train": train}, day and day.isoformat()))
    until(watch, run, APPROVAL, "awaiting_input")
    return {"dag_id": DAG, **run}


def answer(watch: RunWatch, run: Run, choice: str, why: str) -> str:
    """Answers as the admin over Airflow's API; the state in which `publish` ends."""
    path = f"dags/{DAG}/dagRuns/{run['dag_run_id']}/taskInstances/{APPROVAL}/-1/hitlDetails"
    detail = watch.api.get(path)
    assert (detail["options"], detail["defaults"]) == (["Approve", "Reject"], ["Reject"])
    assert "| **new models** | 0." in detail["body"]
    watch.api.send("PATCH", path, {"chosen_options": [choice], "params_input": {"why": why}})
    state = until(watch, run, PUBLISH, "success", "skipped")
    for _ in range(60):
        if watch.api.get(f"dags/{DAG}/dagRuns/{run['dag_run_id']}")["state"] == "success":
            return state
        time.sleep(1)
    raise AssertionError("the run did not end well")


def live(workspace: Workspace) -> dict[str, Any]:
    return dict(json.loads((workspace.live / "manifest.json").read_text()))


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_approved_models_go_live_in_the_name_of_who_approved(site: Site, watch: RunWatch) -> None:
    workspace = site.workspace
    run = asked(watch, train="auto")
    assert live(workspace)["first_release"] is True

    assert answer(watch, run, "Approve", "better everywhere") == "success"

    assert live(workspace)["models_as_of"] == live(workspace)["cutoff"]
    move = lines(workspace.history)[-1]
    assert (move["release"], move["by"], move["why"]) == (
        live(workspace)["id"],
        airflow_home.ADMIN,
        "approved: better everywhere",
    )
    (alert,) = [line for line in lines(workspace.alerts) if line["kind"] == "approval_asked"]
    assert alert["run"] == run["dag_run_id"]


def test_rejected_models_change_nothing_and_the_next_day_runs_meanwhile(site: Site, watch: RunWatch) -> None:
    """In the order of these tests: models are live."""
    workspace, models = site.workspace, live(site.workspace)["models_as_of"]
    second, third = add_a_day(workspace.demo_shop), add_a_day(workspace.demo_shop)
    run = asked(watch, second)

    states = watch.run({}, third)

    assert (states["release.publish"], states["training.training_due"]) == ("success", "skipped")
    before = live(workspace)
    assert before["cutoff"] == str(third + dt.timedelta(days=1))
    assert before["models_as_of"] == models
    assert state_of(watch.api, run, APPROVAL) == "awaiting_input"

    assert answer(watch, run, "Reject", "too many coats") == "skipped"

    assert live(workspace) == before
    last = lines(workspace.approvals)[-1]
    assert (last["state"], last["by"], last["why"]) == ("rejected", airflow_home.ADMIN, "too many coats")


def test_models_approved_too_late_for_their_day_make_the_lists_of_the_next_run(site: Site, watch: RunWatch) -> None:
    """In the order of these tests: models are live."""
    workspace, models = site.workspace, live(site.workspace)["models_as_of"]
    fourth, fifth, sixth = (add_a_day(workspace.demo_shop) for _ in range(3))
    run = asked(watch, fourth)
    watch.run({"train": "never"}, fifth)
    fifth_release = live(workspace)

    assert answer(watch, run, "Approve", "") == "success"

    assert live(workspace) == fifth_release
    watch.run({"train": "never"}, sixth)
    assert live(workspace)["cutoff"] == str(sixth + dt.timedelta(days=1))
    assert live(workspace)["models_as_of"] == str(fourth + dt.timedelta(days=1)) > models
    assert lines(workspace.history)[-1]["by"] == airflow_home.ADMIN
