from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import services
from accounts.demo import choose_demo_customers
from recsys_core.serving import NoLiveReleaseError, open_live
from recsys_core.workspace import Workspace


class Command(BaseCommand):
    help = "Make logins for the live release's demo customers; writes and prints their passwords."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            customers = choose_demo_customers(open_live(Workspace(settings.RECSYS_WORKSPACE)))
        except NoLiveReleaseError as error:
            raise CommandError(str(error)) from None
        path = Path(settings.WEB_DIR) / services.DEMO_LOGINS_FILE
        try:
            passwords = services.replace_demo_customers(customers, services.read_demo_logins(path))
        except ValueError as error:
            raise CommandError(str(error)) from None
        services.write_demo_logins(path, customers, passwords)
        for customer in customers:
            about = ", ".join(filter(None, (customer.age_interval, customer.habit)))
            self.stdout.write(f"{customer.username:<10} {passwords[customer.username]:<14} {about}")
