"""Days one after the other: of all runs of ``daily_release``, one is under way at a time.

The DAG's ``max_active_runs`` does not do that: backfills have a limit of their own (10 unless it is given), and a run
whose tasks are cleared goes on beside another one. So a run claims its turn, in a file of the workspace.
"""

import contextlib
import datetime as dt
import fcntl
import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from airflow.sdk import BaseSensorOperator, Context
from airflow.sdk.exceptions import AirflowRescheduleException, AirflowRuntimeError

from recsys_airflow.settings import Settings

log = logging.getLogger(__name__)
FILE: Final = "days/turn"
"""Holds the id of the run whose turn it is; it counts as long as that run is running."""
SECONDS: Final = 10.0
WAITS: Final = ("scheduled", "queued", "running", "up_for_reschedule", "up_for_retry")
"""States of the sensor in a run that waits."""
DAYS: Final = 7
"""Longest wait: a backfill may have many days before it."""


class DayTurnSensor(BaseSensorOperator):
    """Succeeds when it is the run's turn: no other run of the DAG is under way, and none of an earlier day waits.

    It occupies no worker while it waits.
    """

    ui_color = "#eeeeee"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(mode="reschedule", poke_interval=SECONDS, timeout=DAYS * 24 * 3600, pre_execute=None, **kwargs)

    def poke(self, context: Context) -> bool:
        ti, mine = context["ti"], str(context["run_id"])
        waiting: list[str] = []
        if ti.get_dr_count(self.dag_id, states=["running"]) > 1:
            states = ti.get_task_states(self.dag_id, task_ids=[self.task_id])
            others = [run for run in states if run != mine and dict(states[run]).get(self.task_id) in WAITS]
            waiting = [run for run in others if is_running(ti, self.dag_id, run)]
        if before := earlier(mine, waiting):
            self.log.info("waiting for the run %s", before)
            return False
        return claimed(ti, self.dag_id, mine)


def hold_turn(context: Context) -> None:
    """Hook before each other task. Tasks of a run that was cleared come here.

    Raises
    ------
    AirflowRescheduleException
        While the turn is another run's. Waiting here would keep a slot that a task of that run may need.
    """
    ti, mine = context["ti"], str(context["run_id"])
    if not claimed(ti, ti.dag_id, mine):
        again = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=SECONDS)
        raise AirflowRescheduleException(again)  # type: ignore[no-untyped-call]


def claimed(ti: Any, dag_id: str, mine: str) -> bool:
    """True if the turn is mine, or nobody's who is running; then it is mine from now on."""
    with _alone() as file:
        file.seek(0)
        holder = file.read().strip()
        if holder == mine:
            return True
        if holder and is_running(ti, dag_id, holder):
            log.info("the run %s is under way", holder)
            return False
        file.seek(0)
        file.truncate()
        file.write(mine)
        file.flush()
        return True


def give_turn_back(context: Context) -> None:
    """Let another run begin while this one waits for a person. Its next task takes the turn again (``hold_turn``)."""
    with _alone() as file:
        file.seek(0)
        if file.read().strip() == str(context["run_id"]):
            file.truncate(0)


@contextlib.contextmanager
def _alone() -> Iterator[Any]:
    """The claim's file, locked."""
    name = Settings.from_env().workspace / FILE
    name.parent.mkdir(parents=True, exist_ok=True)
    with name.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def is_running(ti: Any, dag_id: str, run: str) -> bool:
    """False too of a run that was deleted; True if Airflow does not answer, because the run may be under way."""
    try:
        return bool(ti.get_dagrun_state(dag_id, run) == "running")
    except Exception as error:  # of Airflow's API, or of the way to it
        if _is_not_found(error):
            log.info("the run %s is not there any more", run)
            return False
        log.warning("the state of the run %s is not known, so it counts as running: %s", run, error)
        return True


def _is_not_found(error: Exception) -> bool:
    """True of the API's answer 404, as the task's supervisor passes it on."""
    detail = error.error.detail if isinstance(error, AirflowRuntimeError) else None
    return bool(detail and detail.get("status_code") == HTTPStatus.NOT_FOUND)


def earlier(mine: str, waiting: list[str]) -> str | None:
    """The waiting run that goes before mine: that of the earliest day; None if it is mine.

    >>> earlier("backfill__2020-09-17", ["backfill__2020-09-18"])
    >>> earlier("manual__2026-11-30", ["backfill__2020-09-18", "backfill__2020-09-17"])
    'backfill__2020-09-17'
    """
    first = min((mine, *waiting), key=_moment)
    return None if first == mine else first


def _moment(run_id: str) -> tuple[str, str]:
    """Time in the id of a run: of a backfill that of its day, of others that of their start."""
    return run_id.partition("__")[2], run_id
