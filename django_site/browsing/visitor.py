"""Random number of a browser in a cookie, for experiments and click-through; it identifies no person.

Only a browser whose visit may be recorded has one (``statistics_choice.py``).
"""

import secrets
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from browsing.statistics_choice import statistics_allowed

COOKIE: Final = "visitor"
MAX_AGE_SECONDS: Final = 180 * 24 * 3600
VISITOR_ID_LENGTH: Final = 32


def visitor_of(request: HttpRequest) -> str:
    """The browser's number; a new one if it has none yet or an odd one; empty if nothing may be recorded."""
    if not statistics_allowed(request):
        return ""
    held: str | None = getattr(request, "_visitor", None)
    if held is None:
        sent = request.COOKIES.get(COOKIE, "")
        held = sent if len(sent) == VISITOR_ID_LENGTH and sent.isalnum() else secrets.token_hex(VISITOR_ID_LENGTH // 2)
        request._visitor = held  # type: ignore[attr-defined]
    return held


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Have the browser keep its number, or forget one that it may no longer have."""
    if not statistics_allowed(request):
        if COOKIE in request.COOKIES:
            forget(response)
    elif request.COOKIES.get(COOKIE) != visitor_of(request):
        response.set_cookie(
            COOKIE,
            visitor_of(request),
            max_age=MAX_AGE_SECONDS,
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )


def forget(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, samesite="Lax")
