"""Links from Airflow's tasks to the console."""

from typing import ClassVar

from airflow.configuration import conf
from airflow.sdk import BaseOperator, BaseOperatorLink
from airflow.sdk.types import TaskInstanceKey

from recsys_airflow.console.addresses import INGEST_VIEW
from recsys_airflow.operators import RecsysIngestOperator


class IngestReportLink(BaseOperatorLink):
    """The button "Report" of a task that ingests. Its address needs no run that has ended."""

    name = "Report"
    operators: ClassVar[list[type[BaseOperator]]] = [RecsysIngestOperator]

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """The address of the report's view, inside Airflow's own pages."""
        return f"{conf.get('api', 'base_url', fallback='').rstrip('/')}/plugin/{INGEST_VIEW}"
