"""Links from a stage's task to what its report names: a run of MLflow, a release.

Airflow asks for them when the task has ended, in the task's own process, and keeps the answers.
"""

from typing import Any

from airflow.configuration import conf
from airflow.sdk import BaseOperator, BaseOperatorLink
from airflow.sdk.types import TaskInstanceKey

from recsys_airflow.console.addresses import PREFIX, RELEASES
from recsys_airflow.settings import Settings


class MlflowRunLink(BaseOperatorLink):
    """The button "MLflow run" of a task that logged one."""

    name = "MLflow run"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """The address of the run's page; empty if the report names no run, or MLflow has no address."""
        run, pages = named(operator, "mlflow_run_id"), Settings.from_env().mlflow_pages
        return f"{pages}/#/runs/{run}" if run and pages else ""


class ReleaseLink(BaseOperatorLink):
    """The button "Release" of a task that made one."""

    name = "Release"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """The address of the console's page of releases; empty if the report names no release."""
        base = conf.get("api", "base_url", fallback="").rstrip("/")
        return f"{base}{PREFIX}{RELEASES}" if named(operator, "release") else ""


def named(operator: BaseOperator, key: str) -> str:
    """A name in the summary of the report that the operator's task made; empty if there is none."""
    report: dict[str, Any] = getattr(operator, "report", None) or {}
    return str((report.get("summary") or {}).get(key) or "")
