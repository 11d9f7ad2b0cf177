"""Things that all worker processes of a session share: the first that needs one makes it."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from recsys_core.store.locks import locked


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """The file or folder ``name`` of this session, which nobody changes; others wait while it is made."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # a worker's own folder lies in it
    made = shared / name
    with locked(shared / f".{name}.lock"):
        if not made.exists():
            draft = Path(tempfile.mkdtemp(dir=shared)) / name
            make(draft)
            draft.rename(made)
    return made
