"""Around every request: compression of text, one log line, metrics."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from ops import metrics

log = logging.getLogger("shop.requests")

GetResponse = Callable[[HttpRequest], HttpResponse]
QUIET = frozenset({"healthz", "readyz"})
COMPRESSIBLE = ("text/", "application/json", "application/xml", "image/svg+xml")


class CompressText(GZipMiddleware):
    """Django's gzip (with its padding against BREACH) for text; JPEG would only get slower."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith(COMPRESSIBLE):
            return response
        return super().process_response(request, response)


class ObserveRequests:
    """Counts and times every request and logs it with release and tier."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        _record(request, response, time.perf_counter() - started)
        return response


def _record(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    view = request.resolver_match.view_name if request.resolver_match else "none"
    metrics.REQUESTS.labels(view, _known(request.method), response.status_code).inc()
    metrics.SECONDS.labels(view).observe(seconds)
    if tier := response.headers.get("X-Fallback-Tier"):
        metrics.TIERS.labels(tier).inc()
    log.log(
        logging.DEBUG if view in QUIET else logging.INFO,
        "%s %s %s",
        request.method,
        request.path,
        response.status_code,
        extra={
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
            "view": view,
            "release": response.headers.get("X-Release-Id"),
            "tier": tier,
        },
    )


def _known(method: str | None) -> str:
    """A made-up method must not make a metric series of its own."""
    return method if method in ("GET", "HEAD", "POST", "OPTIONS") else "other"
