from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from catalog.prices import suit
from recsys_core.serving import Release


class SuitPrices:
    """Takes the factor of prices from the release that a request is answered from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        release: Release | None = getattr(request, "release", None)
        if release:
            suit(release)
