"""Skips the first release of a shop that has a trained release: every day but the first ones."""

import json

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowSkipException

from recsys_airflow.settings import Settings
from recsys_airflow.turn import hold_turn
from recsys_core.contracts.release import FIRST_RELEASE, MANIFEST


def hold_turn_or_skip(context: Context) -> None:
    """Hook before the first task of the first release."""
    hold_turn(context)
    skip_if_live(context)


def skip_if_live(context: Context) -> None:
    """Hook before a task.

    Raises
    ------
    AirflowSkipException
        If a release is live that is not itself a first one; names it.
    """
    live = Settings.from_env().workspace / "releases" / "live"
    manifest = live / MANIFEST
    if manifest.exists() and not json.loads(manifest.read_text()).get(FIRST_RELEASE):
        raise AirflowSkipException(f"release {live.resolve().name} is live: there is nothing to do")
