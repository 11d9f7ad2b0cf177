"""Tells a shop's first release, which nothing was trained for, by its manifest."""

from collections.abc import Mapping
from pathlib import Path

from recsys_core.contracts.release import FIRST_RELEASE, MANIFEST
from recsys_core.serving.arrays import read_json


def is_first(manifest: Mapping[str, object]) -> bool:
    """True if the release of this manifest was made before anything was trained."""
    return bool(manifest.get(FIRST_RELEASE))


def is_first_release(folder: Path) -> bool:
    """True if the release in ``folder``, which is not opened, is a first one; False also if it is not whole."""
    try:
        return is_first(read_json(folder / MANIFEST))
    except FileNotFoundError:
        return False
