"""Answer to a sign-in, the shop's or staff's, that was tried too often."""

from math import ceil
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.sign_in_limits import seconds_to_wait


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """Says how long to wait; the same for usernames that do not exist. Called by django-axes."""
    username = (credentials or {}).get("username") or request.POST.get("username", "")
    seconds = seconds_to_wait(request, username)
    page = render(request, "account_pages/locked_out.html", {"minutes": ceil(seconds / 60)}, status=429)
    page.headers["Retry-After"] = str(seconds)
    page.headers["Cache-Control"] = "no-store"
    return page
