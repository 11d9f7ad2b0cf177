"""Approval of new models by a person, before they go live (``RECSYS_APPROVAL_HOURS``).

The task waits without a slot, a process or Airflow's triggerer: since 3.3 the API server resumes it when somebody has
answered, the scheduler when the time is over. Meanwhile the run's turn is another one's.
"""

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from airflow.configuration import conf
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import BaseNotifier, Context, Param

from recsys_airflow.alerts import approval_asked
from recsys_airflow.approval_text import approval_text
from recsys_airflow.console.addresses import DIFF, PREFIX, QUALITY
from recsys_airflow.settings import Settings
from recsys_airflow.turn import give_turn_back
from recsys_core.promotion.approvals import APPROVED, REJECTED, note_approval
from recsys_core.workspace import Workspace

VALIDATE: Final = "training.validate"
"""Id of the task whose report names the models."""
WHY: Final = "why"
NOBODY: Final = "nobody (time limit)"
"""Stands for a person in the record of an answer that nobody gave."""


def approval_time() -> timedelta:
    """Time that a person has to approve new models; nothing if nobody is asked."""
    return Settings.from_env().approval


def runs_at_once() -> int:
    """Active runs that Airflow allows: one, and those that may wait for a person, with one that waits for its turn."""
    waiting = math.ceil(approval_time() / timedelta(days=1))
    return 2 + waiting if waiting else 1


class NewModelsApproval(ApprovalOperator):
    """Asks a person whether the models that were just trained may go live. Without an answer in time: no.

    After a no the tasks behind it are skipped, and the run ends well. A task that is tried again asks again.
    """

    ui_color = "#fbe9c6"

    def __init__(self, *, time_limit: timedelta, **kwargs: Any) -> None:
        kwargs.setdefault("task_id", "approval")
        kwargs["params"] = {WHY: _why()}  # in place of the DAG's, which Airflow hands to every task
        super().__init__(
            subject="May the new models go live?",
            defaults=self.REJECT,
            response_timeout=time_limit,
            notifiers=WaitsForApproval(),
            pre_execute=None,  # it needs no turn: it changes nothing that another run makes
            doc_md="Waits for a person to approve the new models; see *Required actions* in Airflow.",
            **kwargs,
        )

    def execute(self, context: Context) -> Any:
        report = _report(context)
        settings = Settings.from_env()
        workspace, hours = Workspace(settings.workspace), (self.response_timeout or timedelta()) / timedelta(hours=1)
        self.body = approval_text(workspace, report["summary"], hours, _links(settings, report["summary"]))
        give_turn_back(context)
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        answered = event.get("chosen_options") or []
        if len(answered) == 1 and answered[0] in self.options:
            self._keep(str(_report(context)["summary"]["models"]), answered[0] == self.APPROVE, event)
        return super().execute_complete(context, event)

    def _keep(self, models: str, is_yes: bool, event: Mapping[str, Any]) -> None:
        """Write the answer down, before anything follows from it."""
        person = event.get("responded_by_user") or {}
        by, state = str(person.get("name") or NOBODY), APPROVED if is_yes else REJECTED
        why = " ".join(str((event.get("params_input") or {}).get(WHY) or "").split())
        note_approval(Workspace(Settings.from_env().workspace), models, state, by, why)
        if not person:
            self.log.warning("nobody answered within %s: the models %s are rejected", self.response_timeout, models)
        self.log.info("The models %s are %s by %s%s", models, state, by, f": {why}" if why else "")


def _why() -> Param:
    return Param("", type="string", maxLength=500, title="Why", description="Kept with your name.", source="task")


class WaitsForApproval(BaseNotifier):
    """Alert that a run waits for a person."""

    def notify(self, context: Context) -> None:
        """Write and send it."""
        ti, run = context["ti"], context["dag_run"]
        where = f"{_airflow()}/dags/{ti.dag_id}/runs/{run.run_id}/tasks/{ti.task_id}/required_actions"
        models = _report(context)["summary"]["models"]
        approval_asked(ti.dag_id, run.run_id, run.partition_key, f"may the new models {models} go live?", where)


def _report(context: Context) -> dict[str, Any]:
    return dict(context["ti"].xcom_pull(VALIDATE))


def _links(settings: Settings, summary: Mapping[str, Any]) -> dict[str, str]:
    """Addresses of pages about the models, by what they are called."""
    run = summary.get("mlflow_run_id")
    mlflow = {"Validation in MLflow": f"{settings.mlflow_pages}/#/runs/{run}"} if run and settings.mlflow_pages else {}
    console = f"{_airflow()}{PREFIX}"
    return mlflow | {
        "Earlier validations in the console": f"{console}{QUALITY}",
        "Comparison of releases in the console": f"{console}{DIFF}",
    }


def _airflow() -> str:
    return str(conf.get("api", "base_url", fallback="")).rstrip("/")
