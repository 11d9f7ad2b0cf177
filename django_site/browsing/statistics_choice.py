"""A shopper's choice about statistics, kept in a cookie of its own. Without one nothing is recorded."""

from typing import Final, Literal, get_args

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE: Final = "statistics"
MAX_AGE_SECONDS: Final = 180 * 24 * 3600
"""Afterwards the shop asks again."""
Choice = Literal["yes", "no"]
CHOICES: Final = get_args(Choice)


def asks_for_privacy(request: HttpRequest) -> bool:
    """True if the browser asks that its user is not tracked: Global Privacy Control, or its elder, Do Not Track."""
    return "1" in (request.headers.get("Sec-GPC"), request.headers.get("DNT"))


def choice_of(request: HttpRequest) -> str:
    """The choice that was made with this browser; empty if none was."""
    held = request.COOKIES.get(COOKIE, "")
    return held if held in CHOICES else ""


def statistics_allowed(request: HttpRequest) -> bool:
    """True if this browser's visit may be recorded. ``STATISTICS=on`` records whoever does not object."""
    if settings.STATISTICS == "off" or asks_for_privacy(request):
        return False
    choice = choice_of(request)
    return choice != "no" if settings.STATISTICS == "on" else choice == "yes"


def must_ask(request: HttpRequest) -> bool:
    """True if the page asks for the choice; a browser that asks for privacy has chosen."""
    return settings.STATISTICS == "ask" and not asks_for_privacy(request) and not choice_of(request)


def remember_choice(response: HttpResponse, choice: str) -> None:
    response.set_cookie(
        COOKIE,
        choice,
        max_age=MAX_AGE_SECONDS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
