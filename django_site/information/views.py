"""Pages that a shop fills in with its own words: help, delivery and returns, contact."""

from enum import StrEnum

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from information.own_text import own_text
from releases.middleware import without_release


class Page(StrEnum):
    """A page, by its address; ``<SHOP_TEXTS>/<address>.html`` takes the place of its built-in text."""

    HELP = "help"
    DELIVERY = "delivery"
    CONTACT = "contact"

    @property
    def heading(self) -> str:
        return {"help": "Help", "delivery": "Delivery and returns", "contact": "Contact"}[self.value]


@require_safe
@without_release
def page(request: HttpRequest, page: Page) -> HttpResponse:
    """The page in the shop's own words if it has any."""
    context = {
        "title": page.heading,
        "own_text": own_text(settings.SHOP_TEXTS and settings.SHOP_TEXTS / f"{page.value}.html"),
        "built_in": f"information/_{page.value}.html",
        "guest_checkout": settings.GUEST_CHECKOUT,
    }
    return render(request, "information/page.html", context)
