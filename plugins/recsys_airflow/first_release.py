"""Skips the first release of a shop that has a release: every day but the first."""

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowSkipException

from recsys_airflow.settings import Settings


def skip_if_live(context: Context) -> None:
    """Hook before a task.

    Raises
    ------
    AirflowSkipException
        If a release is live; names it.
    """
    live = Settings.from_env().workspace / "releases" / "live"
    if live.exists():
        raise AirflowSkipException(f"release {live.resolve().name} is live: there is nothing to do")
