"""Tells a shop's first release, which nothing was trained for, without opening it."""

from pathlib import Path

from recsys_core.contracts.release import FIRST_RELEASE, MANIFEST
from recsys_core.serving.arrays import read_json


def is_first_release(folder: Path) -> bool:
    """True if the release in ``folder`` was made before anything was trained; False also if it is not whole."""
    try:
        return bool(read_json(folder / MANIFEST).get(FIRST_RELEASE))
    except FileNotFoundError:
        return False
