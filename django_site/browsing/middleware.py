from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from browsing.statistics_choice import statistics_allowed
from browsing.visitor import remember


class RememberVisitor:
    """Sets the visitor's cookie on answers to requests that something was noted of; never on one for everybody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_public = "public" in response.get("Cache-Control", "")  # kept by caches between shop and browser
        if not is_public and (hasattr(request, "_visitor") or not statistics_allowed(request)):
            remember(request, response)
        return response
