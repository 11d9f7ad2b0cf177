"""The last closed day: orders of the running day are purchases, but of a day that is not over.

A day of one order is no day to count by. What the shop's own files hold is closed, since they are delivered when a day
is over; a day that only the storefront's orders reach is closed by the clock.
"""

import datetime as dt
from collections.abc import Sequence

from recsys_core.store.artifacts import Artifact
from spark_jobs.batches import DAYS, ROWS, days_in, is_own


def closed_day(purchases: Sequence[Artifact], today: dt.date) -> dt.date | None:
    """The last closed day of these batches, if some orders are of later days; None if all days are closed.

    ``today`` and later days are open, unless a file of the shop itself holds purchases of them.
    """
    own = [batch for batch in purchases if is_own(batch.summary["name"])]
    ordered = {day for batch in own for day in days_of(batch)}
    if not any(day >= today for day in ordered):
        return None
    delivered = {day for batch in purchases if batch not in own for day in days_of(batch)}
    closed = max((day for day in ordered | delivered if day < today or day in delivered), default=None)
    return closed if closed and any(day > closed for day in ordered) else None


def days_of(batch: Artifact) -> list[dt.date]:
    """Days with purchases; batches of former versions do not note them, and are read."""
    if DAYS in batch.summary:
        return [dt.date.fromisoformat(day) for day in batch.summary[DAYS]]
    return days_in(batch.path / ROWS)
