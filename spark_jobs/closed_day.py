"""The last closed day: orders of the running day are purchases, but of a day that is not over.

A day of one order is no day to count by. What the shop's own files hold is closed, since they are delivered when a day
is over; a day that only the storefront's orders reach is closed by the clock.
"""

import datetime as dt
from collections.abc import Iterator, Sequence

import pyarrow.compute as pc
import pyarrow.dataset as pads

from recsys_core.contracts.columns import T_DAT
from recsys_core.store.artifacts import Artifact
from spark_jobs.batches import ROWS, is_own


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


def days_of(batch: Artifact) -> Iterator[dt.date]:
    """Days with purchases, read part by part."""
    files = pads.dataset(batch.path / ROWS, format="parquet")
    for fragment in files.get_fragments() if T_DAT in files.schema.names else ():
        yield from pc.unique(fragment.to_table(columns=[T_DAT])[T_DAT]).to_pylist()
