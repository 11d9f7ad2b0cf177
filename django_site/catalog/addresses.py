"""Addresses that a page holds by the dozen, made without asking Django's resolver for each."""

from functools import cache, lru_cache
from urllib.parse import quote

from django.urls import reverse

from catalog.images.placeholders import Placeholder

MARK = "0"
CACHED_ADDRESSES = 16_384


@cache
def placeholder_url(placeholder: Placeholder) -> str:
    return reverse("catalog:placeholder", args=placeholder)


@lru_cache(maxsize=CACHED_ADDRESSES)
def url(view: str, key: str = "") -> str:
    """Address of a view, with the one argument that it takes, if any."""
    if not key:
        return reverse(view)
    before, after = _around(view)
    return f"{before}{quote(key, safe='')}{after}"


@cache
def _around(view: str) -> tuple[str, str]:
    """Returns the parts of a view's address before and after its one argument."""
    before, _, after = reverse(view, args=[MARK]).rpartition(MARK)
    return before, after
