"""Registration of the operations console with Airflow.

Every process of Airflow loads this file, each task's, too. The parts load when they are asked for: only the API server
builds the app.
"""

from functools import cached_property
from typing import Any

from airflow.plugins_manager import AirflowPlugin

from recsys_airflow.console.addresses import PREFIX, external_views


class RecsysPlugin(AirflowPlugin):
    """The console's app, its entries in the menu and its links from tasks."""

    name = "recsys"
    external_views = external_views()

    # mypy takes a cached property for read-only.
    @cached_property
    def fastapi_apps(self) -> list[Any]:  # type: ignore[override]
        from recsys_airflow.console.app import console

        return [{"app": console(), "url_prefix": PREFIX, "name": "Recommendations"}]

    @cached_property
    def operator_extra_links(self) -> list[Any]:  # type: ignore[override]
        from recsys_airflow.console.links import IngestReportLink

        return [IngestReportLink()]
