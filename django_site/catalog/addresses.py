"""Addresses that a page holds by the dozen, made without asking Django's resolver for each."""

from functools import cache, lru_cache
from urllib.parse import quote

from django.urls import reverse

from catalog.pictures.placeholders import Placeholder

MARK = "0"
MOST_KEPT = 16_384
"""Pieces of pages, of one kind, that a process holds as it wrote them."""


def product_url(article_id: str) -> str:
    return _filled("catalog:product", article_id)


def like_url(article_id: str) -> str:
    return _filled("imagesearch:like", article_id)


def picture_url(article_id: str) -> str:
    return _filled("catalog:picture", article_id)


@cache
def placeholder_url(placeholder: Placeholder) -> str:
    return reverse("catalog:placeholder", args=placeholder)


@lru_cache(maxsize=MOST_KEPT)
def _filled(view: str, key: str) -> str:
    before, after = _around(view)
    return f"{before}{quote(key, safe='')}{after}"


@cache
def _around(view: str) -> tuple[str, str]:
    """What stands before and after the one argument of a view's address."""
    before, _, after = reverse(view, args=[MARK]).rpartition(MARK)
    return before, after
