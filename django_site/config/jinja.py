"""Jinja's environment for the pages of the shop (``<app>/jinja2/``); those of the admin stay Django templates."""

from collections.abc import Hashable
from functools import cache, lru_cache, partial
from typing import Any, Final

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.template.backends.utils import csrf_input
from django.template.defaultfilters import capfirst, date, pluralize, truncatechars
from django.templatetags.static import static
from django.utils.functional import SimpleLazyObject
from jinja2 import Environment, StrictUndefined
from jinja2.runtime import Macro

from accounts.ages import age_range, spoken_age
from browsing.statistics_choice import must_ask
from catalog.addresses import url
from catalog.categories import collections
from catalog.colours import hex_of
from catalog.formats import FILTERS
from catalog.prices import has_prices, written
from catalog.structured_data import image_address, structured_data
from orders.bag import bag_of
from wishlist.saved import saved_by

CACHED_MACRO_CALLS: Final = 16_384
"""Calls of macros that a process keeps the HTML of: halves of cards and values of facets, about 1 kB each."""
MENU_ENTRIES: Final = 6


def environment(**options: Any) -> Environment:
    """The environment that ``settings.TEMPLATES`` names; an undefined name is an error."""
    made = Environment(**{**options, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True})  # noqa: S701
    of_django = (capfirst, date, pluralize, truncatechars)
    made.filters |= {"age_range": age_range, "age_words": spoken_age, "hex_of": hex_of, "money": written}
    for_machines = (image_address, structured_data)
    made.filters |= {each.__name__: each for each in (*of_django, *FILTERS, *for_machines, cached)}
    made.globals |= {"static": cache(static), "thumbnail_widths": settings.THUMBNAIL_WIDTHS, "url": url}
    made.globals["has_prices"] = has_prices
    made.globals["name_of_shop"] = settings.SHOP_NAME
    return made


@lru_cache(CACHED_MACRO_CALLS)
def cached(macro: Macro, *args: Hashable) -> str:
    """The HTML of a macro, kept by its arguments: an article with other attributes has another card."""
    return macro(*args)


def shop(request: HttpRequest) -> dict[str, Any]:
    """Values that every page shows; saved articles and the bag are read only where a page shows them.

    All forms of a page have one token, which is made for the first of them.
    """
    release = getattr(request, "release", None)
    return {
        "shop_name": settings.SHOP_NAME,
        "currency": settings.CURRENCY,
        "menu": collections(release)[:MENU_ENTRIES] if release else [],
        "messages": get_messages(request),
        "asks_about_statistics": must_ask(request),
        "csrf_input": SimpleLazyObject(partial(csrf_input, request)),
        "saved": cache(lambda: frozenset(saved_by(request))),
        "bag_item_count": cache(lambda: sum(bag_of(request).quantities().values())),
    }
