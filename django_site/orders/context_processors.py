from functools import cache
from typing import Any

from django.http import HttpRequest

from orders.bag import bag_of


def bag(request: HttpRequest) -> dict[str, Any]:
    """How many pieces lie in the bag; counted only where it is shown."""
    return {"bag_pieces": cache(lambda: sum(bag_of(request).quantities().values()))}
