"""Limits of requests by client: so many in a window of time. A setting of 0 is no limit and costs no query."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, Final, TypeVar

from django.conf import settings
from django.db import Error
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac

from limits.client_address import client_address
from limits.models import RequestCount

log = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., HttpResponse])


@dataclass(frozen=True)
class Limit:
    name: str
    setting: str
    """Setting with the number of requests."""
    seconds: int


SEARCHES: Final = Limit("searches", "SEARCHES_PER_MINUTE", 60)
UPLOADS: Final = Limit("uploads", "UPLOADS_PER_MINUTE", 60)
SIGN_UPS: Final = Limit("sign-ups", "SIGN_UPS_PER_HOUR", 3600)
GUEST_ORDERS: Final = Limit("guest orders", "GUEST_ORDERS_PER_HOUR", 3600)
STOCK_NOTICES: Final = Limit("stock notices", "STOCK_NOTICES_PER_HOUR", 3600)
PASSWORD_RESETS: Final = Limit("password resets", "PASSWORD_RESETS_PER_HOUR", 3600)


class TooManyRequestsError(Exception):
    """A client is over a limit."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many requests. Try again in {seconds} seconds.")
        self.seconds = seconds
        """Time until the next window."""


def count_request(request: HttpRequest, limit: Limit) -> None:
    """Counts a request. While the database is away nothing is counted, and every request is let through.

    Raises
    ------
    TooManyRequestsError
        If its client has used up the window; such a request does not count.
    """
    allowed = getattr(settings, limit.setting)
    if not allowed:
        return
    now = time.time()
    window = int(now // limit.seconds)
    try:
        is_within = _count(limit, _digest(request), window, allowed)
    except Error:
        _log_outage(int(now // 60))
        return
    if not is_within:
        raise TooManyRequestsError(max(1, round((window + 1) * limit.seconds - now)))


def _count(limit: Limit, client: str, window: int, allowed: int) -> bool:
    """False if the client has used up the window."""
    row, is_new = RequestCount.objects.get_or_create(limit=limit.name, client=client, window=window)
    if is_new:
        RequestCount.objects.filter(limit=limit.name, window__lt=window).delete()
    return bool(RequestCount.objects.filter(pk=row.pk, requests__lt=allowed).update(requests=F("requests") + 1))


@lru_cache(1)
def _log_outage(minute: int) -> None:
    """One line a minute in each process says it, however many requests come."""
    log.exception("requests cannot be counted, so there are no limits")


def limited(limit: Limit, *methods: str) -> Callable[[View], View]:
    """Decorates a view: a client over the limit gets a page that says how long to wait, with status 429.

    Counts requests of ``methods``, by default of all.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                if not methods or request.method in methods:
                    count_request(request, limit)
            except TooManyRequestsError as refusal:
                return too_many(request, refusal.seconds)
            return view(request, *args, **kwargs)

        return answer  # type: ignore[return-value]

    return decorate


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    response = render(request, "limits/too_many.html", {"seconds": seconds}, status=429)
    response.headers["Retry-After"] = str(seconds)
    response.headers["HX-Refresh"] = "true"  # htmx swaps no part of a page with this status
    return response


def _digest(request: HttpRequest) -> str:
    return salted_hmac("limits", client_address(request) or "", algorithm="sha256").hexdigest()
