from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import urlpatterns as shop_urls
from releases.middleware import without_release


@without_release
def empty(request: HttpRequest) -> HttpResponse:
    """Empty view that measures the cost of middleware, server and load generator."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [path("empty", empty), *shop_urls]
