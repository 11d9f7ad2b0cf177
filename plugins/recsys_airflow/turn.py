"""Days one after the other: a run of ``daily_release`` waits until no other one is under way.

The DAG's ``max_active_runs`` does not bind backfills, which have a limit of their own (10 unless it is given).
"""

from collections.abc import Mapping
from typing import Any, Final

from airflow.sdk import BaseSensorOperator, Context

UNDER_WAY: Final = "success"
"""State of this task in a run whose turn it is."""
SECONDS: Final = 10.0


class DayTurnSensor(BaseSensorOperator):
    """Succeeds when it is the run's turn: no other run of the DAG is under way, and none of an earlier day waits.

    It occupies no worker while it waits.
    """

    ui_color = "#eeeeee"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(mode="reschedule", poke_interval=SECONDS, timeout=24 * 3600, **kwargs)

    def poke(self, context: Context) -> bool:
        ti, mine = context["ti"], str(context["run_id"])
        if ti.get_dr_count(self.dag_id, states=["running"]) <= 1:
            return True
        states = ti.get_task_states(self.dag_id, task_ids=[self.task_id])
        is_running = {run: ti.get_dagrun_state(self.dag_id, run) == "running" for run in states if run != mine}
        ahead = first_in_line(
            mine, {run: dict(states[run]).get(self.task_id) for run, is_on in is_running.items() if is_on}
        )
        if ahead:
            self.log.info("waiting for the run %s", ahead)
        return ahead is None


def first_in_line(mine: str, others: Mapping[str, str | None]) -> str | None:
    """The run that goes before mine, by the states of the sensor in the others that are running; None: it is my turn.

    >>> first_in_line("backfill__2020-09-17", {"backfill__2020-09-18": "up_for_reschedule"})
    >>> first_in_line("backfill__2020-09-17", {"backfill__2020-09-18": "success"})
    'backfill__2020-09-18'
    >>> first_in_line("manual__2026-11-30", {"backfill__2020-09-18": "queued"})
    'backfill__2020-09-18'
    """
    waiting = sorted((_moment(run), run) for run, state in others.items() if state != UNDER_WAY)
    under_way = [run for run, state in others.items() if state == UNDER_WAY]
    before = [run for moment, run in waiting if (moment, run) < (_moment(mine), mine)]
    return next(iter((*under_way, *before)), None)


def _moment(run_id: str) -> str:
    """Time in the id of a run: of a backfill that of its day, of others that of their start."""
    return run_id.partition("__")[2]
