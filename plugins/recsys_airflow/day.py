"""The day that a run of ``daily_release`` is of: its schedule, and the options by which its tasks hold on to it."""

from typing import Final

from airflow.sdk import CronPartitionTimetable
from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from recsys_airflow.alerts import deadline_missed
from recsys_airflow.settings import Settings
from recsys_core.contracts.artifacts import EMBEDDINGS


def reported(task_id: str, name: str) -> str:
    """A figure in the report of an earlier task of the run, as a template; nothing if the task was skipped."""
    return "{{ ((ti.xcom_pull('" + task_id + "') or {}).get('summary') or {}).get('" + name + "', '') }}"


OPEN_DAY: Final = "open_day"
"""Id of the task whose report says what the run is made from."""
EMBED_IMAGES: Final = "images.embed_images"
"""Id of the task whose report names the image embeddings that the run is made from."""
PARTITION: Final = "{{ partition_key or '' }}"
"""The day of a scheduled run or of a backfill, YYYY-MM-DD; nothing for a run that was triggered by hand."""
TABLES: Final = {"--tables": reported(OPEN_DAY, "tables")}
"""Option of a task that reads the shop's articles alone."""
OF_THE_DAY: Final = {"--cutoff": reported(OPEN_DAY, "cutoff"), **TABLES}
"""Options of a task that makes something as of the day."""
WITH_IMAGES: Final = {"--image-embeddings": reported(EMBED_IMAGES, EMBEDDINGS), **OF_THE_DAY}
"""Options of a task that reads image embeddings, too."""


def done_in_time() -> DeadlineAlert | None:
    """An alert if a run has not ended some hours after it was queued; None if that is switched off."""
    limit = Settings.from_env().deadline
    if not limit:
        return None
    callback = SyncCallback(deadline_missed, {"minutes": limit.total_seconds() / 60})
    return DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, limit, callback, name="the day is done in time")


def each_day() -> CronPartitionTimetable:
    """One run a day. Its partition is the day before, the last one that is over in the shop's time zone."""
    settings = Settings.from_env()
    return CronPartitionTimetable(
        settings.daily_at, timezone=settings.time_zone, run_offset=-1, run_immediately=False, key_format="%Y-%m-%d"
    )
