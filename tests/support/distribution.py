"""Distribution of the tests over worker processes: a file goes to one worker as a whole, and some folders do, too."""

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

TOGETHER = (
    "tests/dags/test_daily_release.py",
    "tests/dags/test_airflow_",
    "tests/django_site/browser/",
    "tests/spark_jobs/",
    "tests/recsys_core/pipeline/trained/",
)
"""Tests that share what takes long to make: an Airflow, a browser with its shop, a Spark session, trained models. They
begin first."""


def shared_first(items: list[pytest.Item]) -> None:
    """Bring the tests that share something to the front, each kind in its order; the others follow in theirs."""
    items.sort(key=lambda item: _place(item.nodeid))


def _place(nodeid: str) -> int:
    return next((place for place, start in enumerate(TOGETHER) if nodeid.startswith(start)), len(TOGETHER))


class ByWhatIsShared(LoadFileScheduling):  # type: ignore[misc]
    """One unit of work a file, or a part of ``TOGETHER``."""

    def _split_scope(self, nodeid: str) -> Any:
        place = _place(nodeid)
        return TOGETHER[place] if place < len(TOGETHER) else super()._split_scope(nodeid)
