from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from recsys_core.serving import NoLiveReleaseError, open_live
from recsys_core.workspace import Workspace
from stock_notices.sending import send_due_notices


class Command(BaseCommand):
    help = "Send the mails about articles that are back in stock in the live release."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.SENDS_MAIL:
            raise CommandError("no mail server: set EMAIL_URL")
        try:
            release = open_live(Workspace(settings.RECSYS_WORKSPACE))
        except NoLiveReleaseError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{send_due_notices(release)} notices sent")
