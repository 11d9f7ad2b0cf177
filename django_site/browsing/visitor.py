"""Random number of a browser in a cookie, for experiments and click-through; it identifies no person."""

import secrets
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE: Final = "visitor"
MAX_AGE_SECONDS: Final = 180 * 24 * 3600
VISITOR_ID_LENGTH: Final = 32


def asks_for_privacy(request: HttpRequest) -> bool:
    """True if the browser asks that its user is not tracked: Global Privacy Control, or its elder, Do Not Track."""
    return "1" in (request.headers.get("Sec-GPC"), request.headers.get("DNT"))


def visitor_of(request: HttpRequest) -> str:
    """The browser's number; a new one if it has none yet or an odd one; empty for who asks for privacy."""
    if asks_for_privacy(request):
        return ""
    held: str | None = getattr(request, "_visitor", None)
    if held is None:
        sent = request.COOKIES.get(COOKIE, "")
        held = sent if len(sent) == VISITOR_ID_LENGTH and sent.isalnum() else secrets.token_hex(VISITOR_ID_LENGTH // 2)
        request._visitor = held  # type: ignore[attr-defined]
    return held


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Have the browser keep its number, or forget one that it was given before it asked for privacy."""
    if asks_for_privacy(request):
        if COOKIE in request.COOKIES:
            response.delete_cookie(COOKIE, samesite="Lax")
    elif request.COOKIES.get(COOKIE) != visitor_of(request):
        response.set_cookie(
            COOKIE,
            visitor_of(request),
            max_age=MAX_AGE_SECONDS,
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
