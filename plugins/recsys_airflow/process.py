"""Runs a command in its own process group and streams its output; a stage never outlives its task."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence

TAIL_LINES = 20
PR_SET_PDEATHSIG = 1
OnLine = Callable[[str], None]


class StageProcess:
    """One run of a command; ``stop`` may be called from a signal handler."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], on_line: OnLine, niceness: int = 0) -> None:
        self.command = list(command)
        self._niceness = niceness
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        """The last lines that the command printed, stdout and stderr together."""
        self._env = dict(env)
        self._on_line = on_line
        self._process: subprocess.Popen[str] | None = None

    def run(self) -> int:
        """Run to the end and return the exit status (negative: ended by that signal).

        Raises
        ------
        FileNotFoundError
            If there is no such command on the PATH.
        """
        self._process = subprocess.Popen(
            self.command,
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=self._prepare,  # noqa: PLW1509 (the child only calls nice and prctl)
        )
        assert self._process.stdout is not None  # noqa: S101 (for mypy: it was asked for)
        for line in self._process.stdout:
            self.tail.append(line.rstrip())
            self._on_line(line.rstrip())
        return self._process.wait()

    def _prepare(self) -> None:
        os.nice(self._niceness)
        _die_with_parent()

    def stop(self, grace: float = 10.0) -> None:
        """SIGTERM to the whole group, SIGKILL to what is left after ``grace`` seconds."""
        if self._process is None:
            return
        _signal_group(self._process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(grace)
        _signal_group(self._process.pid, signal.SIGKILL)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def _die_with_parent() -> None:
    """Linux: SIGTERM when the task's process is gone, also when that one was killed with -9."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
