"""Runs a Spark job in a process of its own."""

import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from typing import Any

from recsys_core.config import Config
from recsys_core.errors import JobError
from recsys_core.workspace import Workspace


def run_spark_job(job: str, workspace: Workspace, config: Config, options: Mapping[str, Any]) -> None:
    """Run ``spark_jobs.jobs.<job>`` with this interpreter; ``SPARK_MASTER`` names a cluster.

    An option of value None is left out, one of value True is a flag.

    Raises
    ------
    ValueError
        If Spark is not installed.
    JobError
        With the job's last line, if it fails.
    """
    if importlib.util.find_spec("pyspark") is None:
        raise ValueError("pyspark is not installed: pip install 'recsys-platform[spark]'")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(config.model_dump_json())
        file.flush()
        command = [
            sys.executable,
            "-m",
            f"spark_jobs.jobs.{job}",
            "--workspace",
            str(workspace.root),
            "--config",
            file.name,
        ]
        given = {name: value for name, value in options.items() if value is not None}
        if workspace.tables_key:
            given["--tables"] = workspace.tables_key
        command += [part for name, value in given.items() for part in ([name] if value is True else [name, str(value)])]
        status, last = _stream(command)
    if status:
        raise JobError(f"{job} failed (exit status {status}): {last}")


def _stream(command: list[str]) -> tuple[int, str]:
    """Run a command with its output on our stderr; returns its status and last line."""
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            sys.stderr.write(line)
            last = line.strip() or last
    return process.returncode, last
