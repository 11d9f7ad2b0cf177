"""The sitemaps of a release: its categories, and the articles that can be bought."""

import zlib
from datetime import datetime
from typing import Final

import numpy as np
from django.contrib.sitemaps import Sitemap
from django.contrib.sites.requests import RequestSite
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from catalog.categories import collections, departments
from catalog.listing import Indices
from catalog.per_release import per_release
from recsys_core.serving import Release

MAX_ADDRESSES: Final = 10_000
"""Addresses of one page of a sitemap."""
ORIGIN: Final = "https://shop.invalid"
"""Stands in kept pages for the origin, which each answer puts in its place: many hosts share what is kept."""


class _NoSite(RequestSite):
    def __init__(self) -> None:
        self.domain = self.name = ORIGIN.partition("://")[2]


class ReleaseSitemap(Sitemap):  # type: ignore[type-arg]  # not a generic class at run time
    limit = MAX_ADDRESSES

    def __init__(self, release: Release) -> None:
        self.release = release
        self.lastmod = datetime.fromisoformat(release.manifest["created_at"])


class Categories(ReleaseSitemap):
    """The front page, the whole catalogue, collections and departments."""

    def items(self) -> list[str]:
        groups = collections(self.release)
        below = (category for group in groups for category in departments(self.release, group))
        lists = [reverse("recommendations:home"), reverse("catalog:everything")]
        return lists + [category.url for category in (*groups, *below)]

    def location(self, item: str) -> str:
        return item


class Products(ReleaseSitemap):
    """Articles in stock; what is sold out keeps its page, but nobody is led there."""

    def items(self) -> Indices:
        return np.flatnonzero(self.release.catalogue.in_stock)

    def location(self, item: int) -> str:
        return reverse("catalog:product", args=[self.release.catalogue.article_ids[item].decode()])


def sitemaps_of(release: Release) -> dict[str, ReleaseSitemap]:
    return {"categories": Categories(release), "products": Products(release)}


def page_of_sitemap(request: HttpRequest, release: Release, section: str, page: int) -> bytes:
    """One page of a sitemap as XML.

    Raises
    ------
    LookupError
        If there is no such section or page.
    """
    found = sitemaps_of(release).get(section)
    if found is None or not 1 <= page <= found.paginator.num_pages:
        raise LookupError(f"no page {page} of a sitemap {section!r}")
    origin = request.build_absolute_uri("/").rstrip("/")
    return zlib.decompress(_compressed(release, section, page)).replace(ORIGIN.encode(), origin.encode())


@per_release
def _compressed(release: Release, section: str, page: int) -> bytes:
    """A page as it is kept: 10,000 addresses take 50 kB."""
    scheme = ORIGIN.partition("://")[0]
    urlset = sitemaps_of(release)[section].get_urls(page=page, site=_NoSite(), protocol=scheme)
    return zlib.compress(render_to_string("sitemap.xml", {"urlset": urlset}).encode())
