"""Remembers what the live release was made from, so that a second `make demo` has nothing to redo."""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from recsys_core.contracts.release import MANIFEST
from recsys_core.store.artifacts import write_json
from recsys_core.workspace import Workspace

CODE = ("demo_shop/**/*.py", "demo_shop/**/*.toml", "recsys_core/**/*.py", "spark_jobs/**/*.py", "constraints.txt")
TABLES = ("articles*", "customers*", "transactions*", "inventory*", "regions*")


def fingerprint(workspace: Workspace, data: Path, repository: Path) -> str:
    """Changes when a raw file, an order, the configuration or the code of a stage changes, or a customer is erased.

    Raw files count by name, size and time of change, images by those of their folders, which change when one comes or
    goes: quick also for gigabytes. The stages look at the content.
    """
    made_from = hashlib.sha256(str(data.resolve()).encode())
    raw = sorted(file for pattern in TABLES for file in data.glob(pattern))
    for file in [
        *raw,
        *sorted(data.glob("images/*")),
        *sorted(workspace.incoming.glob("*")),
        *sorted(workspace.erased.glob("[!.]*")),
    ]:
        stat = file.stat()
        made_from.update(f"{file.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    configured = Path(os.environ.get("RECSYS_CONFIG") or workspace.config)
    of_the_shop = data / workspace.shop_config.name
    code = sorted(file for pattern in CODE for file in repository.glob(pattern))
    _add_content(made_from, [configured, of_the_shop, *code])
    return made_from.hexdigest()


def live_release(workspace: Workspace) -> str | None:
    """Id of the live release, if there is one."""
    return workspace.live.resolve().name if (workspace.live / MANIFEST).is_file() else None


def is_done(workspace: Workspace, made_from: str) -> bool:
    """True if the live release was made from just this."""
    try:
        known = json.loads(_file(workspace).read_text())
    except (FileNotFoundError, ValueError):
        return False
    return known == {"made_from": made_from, "release": live_release(workspace)} and live_release(workspace) is not None


def remember(workspace: Workspace, made_from: str) -> None:
    write_json(_file(workspace), {"made_from": made_from, "release": live_release(workspace)})


def _file(workspace: Workspace) -> Path:
    return workspace.root / "demo.json"


def _add_content(digest: "hashlib._Hash", files: Iterable[Path]) -> None:
    for file in files:
        if file.is_file():
            digest.update(f"{file.name}\n".encode())
            digest.update(file.read_bytes())
