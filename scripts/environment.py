"""Environment of every process of the platform."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from recsys_core.contracts.environment import workspace_folder
from recsys_core.workspace import Workspace
from scripts.ports import Ports

REPOSITORY = Path(__file__).resolve().parents[1]
SPARK_LOCAL = '{"conn_type": "spark", "host": "local[*]"}'
"""The connection ``spark_default`` unless ``AIRFLOW_CONN_SPARK_DEFAULT`` names a cluster."""


@dataclass(frozen=True)
class Site:
    """One workspace folder and the ports of its services."""

    workspace: Workspace
    ports: Ports

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Site":
        return cls(Workspace.from_env(workspace_folder(env) or REPOSITORY / "var"), Ports.from_env(env))

    @property
    def airflow(self) -> Path:
        return self.workspace.root / "airflow"

    @property
    def run_folder(self) -> Path:
        """Records of running services, for ``make stop``."""
        return self.workspace.root / "run"

    def environment(self, base: Mapping[str, str] = os.environ) -> dict[str, str]:
        """The environment of services and stages."""
        env = {key: value for key, value in base.items() if key != "PYTHONDONTWRITEBYTECODE"}
        binaries = str(Path(sys.executable).parent)
        env |= {
            "PATH": os.pathsep.join([binaries, env.get("PATH", os.defpath)]),
            "VIRTUAL_ENV": str(Path(sys.prefix)),
            "RECSYS_WORKSPACE": str(self.workspace.root),
            "AIRFLOW_HOME": str(self.airflow),
            "AIRFLOW_CONN_SPARK_DEFAULT": env.get("AIRFLOW_CONN_SPARK_DEFAULT") or SPARK_LOCAL,
            "MLFLOW_TRACKING_URI": self.ports.url("mlflow"),
            "MILVUS_URI": self.ports.url("milvus"),
            "PYSPARK_PYTHON": sys.executable,
            "PYTHONUNBUFFERED": "1",
            "RECSYS_TASK_RETRIES": env.get("RECSYS_TASK_RETRIES") or "1",
            "RECSYS_TASK_RETRY_SECONDS": env.get("RECSYS_TASK_RETRY_SECONDS") or "10",
            "SPARK_LOCAL_IP": "127.0.0.1",
            "TF_USE_LEGACY_KERAS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "2",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "NO_PROXY": _with_loopback(env.get("NO_PROXY") or env.get("no_proxy")),
            "no_proxy": _with_loopback(env.get("no_proxy") or env.get("NO_PROXY")),
        }
        java = java_home()
        return env | ({"JAVA_HOME": java} if java else {})


def java_home() -> str | None:
    """The Java that preflight found."""
    found = subprocess.run(
        [REPOSITORY / "scripts" / "preflight.sh", "--java-workspace"], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or None


def _with_loopback(no_proxy: str | None) -> str:
    hosts = [host for host in (no_proxy or "").split(",") if host]
    return ",".join([*hosts, *(host for host in ("127.0.0.1", "localhost") if host not in hosts)])
