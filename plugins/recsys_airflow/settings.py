"""Every setting of the Airflow side, read from the environment in one place."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from recsys_core.contracts.environment import heavy_pool, workspace_folder
from recsys_core.contracts.java import PACKED, ROW_BYTES, SHORT_JOB, SHORT_JOB_ROWS

READ_TIMES = 7
"""Times that the longest job reads each purchase: for each of six cut-offs, and for the purchases themselves."""
REPOSITORY = Path(__file__).resolve().parents[2]
Resources = Mapping[str, Mapping[str, str]]
LIGHT: Final[Resources] = {"requests": {"cpu": "1", "memory": "2Gi"}, "limits": {"memory": "8Gi"}}
HEAVY: Final[Resources] = {"requests": {"cpu": "2", "memory": "8Gi"}, "limits": {"memory": "16Gi"}}
HANDED_ON: Final = ("MLFLOW_TRACKING_URI", "MILVUS_URI", "RECSYS_CONFIG", "RECSYS_PROMOTION", "TF_USE_LEGACY_KERAS")
"""Variables of a task's environment that its pod gets, too. None of them is a secret."""


@dataclass(frozen=True)
class PodSettings:
    """Settings of the pods that stages run in."""

    image: str
    """``RECSYS_STAGES_IMAGE``: an image with the command ``recsys`` and the extras of every stage."""
    namespace: str | None
    """``RECSYS_STAGES_NAMESPACE``; None: that of the connection ``kubernetes_default``, else Airflow's own."""
    claim: str
    """``RECSYS_STAGES_CLAIM``: claim of the workspace, mounted where Airflow has the workspace."""
    service_account: str
    """``RECSYS_STAGES_SERVICE_ACCOUNT``; its token is not mounted, since a stage asks nothing of the cluster."""
    secrets: tuple[str, ...]
    """``RECSYS_STAGES_SECRETS``: names of secrets, with commas, whose keys become environment variables."""
    environment: Mapping[str, str]
    """Variables of ``HANDED_ON``, and of those that ``RECSYS_STAGES_ENVIRONMENT`` names, with commas."""
    light: Resources
    """``RECSYS_STAGES_RESOURCES``: JSON with requests and limits of a pod."""
    heavy: Resources
    """``RECSYS_STAGES_HEAVY_RESOURCES``: the same for a stage of the pool of heavy tasks."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "PodSettings | None":
        """Read the settings; None if stages run as subprocesses.

        Raises
        ------
        ValueError
            If a value is impossible or the image is missing; names the variable.
        """
        where = env.get("RECSYS_STAGES_RUN_IN") or "subprocess"
        if where == "subprocess":
            return None
        if where != "kubernetes":
            raise ValueError(f"RECSYS_STAGES_RUN_IN = {where!r}: expected subprocess or kubernetes")
        if not env.get("RECSYS_STAGES_IMAGE"):
            raise ValueError("RECSYS_STAGES_IMAGE is empty: stages that run in Kubernetes need an image")
        names = (*HANDED_ON, *_names(env, "RECSYS_STAGES_ENVIRONMENT"))
        return cls(
            image=env["RECSYS_STAGES_IMAGE"],
            namespace=env.get("RECSYS_STAGES_NAMESPACE") or None,
            claim=env.get("RECSYS_STAGES_CLAIM") or "recsys-workspace",
            service_account=env.get("RECSYS_STAGES_SERVICE_ACCOUNT") or "recsys-jobs",
            secrets=_names(env, "RECSYS_STAGES_SECRETS"),
            environment={name: env[name] for name in names if env.get(name)},
            light=_resources(env, "RECSYS_STAGES_RESOURCES", LIGHT),
            heavy=_resources(env, "RECSYS_STAGES_HEAVY_RESOURCES", HEAVY),
        )


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
    alert_webhook: str = field(repr=False)
    """``RECSYS_ALERT_WEBHOOK``: address that alerts are posted to; a secret."""
    heavy_pool: str
    """``RECSYS_HEAVY_POOL``: Airflow's pool that heavy tasks take a slot of."""
    mlflow_pages: str
    """``RECSYS_MLFLOW_PAGES``: address of MLflow as browsers reach it; empty: tasks do not link to it."""
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
        return cls(
            workspace=Path(workspace_folder(env) or REPOSITORY / "var").absolute(),
            config=Path(env["RECSYS_CONFIG"]).absolute() if env.get("RECSYS_CONFIG") else None,
            spark_jobs=Path(env.get("RECSYS_SPARK_JOBS") or REPOSITORY / "spark_jobs" / "jobs"),
            spark_driver_memory=env.get("SPARK_DRIVER_MEMORY") or "6g",
            retries=_natural(env, "RECSYS_TASK_RETRIES", 2),
            retry_delay=timedelta(seconds=_natural(env, "RECSYS_TASK_RETRY_SECONDS", 60)),
            daily_at=env.get("RECSYS_DAILY_AT") or "0 3 * * *",
            time_zone=env.get("RECSYS_TIME_ZONE") or "UTC",
            deadline=timedelta(minutes=_natural(env, "RECSYS_DAILY_DEADLINE_MINUTES", 240)),
            alert_webhook=env.get("RECSYS_ALERT_WEBHOOK") or "",
            heavy_pool=heavy_pool(env),
            mlflow_pages=_address(env.get("RECSYS_MLFLOW_PAGES") or env.get("MLFLOW_TRACKING_URI") or ""),
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


def _natural(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal():
        raise ValueError(f"{name} = {text!r}: expected a whole number from 0 on")
    return int(text)


def _address(text: str) -> str:
    """A web address without its last slash; nothing for a store in files."""
    return text.rstrip("/") if text.startswith(("http://", "https://")) else ""


def _names(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())


def _resources(env: Mapping[str, str], name: str, default: Resources) -> Resources:
    if not env.get(name):
        return default
    try:
        given: Any = json.loads(env[name])
    except ValueError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(given[key], dict) for key in given):
        raise ValueError(f'{name} = {env[name]!r}: expected JSON like {{"requests": {{"cpu": "1"}}, "limits": {{}}}}')
    if unknown := given.keys() - LIGHT.keys():
        raise ValueError(f"{name}: {', '.join(sorted(unknown))} is neither requests nor limits")
    return {kind: {part: str(amount) for part, amount in amounts.items()} for kind, amounts in given.items()}
