"""``recsys open-day``: the tables and the cut-off that a day's run is made from; its other stages hold on to both.

So a run of an earlier day reads nothing of later ones, and orders that arrive meanwhile do not mix two states of the
shop.
"""

import datetime as dt
import logging

from recsys_core.pipeline.plan import production_cutoff
from recsys_core.pipeline.stage import Summary
from recsys_core.store.artifacts import Artifact

log = logging.getLogger(__name__)


def open_day(tables: Artifact, day: dt.date | None = None) -> Summary:
    """``tables``, ``cutoff``, and ``purchases`` of the last day before the cut-off.

    Without ``day`` the cut-off is that of ``production_cutoff``. With it, it is the day after the last day with
    purchases up to ``day``; a day that is not over does not count.

    Raises
    ------
    ValueError
        If there is no purchase up to ``day``.
    """
    by_day: dict[str, int] = tables.summary["rows_per_day"]
    closed = production_cutoff(tables) - dt.timedelta(days=1)
    last = min(day or closed, closed).isoformat()
    if not (until := [each for each in by_day if each <= last]):
        raise ValueError(f"there is no purchase up to {last}: the first one is of {min(by_day)}")
    found = max(until)
    if day and found < day.isoformat():
        log.warning("there are no purchases of %s: the lists are those of %s", day, found)
    cutoff = dt.date.fromisoformat(found) + dt.timedelta(days=1)
    return {"tables": tables.key, "cutoff": cutoff.isoformat(), "day": found, "purchases": by_day[found]}
