"""Alerts: a task that failed for good, a day that is not done in time, new models that wait for a person's approval.

Each is a line of ``<workspace>/alerts/alerts.jsonl``. If ``RECSYS_ALERT_WEBHOOK`` is set, its text is posted there
too, as ``{"text": ...}``, which Slack, Mattermost and Teams' workflows take. An alert that cannot be sent is logged; it
never changes what it tells of.
"""

import datetime as dt
import logging
from collections.abc import Mapping
from typing import Any, Final

import httpx

from recsys_airflow.report import last_words
from recsys_airflow.settings import Settings
from recsys_core.store.json_lines import append_line, read_lines
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)
logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log the address of each request, which is a secret
SECONDS: Final = 10.0
APPROVAL_ASKED: Final = "approval_asked"


def task_failed(context: Mapping[str, Any]) -> None:
    """Callback of a task, after its last try."""
    ti, run = context["ti"], context["dag_run"]
    said = last_words(str(context.get("exception") or "").splitlines())
    alert(
        "task_failed",
        ti.dag_id,
        f"{ti.dag_id}.{ti.task_id} failed{_of_day(run.partition_key)}: {said}",
        str(ti.log_url),
    )


def deadline_missed(context: Mapping[str, Any], minutes: float) -> None:
    """Callback of a DAG's deadline. Not for a run that waits for a person, or for others of its backfill."""
    run = context["dag_run"]
    if run.get("run_type") == "backfill" or _waits_for_approval(run["dag_run_id"]):
        return
    late = f"{minutes:g} minute{'' if minutes == 1 else 's'}"
    text = f"{run['dag_id']} is not done {late} after it was queued{_of_day(run.get('partition_key'))}"
    alert("deadline_missed", run["dag_id"], text, f"run {run['dag_run_id']}")


def approval_asked(dag: str, run_id: str, day: str | None, text: str, where: str) -> None:
    """Say that a run waits for a person."""
    alert(APPROVAL_ASKED, dag, f"{dag} waits{_of_day(day)}: {text}", where, run=run_id)


def _waits_for_approval(run_id: str) -> bool:
    """True if the run asked for an approval: its day was published before, and only its new models wait."""
    lines = read_lines(Workspace(Settings.from_env().workspace).alerts)
    return any(line.get("kind") == APPROVAL_ASKED and line.get("run") == run_id for line in lines)


def alert(kind: str, dag: str, text: str, where: str, **more: str) -> None:
    """Write an alert and send it."""
    settings = Settings.from_env()
    at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    line = {"at": at, "kind": kind, "dag": dag, "text": text, "where": where, **more}
    log.warning("alert: %s", text)
    if settings.alert_webhook:
        _post(settings.alert_webhook, f"{text} ({where})")
    try:
        append_line(Workspace(settings.workspace).alerts, line)
    except OSError as error:  # perhaps the reason for the alert
        log.warning("the alert was not written: %s", error)


def _post(address: str, text: str) -> None:
    try:
        httpx.post(address, json={"text": text}, timeout=SECONDS).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:  # its text may hold the address, which is a secret
        log.warning("the alert was not sent to RECSYS_ALERT_WEBHOOK: %s", type(error).__name__)


def _of_day(day: str | None) -> str:
    return f" for the day {day}" if day else ""
