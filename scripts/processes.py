"""Processes by record (an id alone may have been given to another) and by tree (children make groups of their own)."""

import contextlib
from collections.abc import Mapping
from typing import Any

import psutil


def record_of(pid: int) -> dict[str, Any]:
    """Returns a record that tells this process from a later one with the same id."""
    return {"pid": pid, "created": psutil.Process(pid).create_time()}


def is_running(record: Mapping[str, Any]) -> bool:
    """True if the process of ``record_of`` is still there."""
    try:
        process = psutil.Process(int(record["pid"]))
        same = abs(process.create_time() - float(record["created"])) < 1
        return bool(same and process.status() != psutil.STATUS_ZOMBIE)
    except (psutil.NoSuchProcess, KeyError, ValueError):
        return False


def tree(pid: int) -> list[psutil.Process]:
    """The process and all its descendants; empty if it is gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    return []


def end_tree(pid: int, grace: float, only_parent: bool = False) -> None:
    """SIGTERM to the tree (or its top alone), SIGKILL after ``grace`` seconds to all that are left of it."""
    members = tree(pid)
    for process in members[:1] if only_parent else members:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, left = psutil.wait_procs(members, timeout=grace)
    late = [child for process in left for child in tree(process.pid)]
    for process in {*left, *late}:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=2)
