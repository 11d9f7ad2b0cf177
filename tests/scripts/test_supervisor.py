"""Real processes, small ones: what starts, what is said when it does not, and that nothing is left behind."""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from scripts.processes import is_running, record_of, tree
from scripts.supervisor import Service, ServiceError, Supervisor, only_one, stop_recorded

FAMILY = """
import os, signal, subprocess, sys, time
{before}
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=True)
open({pids!r}, "w").write(f"{{os.getpid()}} {{child.pid}}\\n")
time.sleep(300)
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    (tmp_path / "run").mkdir()
    made = Supervisor(tmp_path / "run", tmp_path / "logs", dict(os.environ))
    yield made
    made.stop()


def python(name: str, code: str, answers: Callable[[], bool] = lambda: True, patience: float = 10) -> Service:
    return Service(name, [sys.executable, "-c", code], answers, patience)


def family(tmp_path: Path, before: str = "") -> Service:
    """A service with a child that has a session of its own; both write their ids."""
    pids = tmp_path / "pids"
    return python(
        "family", FAMILY.format(pids=str(pids), before=before), lambda: pids.exists() and bool(pids.read_text())
    )


def members(tmp_path: Path) -> list[int]:
    return [int(pid) for pid in (tmp_path / "pids").read_text().split()]


def test_stop_ends_children_that_left_the_process_group(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(family(tmp_path))
    supervisor.wait()
    pids = members(tmp_path)
    assert all(map(psutil.pid_exists, pids))
    supervisor.stop()
    assert not any(map(psutil.pid_exists, pids))
    assert list((tmp_path / "run").iterdir()) == []


def test_stop_kills_what_ignores_sigterm(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scripts.supervisor.STOP_GRACE_SECONDS", 0.5)
    supervisor.start(family(tmp_path, "signal.signal(signal.SIGTERM, signal.SIG_IGN)"))
    supervisor.wait()
    pids = members(tmp_path)
    supervisor.stop()
    assert not any(map(psutil.pid_exists, pids))


def test_services_are_stopped_last_started_first(supervisor: Supervisor, tmp_path: Path) -> None:
    order = tmp_path / "order"
    note = "import signal,sys,time\ndef end(*_):\n  open({!r},'a').write('{}\\n'); sys.exit()\n"
    code = note + "signal.signal(signal.SIGTERM, end)\nopen({!r},'w').close()\nwhile True: time.sleep(1)"
    for name in ("first", "second"):
        ready = tmp_path / f"{name}-ready"
        supervisor.start(python(name, code.format(str(order), name, str(ready)), ready.exists))
    supervisor.wait()
    supervisor.stop()
    assert order.read_text() == "second\nfirst\n"


def test_a_service_that_ends_is_reported_with_the_end_of_its_log(supervisor: Supervisor) -> None:
    supervisor.start(python("broken", "print('no such table: dag'); raise SystemExit(3)", lambda: False))
    with pytest.raises(ServiceError, match=r"broken ended with status 3:\n +no such table: dag"):
        supervisor.wait()


def test_a_service_that_does_not_answer_is_reported(supervisor: Supervisor) -> None:
    supervisor.start(python("silent", "import time; time.sleep(300)", lambda: False, patience=0.5))
    with pytest.raises(ServiceError, match="silent does not answer after"):
        supervisor.wait()


def test_logs_of_services_do_not_mix(supervisor: Supervisor, tmp_path: Path) -> None:
    for name in ("one", "two"):
        supervisor.start(python(name, f"print({name!r}, flush=True); import time; time.sleep(300)"))
    for name in ("one", "two"):
        _eventually(lambda name=name: (tmp_path / "logs" / f"{name}.log").read_text() == f"{name}\n")


def test_a_second_supervisor_is_refused_with_the_first_one_s_id(tmp_path: Path) -> None:
    with only_one(tmp_path):
        with (
            pytest.raises(ServiceError, match=rf"process {os.getpid()}\): end them with `make stop`"),
            only_one(tmp_path),
        ):
            pass
        assert (tmp_path / "supervisor.json").exists()
    assert not (tmp_path / "supervisor.json").exists()
    with only_one(tmp_path):
        pass


def _supervise(tmp_path: Path) -> None:
    """A supervisor's whole life, in a process of its own."""
    from scripts.supervisor import interrupt_on_termination

    interrupt_on_termination()
    with only_one(tmp_path / "run"):
        supervisor = Supervisor(tmp_path / "run", tmp_path / "logs", dict(os.environ))
        try:
            supervisor.start(family(tmp_path))
            supervisor.wait()
            time.sleep(300)
        except KeyboardInterrupt:
            pass
        finally:
            supervisor.stop()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[multiprocessing.process.BaseProcess]:
    """A running supervisor in another process, its service up."""
    process = multiprocessing.get_context("spawn").Process(target=_supervise, args=(tmp_path,))
    process.start()
    _eventually(lambda: (tmp_path / "pids").exists() and len(members(tmp_path)) == 2)
    yield process
    process.kill()
    for pid in members(tmp_path):
        for survivor in tree(pid):
            survivor.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_supervisor_and_services(
    other: multiprocessing.process.BaseProcess, tmp_path: Path, number: signal.Signals
) -> None:
    os.kill(int(other.pid or 0), number)
    other.join(15)
    assert not any(map(psutil.pid_exists, members(tmp_path)))


def test_make_stop_ends_a_supervisor_and_its_services(
    other: multiprocessing.process.BaseProcess, tmp_path: Path
) -> None:
    assert "supervisor" in stop_recorded(tmp_path / "run")
    assert not psutil.pid_exists(int(other.pid or 0))
    assert not any(map(psutil.pid_exists, members(tmp_path)))
    assert stop_recorded(tmp_path / "run") == []


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells children of a dead parent on Linux only")
def test_services_end_when_the_supervisor_is_killed_with_9(
    other: multiprocessing.process.BaseProcess, tmp_path: Path
) -> None:
    other.kill()
    other.join(5)
    service = members(tmp_path)[0]
    _eventually(lambda: not psutil.pid_exists(service) or psutil.Process(service).status() == psutil.STATUS_ZOMBIE)


def test_a_record_is_not_mistaken_for_a_later_process_with_its_id() -> None:
    record = record_of(os.getpid())
    assert is_running(record)
    assert not is_running({**record, "created": record["created"] - 100})
    assert not is_running({})


def _eventually(condition: Callable[[], bool], seconds: float = 15) -> None:
    for _ in range(int(seconds / 0.05)):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def test_a_service_that_the_others_can_do_without_is_started_again(supervisor: Supervisor) -> None:
    supervisor.start(replace(python("encoder", "import time; time.sleep(300)"), restarts=True))
    before = supervisor.pid("encoder")
    os.kill(before, signal.SIGKILL)
    supervisor.running["encoder"][1].wait(5)

    supervisor.check()

    after = supervisor.pid("encoder")
    assert after != before
    assert psutil.pid_exists(after)
    assert "ended with status -9: started again" in supervisor.log_of("encoder").read_text()


def test_what_ends_at_once_is_not_started_without_a_pause(supervisor: Supervisor) -> None:
    supervisor.start(replace(python("encoder", "raise SystemExit(1)"), restarts=True))
    supervisor.running["encoder"][1].wait(5)
    supervisor.check()
    supervisor.running["encoder"][1].wait(5)
    second = supervisor.pid("encoder")
    supervisor.check()
    assert supervisor.pid("encoder") == second
