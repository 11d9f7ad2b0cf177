"""Starts services, waits until they answer, and stops every process that came of them, whatever happens."""

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from recsys_core.store.artifacts import write_json
from scripts.processes import end_tree, is_running, record_of

STOP_GRACE_SECONDS = 8.0
"""Seconds between SIGTERM and SIGKILL."""
RESTART_PAUSE_SECONDS = 5.0
"""Seconds between two starts of a service that ends again and again."""
PR_SET_PDEATHSIG = 1


class ServiceError(RuntimeError):
    """A service ended, or did not answer in time; the message ends with the last lines of its log."""


@dataclass(frozen=True)
class Service:
    """A long-running process and how to tell that it answers."""

    name: str
    command: list[str]
    answers: Callable[[], bool]
    patience: float = 120.0
    """Seconds it may take until it answers."""
    extra_env: Mapping[str, str] = field(default_factory=dict)
    restarts: bool = False
    """Started again when it ends: the others can do without it for a while."""


@dataclass
class Supervisor:
    """The running services of one workspace, in the order of their start."""

    run_folder: Path
    logs: Path
    env: Mapping[str, str]
    running: dict[str, tuple[Service, subprocess.Popen[bytes]]] = field(default_factory=dict)
    _restarted: dict[str, float] = field(default_factory=dict)

    def start(self, service: Service) -> None:
        """Start without waiting; see ``wait``."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with self.log_of(service.name).open("ab") as log:
            process = subprocess.Popen(
                service.command,
                env={**self.env, **service.extra_env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 (the child only calls prctl)
            )
        self.running[service.name] = (service, process)
        write_json(self.run_folder / f"{service.name}.json", record_of(process.pid))

    def wait(self, names: Iterable[str] = ()) -> None:
        """Until the named services (default: all) answer.

        Raises
        ------
        ServiceError
            If one ends or is silent for longer than its patience.
        """
        waiting = list(names) or list(self.running)
        started = time.monotonic()
        while waiting:
            waiting = [name for name in waiting if not self._answers(name, time.monotonic() - started)]
            if waiting:
                time.sleep(0.3)

    def check(self) -> None:
        """Start again what may be; raise ServiceError if another service has ended."""
        for name, (service, process) in list(self.running.items()):
            if process.poll() is None:
                continue
            if not service.restarts:
                raise ServiceError(f"{name} ended with status {process.returncode}:\n{self.tail(name)}")
            if time.monotonic() - self._restarted.get(name, -RESTART_PAUSE_SECONDS) >= RESTART_PAUSE_SECONDS:
                self._restarted[name] = time.monotonic()
                with self.log_of(name).open("a") as log:
                    log.write(f"ended with status {process.returncode}: started again\n")
                self.start(service)

    def stop(self) -> None:
        """End all, last started first; SIGKILL for what does not end in time. Leaves no child behind."""
        with _no_interrupts():
            for name in reversed(list(self.running)):
                _, process = self.running.pop(name)
                end_tree(process.pid, STOP_GRACE_SECONDS)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(1)
                (self.run_folder / f"{name}.json").unlink(missing_ok=True)

    def pid(self, name: str) -> int:
        return self.running[name][1].pid

    def log_of(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def tail(self, name: str, lines: int = 15) -> str:
        text = self.log_of(name).read_text(errors="replace").splitlines()[-lines:]
        return "\n".join(f"    {line}" for line in [*text, f"(all of it: {self.log_of(name)})"])

    def _answers(self, name: str, waited: float) -> bool:
        self.check()
        service, _ = self.running[name]
        if service.answers():
            return True
        if waited > service.patience:
            if service.restarts:
                return True
            raise ServiceError(f"{name} does not answer after {waited:.0f} s:\n{self.tail(name)}")
        return False


@contextlib.contextmanager
def only_one(run_folder: Path) -> Iterator[None]:
    """One supervisor for each workspace.

    Raises
    ------
    ServiceError
        If another one runs, naming it and the command that stops it.
    """
    run_folder.mkdir(parents=True, exist_ok=True)
    record = run_folder / "supervisor.json"
    with (run_folder / "supervisor.lock").open("w") as lock:
        if not _lock(lock):
            pid = _read(record).get("pid", "unknown")
            raise ServiceError(f"the services of this checkout run already (process {pid}): end them with `make stop`")
        write_json(record, record_of(os.getpid()))
        try:
            yield
        finally:
            record.unlink(missing_ok=True)


def stop_recorded(run_folder: Path) -> list[str]:
    """Stop what records name: the supervisor, which stops its services, then what is left of them."""
    stopped = []
    records = sorted(run_folder.glob("*.json"), key=lambda file: file.stem != "supervisor")
    for file in records:
        record = _read(file)
        if is_running(record):
            stopped.append(file.stem)
            end_tree(
                record["pid"],
                60.0 if file.stem == "supervisor" else STOP_GRACE_SECONDS,
                only_parent=file.stem == "supervisor",
            )
        file.unlink(missing_ok=True)
    return stopped


def interrupt_on_termination() -> None:
    """SIGTERM and SIGHUP end the program like Ctrl-C, so that ``finally`` runs.

    SIGINT, too, is taken on: a program started in the background of a shell inherits it ignored.
    """

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


@contextlib.contextmanager
def _no_interrupts() -> Iterator[None]:
    """A second Ctrl-C must not leave half of the services behind."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_with_parent() -> None:
    """Linux: SIGTERM when the supervisor is gone, also when it was killed with -9."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _lock(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(file: Path) -> dict[str, Any]:
    try:
        record = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}
