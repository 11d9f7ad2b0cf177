"""Addresses of the console's pages, and of the views that show them inside Airflow's user interface."""

from typing import Any, Final

PREFIX: Final = "/recsys"
"""Path below which Airflow's API server mounts the console."""
INGEST_REPORT: Final = "/ingest-report"
INGEST_VIEW: Final = "ingest-report"
"""Name of the view of the ingest report in ``/plugin/<name>`` of Airflow."""


def external_views() -> list[dict[str, Any]]:
    """The console's entries in Airflow's menu. Relative addresses hold behind a proxy with a path of its own, too."""
    report = f"{PREFIX}{INGEST_REPORT}".removeprefix("/")
    return [
        {
            "name": "Ingest report",
            "href": report,
            "url_route": INGEST_VIEW,
            "destination": "nav",
            "category": "browse",
        }
    ]
