"""Next run and next deadline of the daily DAG, as Airflow's database has them."""

import datetime as dt
from dataclasses import dataclass

from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.models.deadline import Deadline
from sqlalchemy import select
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Schedule:
    """Runs of one DAG."""

    is_known: bool = False
    """False until Airflow has read the DAG's file."""
    is_paused: bool = False
    next_run: dt.datetime | None = None
    next_day: str | None = None
    """Partition of the next run: its day of data."""
    deadline: dt.datetime | None = None
    """The earliest deadline of a run under way; else that of the next run."""
    last_run: str = ""
    last_state: str = ""


def read_schedule(session: Session, dag_id: str, within: dt.timedelta) -> Schedule:
    """The schedule of a DAG whose runs are due ``within`` a time after they were queued; 0: never."""
    dag = session.get(DagModel, dag_id)
    if dag is None:
        return Schedule()
    of_dag = DagRun.dag_id == dag_id
    last = session.scalar(select(DagRun).where(of_dag).order_by(DagRun.run_after.desc()).limit(1))
    due = select(Deadline.deadline_time).join(DagRun, DagRun.id == Deadline.dagrun_id)
    open_one = session.scalar(due.where(of_dag, ~Deadline.missed).order_by(Deadline.deadline_time).limit(1))
    begins = None if dag.is_paused else dag.next_dagrun_create_after
    return Schedule(
        is_known=True,
        is_paused=dag.is_paused,
        next_run=begins,
        next_day=dag.next_dagrun_partition_key,
        deadline=open_one or (begins + within if begins and within else None),
        last_run=last.run_id if last else "",
        last_state=str(last.state) if last else "",
    )
