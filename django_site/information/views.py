"""Pages that a shop fills in with its own words: help, delivery and returns, contact."""

from enum import StrEnum

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from markupsafe import Markup

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
    context = {"title": page.heading, "own_text": _own_text(page), "built_in": f"information/_{page.value}.html"}
    return render(request, "information/page.html", context)


def _own_text(page: Page) -> Markup | None:
    """The file is the shop's own, as its templates are; it is read each time, so that an edit shows."""
    file = settings.SHOP_TEXTS / f"{page.value}.html" if settings.SHOP_TEXTS else None
    return Markup(file.read_text(encoding="utf-8")) if file and file.is_file() else None  # noqa: S704
