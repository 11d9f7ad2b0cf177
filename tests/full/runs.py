"""A whole run of the path as a process of its own, which may be killed in the middle of a chosen stage."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

RECSYS = (sys.executable, "-m", "recsys_core.cli")
PATIENCE_SECONDS = 900.0
POLL_SECONDS = 0.002


def finish(workspace: Path, *arguments: str) -> dict[str, Any]:
    """``recsys <arguments>`` to the end; the JSON object of the last line."""
    done = subprocess.run(
        [*RECSYS, *arguments], capture_output=True, text=True, env=environment(workspace), check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def environment(workspace: Path) -> dict[str, str]:
    env = {**os.environ, "RECSYS_WORKSPACE": str(workspace)}
    env.pop("MILVUS_URI", None)
    env.pop("MLFLOW_TRACKING_URI", None)
    return env


def kill_in(
    workspace: Path, stage: str | None, at_work: str, after_s: float, *arguments: str, program: tuple[str, ...] = RECSYS
) -> None:
    """Start a run in a process group of its own, and end the group with SIGKILL in the middle of ``stage``.

    None: the command is no stage of the path, and passes through none after it began its own work.

    ``at_work`` is a glob below the workspace of what is there only while the stage works. ``after_s`` seconds after it
    is there the signal is sent. Fails unless the run died of the signal and the stage was neither over nor followed by
    another.
    """
    log = workspace.with_name(f"{workspace.name}-{stage}.log")
    with log.open("w") as output:
        command = [*program, *arguments]
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env=environment(workspace), start_new_session=True
        )
        try:
            _wait_for(process, log, workspace, stage, at_work)
            time.sleep(after_s)
        finally:
            _kill_group(process.pid)
            status = process.wait()
    said = log.read_text()
    assert status == -signal.SIGKILL, f"it ended with status {status} before it was killed in {stage}: {said[-2000:]}"
    if stage:
        assert stage_of(said) == stage, f"{stage} was over before the run was killed, in {stage_of(said)}"
    assert any(workspace.glob(at_work)), f"{stage} had finished {at_work} when the run was killed"


def stage_of(log: str) -> str | None:
    """The stage that a run's log came to last."""
    reached = re.findall(r"INFO recsys_core\.pipeline\.(?:stages|ingest): stage ([a-z-]+)", log)
    return str(reached[-1]) if reached else None


def _wait_for(process: "subprocess.Popen[bytes]", log: Path, workspace: Path, stage: str | None, at_work: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < until:
        if any(workspace.glob(at_work)) and stage in (None, stage_of(log.read_text())):
            return
        time.sleep(POLL_SECONDS)


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def live_release(workspace: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((workspace / "releases" / "live" / "manifest.json").read_text())
    return manifest
