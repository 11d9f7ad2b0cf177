"""The order of several runs. Airflow's answers are given; the claim is a real file."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FIRST, SECOND, NIGHTLY = "backfill__2020-09-17_a", "backfill__2020-09-18_b", "scheduled__2026-11-30_c"


class State(str, Enum):  # noqa: UP042 - as Airflow's own, whose str() is not its value
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"


class Airflow:
    """State of each run, and of its sensor."""

    dag_id = "daily_release"

    def __init__(self, runs: dict[str, str], sensors: dict[str, str | None] | None = None) -> None:
        self.runs, self.sensors = runs, sensors or {}
        self.problem: dict[str, Any] = {}
        """Of the API, whatever it is asked about a run."""

    def get_dr_count(self, dag_id: str, states: list[str]) -> int:
        return sum(state in states for state in self.runs.values())

    def get_task_states(self, dag_id: str, task_ids: list[str]) -> dict[str, dict[str, str | None]]:
        return {run: {task_ids[0]: state} for run, state in self.sensors.items()}

    def get_dagrun_state(self, dag_id: str, run: str) -> str:
        if self.problem or run not in self.runs:
            raise api_error(self.problem or {"status_code": 404, "detail": {"detail": {"reason": "not_found"}}})
        return State(self.runs[run])


def api_error(detail: dict[str, Any]) -> Exception:
    """The error by which a task learns what Airflow's API answered to its supervisor."""
    from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
    from airflow.sdk.execution_time.comms import ErrorResponse

    return AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail=detail))


@pytest.fixture
def turn(_airflow_environment: None) -> ModuleType:
    """The module, which imports Airflow."""
    from recsys_airflow import turn

    return turn


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECSYS_WORKSPACE", str(tmp_path))
    return tmp_path


def goes(turn: ModuleType, airflow: Airflow, run: str) -> bool:
    return bool(turn.DayTurnSensor(task_id="turn").poke({"ti": airflow, "run_id": run}))


def test_a_run_alone_goes_and_holds_its_turn(turn: ModuleType, workspace: Path) -> None:
    airflow = Airflow({FIRST: "running"}, {FIRST: "running"})
    assert goes(turn, airflow, FIRST)
    assert (workspace / turn.FILE).read_text() == FIRST
    assert goes(turn, airflow, FIRST)


def test_the_earliest_waiting_day_goes_first(turn: ModuleType) -> None:
    airflow = Airflow(
        {FIRST: "running", SECOND: "running", NIGHTLY: "running"},
        {FIRST: "up_for_reschedule", SECOND: "running", NIGHTLY: "queued"},
    )
    assert not goes(turn, airflow, NIGHTLY)
    assert not goes(turn, airflow, SECOND)
    assert goes(turn, airflow, FIRST)


def test_no_run_goes_beside_one_that_is_under_way(turn: ModuleType) -> None:
    """Also one of an earlier day, and while Airflow does not know yet that the other one's sensor has succeeded."""
    airflow = Airflow({NIGHTLY: "running", FIRST: "running"}, {NIGHTLY: "running", FIRST: "running"})
    assert turn.claimed(airflow, "daily_release", NIGHTLY)
    assert not goes(turn, airflow, FIRST)
    airflow.runs[NIGHTLY] = "success"
    assert goes(turn, airflow, FIRST)


def test_a_run_that_failed_or_was_deleted_holds_nobody_up(turn: ModuleType) -> None:
    airflow = Airflow(
        {FIRST: "failed", SECOND: "running", "x": "running"}, {FIRST: "up_for_reschedule", SECOND: "running"}
    )
    assert goes(turn, airflow, SECOND)
    del airflow.runs[SECOND]
    assert goes(turn, airflow, NIGHTLY)


@pytest.mark.parametrize(
    "problem", [{"status_code": 500}, {"status_code": 403}, {"status_code": None, "exception_type": "ConnectError"}]
)
def test_a_run_whose_state_airflow_does_not_tell_keeps_its_turn(turn: ModuleType, problem: dict[str, Any]) -> None:
    airflow = Airflow({FIRST: "running", SECOND: "running"})
    assert turn.claimed(airflow, "daily_release", FIRST)
    airflow.problem = problem
    assert not turn.claimed(airflow, "daily_release", SECOND)


def test_one_of_many_claims_at_once(turn: ModuleType, workspace: Path) -> None:
    runs = [f"manual__{i}" for i in range(16)]
    airflow = Airflow(dict.fromkeys(runs, "running"))
    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(lambda run: turn.claimed(airflow, "daily_release", run), runs))
    assert won.count(True) == 1
    assert (workspace / turn.FILE).read_text() == runs[won.index(True)]


def test_a_cleared_run_gives_its_slot_back_while_another_one_is_under_way(turn: ModuleType) -> None:
    """A task of that run may need the slot."""
    from airflow.sdk.exceptions import AirflowRescheduleException

    airflow = Airflow({FIRST: "running", SECOND: "running"})
    assert turn.claimed(airflow, "daily_release", SECOND)
    with pytest.raises(AirflowRescheduleException) as caught:
        turn.hold_turn({"ti": airflow, "run_id": FIRST})
    wait = (caught.value.reschedule_date - dt.datetime.now(dt.UTC)).total_seconds()
    assert turn.SECONDS - 5 < wait <= turn.SECONDS
    airflow.runs[SECOND] = "success"
    turn.hold_turn({"ti": airflow, "run_id": FIRST})
    assert turn.claimed(airflow, "daily_release", FIRST)


def test_every_task_of_a_day_holds_on_to_its_turn(turn: ModuleType, tasks: dict[str, Any]) -> None:
    from recsys_airflow.first_release import hold_turn_or_skip

    hooks = {task.task_id: task._pre_execute_hook for task in tasks.values() if task.dag_id == "daily_release"}
    assert hooks.pop("turn") is None
    assert hooks.pop("first_release.features") is hold_turn_or_skip
    assert set(hooks.values()) == {turn.hold_turn}
