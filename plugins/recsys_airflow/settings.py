"""Every setting of the Airflow side, read from the environment in one place."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from recsys_airflow.pod_settings import PodSettings
from recsys_core.contracts.addresses import split_login
from recsys_core.contracts.environment import heavy_pool, workspace_folder
from recsys_core.contracts.java import PACKED, ROW_BYTES, SHORT_JOB, SHORT_JOB_ROWS

READ_TIMES = 7
"""Times that the longest job reads each purchase: for each of six cut-offs, and for the purchases themselves."""
LONGEST_APPROVAL = 7 * 24
"""Hours; a run of ``daily_release`` ends after eight days at the latest."""
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Settings:
    """Settings of the tasks: folders, memory, retries."""

    workspace: Path
    """``RECSYS_WORKSPACE``: everything that runs write."""
    config: Path | None
    """``RECSYS_CONFIG``: the platform's TOML file, if it is not ``<workspace>/config.toml``."""
    spark_jobs: Path
    """``RECSYS_SPARK_JOBS``: folder of the job scripts; an image has them elsewhere than a checkout."""
    spark_driver_memory: str
    """``SPARK_DRIVER_MEMORY``; with ``local[*]`` the driver is all there is."""
    retries: int
    """``RECSYS_TASK_RETRIES``: further tries after the first."""
    retry_delay: timedelta
    """``RECSYS_TASK_RETRY_SECONDS``: wait before the first retry; doubles each time."""
    daily_at: str
    """``RECSYS_DAILY_AT``: cron expression of one time a day; then the day before is over and its files are there."""
    time_zone: str
    """``RECSYS_TIME_ZONE``: the shop's time zone, which decides when a day is over."""
    deadline: timedelta
    """``RECSYS_DAILY_DEADLINE_MINUTES``: time after which a day that is not done is an alert; 0: never."""
    approval: timedelta
    """``RECSYS_APPROVAL_HOURS``: time that a person has to approve new models; 0: nobody is asked."""
    alert_webhook: str = field(repr=False)
    """``RECSYS_ALERT_WEBHOOK``: address that alerts are posted to; a secret."""
    heavy_pool: str
    """``RECSYS_HEAVY_POOL``: Airflow's pool that heavy tasks take a slot of."""
    mlflow_pages: str
    """``RECSYS_MLFLOW_PAGES``, else ``MLFLOW_TRACKING_URI`` without a password: address of MLflow for a browser."""
    lineage_namespace: str
    """``RECSYS_LINEAGE_NAMESPACE``, else the workspace's address: namespace of the datasets in OpenLineage's events."""
    pods: PodSettings | None
    """``RECSYS_STAGES_RUN_IN`` = kubernetes; None: stages run as subprocesses of their tasks."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings.

        Raises
        ------
        ValueError
            If a value is impossible, or only the former variable of the workspace is set, naming the variable.
        """
        workspace = Path(workspace_folder(env) or REPOSITORY / "var").absolute()
        return cls(
            workspace=workspace,
            config=Path(env["RECSYS_CONFIG"]).absolute() if env.get("RECSYS_CONFIG") else None,
            spark_jobs=Path(env.get("RECSYS_SPARK_JOBS") or REPOSITORY / "spark_jobs" / "jobs"),
            spark_driver_memory=env.get("SPARK_DRIVER_MEMORY") or "6g",
            retries=_natural(env, "RECSYS_TASK_RETRIES", 2),
            retry_delay=timedelta(seconds=_natural(env, "RECSYS_TASK_RETRY_SECONDS", 60)),
            daily_at=env.get("RECSYS_DAILY_AT") or "0 3 * * *",
            time_zone=env.get("RECSYS_TIME_ZONE") or "UTC",
            deadline=timedelta(minutes=_natural(env, "RECSYS_DAILY_DEADLINE_MINUTES", 240)),
            approval=_approval(env),
            alert_webhook=env.get("RECSYS_ALERT_WEBHOOK") or "",
            heavy_pool=heavy_pool(env),
            mlflow_pages=_pages(env.get("RECSYS_MLFLOW_PAGES") or env.get("MLFLOW_TRACKING_URI") or ""),
            lineage_namespace=env.get("RECSYS_LINEAGE_NAMESPACE") or workspace.as_uri(),
            pods=PodSettings.from_env(env),
        )

    @property
    def spark_conf(self) -> dict[str, str]:
        """Returns the Spark settings that must be there before the JVM starts; the job sets the rest."""
        quiet = self.spark_jobs.parent / "log4j2.json"
        options = [f"-Dlog4j2.configurationFile={quiet.as_uri()}", *(SHORT_JOB if self.is_small_shop else ())]
        return {"spark.driver.extraJavaOptions": " ".join(options)}

    @property
    def is_small_shop(self) -> bool:
        """True if the shop's purchases are so few that Spark's jobs are short ones."""
        files = [file for file in (self.workspace / "raw").glob("transactions*") if file.is_file()]
        size = sum(file.stat().st_size * (1 if file.suffix == ".csv" else PACKED) for file in files)
        return 0 < size <= SHORT_JOB_ROWS * ROW_BYTES / READ_TIMES

    @property
    def workspace_arguments(self) -> list[str]:
        """``--workspace`` and, where one is set, ``--config``."""
        return ["--workspace", str(self.workspace), *(["--config", str(self.config)] if self.config else [])]


def _pages(address: str) -> str:
    """An address that a browser may be sent to; empty if it is of no web server.

    >>> _pages("http://me:secret@mlflow:5000/"), _pages("sqlite:///mlflow.db")
    ('http://mlflow:5000', '')
    """
    parts = urlsplit(split_login(address)[0])
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}" if parts.scheme in ("http", "https") else ""


def _approval(env: Mapping[str, str]) -> timedelta:
    hours = _natural(env, "RECSYS_APPROVAL_HOURS", 0)
    if hours > LONGEST_APPROVAL:
        raise ValueError(f"RECSYS_APPROVAL_HOURS = {hours}: expected at most {LONGEST_APPROVAL}")
    return timedelta(hours=hours)


def _natural(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal():
        raise ValueError(f"{name} = {text!r}: expected a whole number from 0 on")
    return int(text)
