from typing import Any

from django.conf import settings
from django.http import HttpRequest

from catalog.categories import collections

MENU_LENGTH = 6


def shop(request: HttpRequest) -> dict[str, Any]:
    """Name of the shop and the menu; the menu needs a release."""
    release = getattr(request, "release", None)
    menu = collections(release)[:MENU_LENGTH] if release else []
    return {"shop_name": settings.SHOP_NAME, "menu": menu, "currency": settings.CURRENCY}
