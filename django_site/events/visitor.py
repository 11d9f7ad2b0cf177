"""Who a browser is, without knowing who: a random number in a cookie, for experiments and click-through."""

import secrets
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE: Final = "visitor"
MAX_AGE: Final = 180 * 24 * 3600
LENGTH: Final = 32


def visitor_of(request: HttpRequest) -> str:
    """The browser's number; a new one if it has none yet or an odd one."""
    held: str | None = getattr(request, "_visitor", None)
    if held is None:
        sent = request.COOKIES.get(COOKIE, "")
        held = sent if len(sent) == LENGTH and sent.isalnum() else secrets.token_hex(LENGTH // 2)
        request._visitor = held  # type: ignore[attr-defined]
    return held


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Have the browser keep its number."""
    if request.COOKIES.get(COOKIE) != visitor_of(request):
        response.set_cookie(
            COOKIE,
            visitor_of(request),
            max_age=MAX_AGE,
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
