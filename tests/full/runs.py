"""A whole run of the path as a process of its own, which may be killed at a chosen stage."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

RECSYS = [sys.executable, "-m", "recsys_core.cli"]


def start(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """``recsys <arguments>`` in a process group of its own, its log on ``stderr``."""
    env = {**os.environ, "RECSYS_HOME": str(home)}
    env.pop("MILVUS_URI", None)
    env.pop("MLFLOW_TRACKING_URI", None)
    return subprocess.Popen(
        [*RECSYS, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
        start_new_session=True,
    )


def finish(home: Path, *arguments: str) -> dict[str, Any]:
    """Run to the end; the JSON object of the last line."""
    process = start(home, *arguments)
    out, log = process.communicate()
    assert process.returncode == 0, log[-3000:]
    report: dict[str, Any] = json.loads(out.splitlines()[-1])
    return report


def kill_at(home: Path, stage: str, after_s: float, *arguments: str) -> bool:
    """Start a run and end its whole group with SIGKILL ``after_s`` seconds into ``stage``; False if it was faster."""
    process = start(home, *arguments)
    assert _reaches(process, f"stage {stage}"), f"the run ended before stage {stage}"
    time.sleep(after_s)
    killed = process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return killed


def _reaches(process: subprocess.Popen[str], text: str) -> bool:
    """Read the log up to ``text``; the pipe stays open, or the process would die of writing to it."""
    assert process.stderr is not None
    for line in process.stderr:  # noqa: SIM110 - a generator would close the pipe when it is done
        if text in line:
            return True
    return False


def live_release(home: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((home / "releases" / "live" / "manifest.json").read_text())
    return manifest
