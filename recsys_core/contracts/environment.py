"""Environment variables that more than one part of the platform reads."""

import re
from collections.abc import Mapping
from typing import Final

WORKSPACE: Final = "RECSYS_WORKSPACE"
FORMER: Final = "RECSYS_HOME"
HEAVY_POOL: Final = "RECSYS_HEAVY_POOL"
RELEASE_STORE: Final = "RECSYS_RELEASE_STORE"
RELEASE_POLL_SECONDS: Final = "RECSYS_RELEASE_POLL_SECONDS"


def workspace_folder(env: Mapping[str, str]) -> str | None:
    """The folder that the environment names, or None.

    Raises
    ------
    ValueError
        If only the variable of earlier versions is set: its folder would be passed over without a word.
    """
    if not env.get(WORKSPACE) and env.get(FORMER):
        raise ValueError(f"{FORMER}={env[FORMER]} is not read any more: set {WORKSPACE}")
    return env.get(WORKSPACE) or None


def heavy_pool(env: Mapping[str, str]) -> str:
    """Name of Airflow's pool that every heavy task takes a slot of."""
    return env.get(HEAVY_POOL) or "recsys_heavy"


def release_store(env: Mapping[str, str]) -> str | None:
    """Address of the releases' object store, without a slash at its end; None where a shared folder holds them.

    Raises
    ------
    ValueError
        If it is no address, or holds a login.
    """
    address = env.get(RELEASE_STORE, "").rstrip("/")
    if not address:
        return None
    if "@" in address:
        raise ValueError(f"{RELEASE_STORE} holds a login: give it by the variables of the store's own client")
    if not re.fullmatch(r"[a-z][a-z0-9+]*://[^\s?#]+", address):
        raise ValueError(f"{RELEASE_STORE}={address}: expected an address such as s3://bucket/shop")
    return address
