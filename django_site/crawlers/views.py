"""Addresses that crawlers and browsers ask for by themselves."""

from typing import Final

from django.contrib.sitemaps.views import index
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from crawlers.sitemaps import page_of_sitemap, sitemaps_of
from releases.middleware import ShopRequest, without_release

DISALLOWED: Final = ("/account/", "/api/", "/bag/", "/p/*/like/", "/search", "/session/", "/staff/")
"""Beginnings of addresses that no crawler should ask for."""
MAX_AGE_SECONDS: Final = 3600


@require_safe
@without_release
@cache_control(public=True, max_age=MAX_AGE_SECONDS)
def robots(request: HttpRequest) -> HttpResponse:
    sitemap = request.build_absolute_uri(reverse("crawlers:sitemap-index"))
    context = {"disallowed": DISALLOWED, "sitemap": sitemap}
    return render(request, "crawlers/robots.txt", context, content_type="text/plain; charset=utf-8")


@require_safe
@without_release
@cache_control(public=True, max_age=MAX_AGE_SECONDS)
def favicon(request: HttpRequest) -> HttpResponse:
    """Redirects to the file, whose address changes with its content."""
    return HttpResponseRedirect(static("shop/favicon.ico"))


@require_safe
@cache_control(public=True, max_age=MAX_AGE_SECONDS)
def sitemap_index(request: ShopRequest) -> HttpResponseBase:
    """Names the pages of all sitemaps."""
    return index(request, {**sitemaps_of(request.release)}, sitemap_url_name="crawlers:sitemap-page")


@require_safe
@cache_control(public=True, max_age=MAX_AGE_SECONDS)
def sitemap_page(request: ShopRequest, section: str) -> HttpResponse:
    """One page, ``?p=``, of at most ``MAX_ADDRESSES`` addresses."""
    asked = request.GET.get("p", "1")
    page = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    try:
        document = page_of_sitemap(request, request.release, section, page)
    except LookupError as error:
        raise Http404(str(error)) from None
    return HttpResponse(document, content_type="application/xml")
