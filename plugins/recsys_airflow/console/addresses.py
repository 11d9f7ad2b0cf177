"""Addresses of the console's pages, and of the views by which Airflow's user interface leads to them."""

from typing import Any, Final

PREFIX: Final = "/recsys"
"""Path below which Airflow's API server mounts the console."""
NOW: Final = "/now"
RELEASES: Final = "/releases"
DIFF: Final = "/diff"
DATA: Final = "/data"
LISTS: Final = "/lists"
QUALITY: Final = "/quality"
INGEST_REPORT: Final = "/ingest-report"
PUBLISH: Final = "/publish"
ROLLBACK: Final = "/rollback"
NAVIGATION: Final = {NOW: "Now", RELEASES: "Releases", DATA: "Data", LISTS: "Lists", QUALITY: "Quality"}
INGEST_VIEW: Final = "ingest-report"
"""Name of the report's view in ``/plugin/<name>`` of Airflow."""


def external_views() -> list[dict[str, Any]]:
    """The console's entries in Airflow's menu; addresses are relative, which holds behind a proxy with a path, too.

    The console opens by itself: in a frame of Airflow's its links to MLflow could not be followed. The report, which
    has no links, is shown inside Airflow's pages.
    """
    return [
        {"name": "Operations console", "href": _href(NOW), "destination": "nav", "category": "browse"},
        {
            "name": "Ingest report",
            "href": _href(INGEST_REPORT),
            "url_route": INGEST_VIEW,
            "destination": "nav",
            "category": "browse",
        },
    ]


def _href(path: str) -> str:
    return f"{PREFIX}{path}".removeprefix("/")
