"""Environment variables that more than one part of the platform reads."""

from collections.abc import Mapping
from typing import Final

WORKSPACE: Final = "RECSYS_WORKSPACE"
FORMER: Final = "RECSYS_HOME"
HEAVY_POOL: Final = "RECSYS_HEAVY_POOL"


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
