from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from orders.export import export_orders
from orders.pipeline import announce_orders
from recsys_core.home import Home


class Command(BaseCommand):
    help = "Write orders that are not yet in the raw area as an increment, and tell Airflow."

    def handle(self, *args: Any, **options: Any) -> None:
        files = export_orders(Home(settings.RECSYS_HOME).incoming)
        announce_orders(len(files))
        for file in files:
            self.stdout.write(str(file))
