from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from ops import airflow
from orders.export import export_orders
from orders.pipeline import create_event
from orders.receipts import settle
from recsys_core.workspace import Workspace


class Command(BaseCommand):
    help = "Write orders that the pipeline lacks to the raw area, tell Airflow, and mark what ingest has."

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = Workspace(settings.RECSYS_WORKSPACE)
        found = settle(workspace)
        files = export_orders(workspace.incoming)
        self._announce(len(files))
        for file in files:
            self.stdout.write(str(file))
        for what, orders in vars(found).items():
            if orders:
                self.stderr.write(f"{orders} orders {what.replace('_', ' ')}")

    def _announce(self, files: int) -> None:
        """Here and now: a thread would end with this process."""
        if files and airflow.is_configured():
            try:
                create_event(files)
            except (OSError, KeyError) as error:
                self.stderr.write(f"Airflow was not told ({error}): ingest's clock will do")
