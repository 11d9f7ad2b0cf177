"""Addresses of the console's pages, and of the views that show them inside Airflow's user interface."""

from typing import Any, Final

PREFIX: Final = "/recsys"
"""Path below which Airflow's API server mounts the console."""
INGEST_REPORT: Final = "/ingest-report"
RELEASES: Final = "/releases"
INGEST_VIEW, RELEASES_VIEW = "ingest-report", "releases"
"""Names of the views in ``/plugin/<name>`` of Airflow."""


def external_views() -> list[dict[str, Any]]:
    """The console's entries in Airflow's menu."""
    return [_view("Releases", RELEASES, RELEASES_VIEW), _view("Ingest report", INGEST_REPORT, INGEST_VIEW)]


def _view(name: str, path: str, route: str) -> dict[str, Any]:
    """An entry; its address is relative, which holds behind a proxy with a path of its own, too."""
    href = f"{PREFIX}{path}".removeprefix("/")
    return {"name": name, "href": href, "url_route": route, "destination": "nav", "category": "browse"}
