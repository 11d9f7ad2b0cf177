from collections.abc import Callable
from pathlib import Path

import pytest

from recsys_core.workspace import Workspace
from scripts.environment import Site
from scripts.ports import Ports, free_port


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A workspace of its own with ports that nobody uses."""
    return Site(Workspace(tmp_path / "var"), Ports(*(free_port() for _ in range(4))))


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write an executable shell script."""

    def write(name: str, body: str) -> Path:
        file = tmp_path / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)
        return file

    return write
