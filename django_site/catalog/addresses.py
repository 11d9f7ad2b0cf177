"""Addresses that a page holds by the dozen, made without asking Django's resolver for each."""

from collections.abc import Callable
from functools import cache, lru_cache
from urllib.parse import quote

from django.urls import reverse

from catalog.images.placeholders import Placeholder
from recsys_core.contracts.article_ids import encode

MARK = "0"
ODD = "_"
"""A text that addresses of articles hold in another form (``catalog/converters.py``), all others as it is."""
CACHED_ADDRESSES = 16_384


@cache
def placeholder_url(placeholder: Placeholder) -> str:
    return reverse("catalog:placeholder", args=placeholder)


@lru_cache(maxsize=CACHED_ADDRESSES)
def url(view: str, key: str = "") -> str:
    """Address of a view, with the one argument that it takes, if any."""
    if not key:
        return reverse(view)
    before, written, after = _parts(view)
    return f"{before}{written(key)}{after}"


@cache
def _parts(view: str) -> tuple[str, Callable[[str], str], str]:
    """Returns the parts of a view's address before and after its one argument, and between them how that is written."""
    before, _, after = reverse(view, args=[MARK]).rpartition(MARK)
    takes_article = encode(ODD) in reverse(view, args=[ODD])
    return before, encode if takes_article else _quoted, after


def _quoted(key: str) -> str:
    return quote(key, safe="")
