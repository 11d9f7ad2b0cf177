"""Installed packages: with the commit they say by which code something was made."""

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import distributions

OWN = "recsys-platform"
"""This project itself, which the commit stands for."""


@cache
def installed_packages() -> Mapping[str, str]:
    """Versions by normalised name, in the order of the names."""
    found = {_normalised(each.metadata["Name"]): each.version for each in distributions() if each.metadata["Name"]}
    return {name: found[name] for name in sorted(found) if name != OWN}


@cache
def lock_digest() -> str:
    """SHA-256 of the installed packages, a line ``name==version`` each.

    The lock itself says what should be installed; an image may be built without it, or be changed afterwards.
    """
    return digest_of_packages(installed_packages())


def digest_of_packages(versions: Mapping[str, str]) -> str:
    """SHA-256 of versions by name, whatever their order."""
    lines = "".join(f"{name}=={versions[name]}\n" for name in sorted(versions))
    return hashlib.sha256(lines.encode()).hexdigest()


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
