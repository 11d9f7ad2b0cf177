"""Mails about articles that are back start with the first request of a process that sees a release."""

import logging
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse

from ops.background import in_background
from recsys_core.serving import Release
from stock_notices.sending import send_due_notices

log = logging.getLogger(__name__)


class SendNoticesOfNewReleases:
    """Sends what is due in a thread of its own, once in each process for each release; nobody waits for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._seen = ""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        release: Release | None = getattr(request, "release", None)
        if settings.SENDS_MAIL and release and release.id != self._seen:
            self._seen = release.id
            in_background(partial(_send, release))
        return response


def _send(release: Release) -> None:
    try:
        send_due_notices(release)
    except Error:
        log.exception("notices of stock cannot be read, so none were sent")
