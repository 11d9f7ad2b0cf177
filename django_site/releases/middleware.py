"""One release per request: resolved once, so that list, catalogue and search of a page belong together."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django_htmx.middleware import HtmxDetails

from ops import metrics
from recsys_core.serving import NoLiveReleaseError, Release, open_live
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class ShopRequest(HttpRequest):
    """A request that passed the middleware."""

    release: Release
    htmx: HtmxDetails


def without_release(view: View) -> View:
    """Mark a view that answers without a release (health, metrics, images)."""
    view.needs_no_release = True  # type: ignore[attr-defined]
    return view


class LiveRelease:
    """Sets ``request.release`` and the ``X-Release-Id`` header; without a live release, a friendly 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if release := getattr(request, "release", None):
            response.headers["X-Release-Id"] = release.id
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if getattr(view, "needs_no_release", False) or _is_admin(request):
            return None
        try:
            request.release = open_live(Workspace(settings.RECSYS_WORKSPACE))  # type: ignore[attr-defined]
        except NoLiveReleaseError as error:
            return _no_release(request, error)
        except (OSError, ValueError, KeyError) as error:
            log.exception("the live release cannot be opened")
            return _no_release(request, error)
        return None


def _is_admin(request: HttpRequest) -> bool:
    """Django's admin is about the shop's own records: staff get in whatever is published."""
    return bool(request.resolver_match and request.resolver_match.app_name == "admin")


def _no_release(request: HttpRequest, error: Exception) -> HttpResponse:
    metrics.NO_RELEASE.inc()
    log.warning("no release to serve: %s", error)
    response = render(request, "503.html", status=503)
    response.headers["Retry-After"] = "30"
    response.headers["Cache-Control"] = "no-store"
    return response
