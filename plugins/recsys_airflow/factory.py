"""One way to make a DAG, so that owner, retries, timeouts and run limits are the same everywhere."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from airflow.sdk import DAG, Context, Param
from airflow.sdk.definitions.deadline import DeadlineAlert

from recsys_airflow.alerts import task_failed
from recsys_airflow.settings import Settings
from recsys_core.contracts.retrievers import IMAGE_RETRIEVERS, RETRIEVERS

OWNER = "recommendations"
FACTS: Final = {
    "{retrievers}": ", ".join(f"`{name}`" for name in RETRIEVERS),
    "{image_retrievers}": ", ".join(f"`{name}`" for name in IMAGE_RETRIEVERS),
}
"""Stand in a DAG's text for what the code knows."""


def recsys_dag(
    dag_id: str,
    *,
    doc: str | None,
    schedule: Any,
    tags: Iterable[str] = (),
    params: Mapping[str, Param] | None = None,
    deadline: DeadlineAlert | None = None,
    timeout: timedelta = timedelta(hours=12),
    before_each_task: Callable[[Context], None] | None = None,
    runs: int = 1,
) -> DAG:
    """A DAG of the platform: one run at a time (or ``runs``), no catch-up, every task with the default arguments.

    Raises
    ------
    ValueError
        If ``doc`` is empty: it is what the person on call reads first.
    """
    if not doc or not doc.strip():
        raise ValueError(f"DAG {dag_id!r} has no documentation: write the file's docstring and pass doc=__doc__")
    return DAG(
        dag_id,
        doc_md=filled_in(doc),
        schedule=schedule,
        params=dict(params or {}),
        tags={"recsys", *tags},
        default_args=default_args(Settings.from_env()) | {"pre_execute": before_each_task},
        catchup=False,
        max_active_runs=runs,
        dagrun_timeout=timeout,
        deadline=deadline,
    )


def filled_in(doc: str) -> str:
    """``doc`` with the ``FACTS`` that it asks for."""
    for name, fact in FACTS.items():
        doc = doc.replace(name, fact)
    return doc


def default_args(settings: Settings) -> dict[str, Any]:
    """Returns the default arguments of every task."""
    return {
        "owner": OWNER,
        "retries": settings.retries,
        "retry_delay": settings.retry_delay,
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=30),
        "execution_timeout": timedelta(hours=2),
        "on_failure_callback": task_failed,
    }
