"""Two processes that train together on this machine, as ``TF_CONFIG`` describes them."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from scripts.ports import free_port

TIMEOUT_SECONDS = 240


def run_together(*commands: Sequence[str], logs: Path) -> list[int]:
    """Exit statuses of the commands, a process each; the first is the chief. Their output is kept in ``logs``."""
    workers = [f"127.0.0.1:{free_port()}" for _ in commands]
    started = []
    for index, command in enumerate(commands):
        task = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        with (logs / f"process-{index}.log").open("a") as log:
            environment = os.environ | {"TF_CONFIG": json.dumps(task), "TF_USE_LEGACY_KERAS": "1"}
            started.append(subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT))
    try:
        return [process.wait(TIMEOUT_SECONDS) for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()
