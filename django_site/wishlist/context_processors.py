from functools import cache
from typing import Any

from django.http import HttpRequest

from wishlist.saved import saved_by


def saved(request: HttpRequest) -> dict[str, Any]:
    """The articles that this shopper saved; looked up only where hearts are shown."""
    return {"saved": cache(lambda: frozenset(saved_by(request)))}
