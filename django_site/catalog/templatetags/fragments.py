"""What makes a page long: cards, facets and the listing around them; and what every page begins and ends with.

Jinja templates, because those are quick, and functions for what repeats (docs/adr/0016-fragments-in-jinja.md).
"""

from collections.abc import Callable, Sequence, Set
from functools import cache
from pathlib import Path

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template import Context
from django.template.backends.utils import csrf_input
from django.templatetags.static import static
from django.utils.safestring import SafeString
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from catalog.listing import Card
from catalog.pieces import card_items, facet_values
from catalog.templatetags.shop import address, articles, count, hidden_params

register = template.Library()
environment = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "fragments"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=settings.DEBUG,
    trim_blocks=True,
    lstrip_blocks=True,
)
environment.filters |= {"count": count, "articles": articles}
environment.globals |= {
    "address": address,
    "card_items": card_items,
    "facet_values": facet_values,
    "hidden_params": hidden_params,
    "static": cache(static),
}


@register.simple_tag(takes_context=True)
def page_top(context: Context) -> SafeString:
    """What every page begins with: search field, account, bag and menu."""
    listing, category, user = context.get("listing"), context.get("category"), context["user"]
    return _render(
        "top.html",
        **_for_the_frame(context),
        searched=listing.query.text if listing else "",
        signed_in=user.is_authenticated and (user.first_name or user.username),
        come_back=not context.get("hide_next"),
        pieces=context["bag_pieces"](),
        oob=False,
        menu=context["menu"],
        within=(category, category.parent) if category else (),
    )


@register.simple_tag(takes_context=True)
def page_bottom(context: Context) -> SafeString:
    """What every page ends with; the hearts' form is there, to be sent without JavaScript too."""
    return _render("bottom.html", **_for_the_frame(context), release=getattr(context["request"], "release", None))


@register.simple_tag(takes_context=True)
def pieces_changed(context: Context) -> SafeString:
    """How many pieces lie in the bag, put in place by htmx."""
    return _render("pieces.html", pieces=context["bag_pieces"](), oob=True)


@register.simple_tag(takes_context=True)
def cards(context: Context, shown: Sequence[Card], size: str, eager: int = 0) -> SafeString:
    """The items of a list of cards; the pictures of the first ``eager`` are loaded at once."""
    saved: Callable[[], Set[str]] = context["saved"]
    return card_items(shown, size, eager, saved())


@register.simple_tag(takes_context=True)
def listing_with_facets(context: Context) -> SafeString:
    """The listing of a page: filters, chips, cards, pager."""
    saved: Callable[[], Set[str]] = context["saved"]
    names = ("listing", "place", "currency")
    values = {name: context[name] for name in names} | {"release_id": context["request"].release.id}
    return _render("listing.html", saved=saved(), oob=False, **values, **_wider(context))


@register.simple_tag(takes_context=True)
def pager(context: Context) -> SafeString:
    """The way on after further cards, put in place by htmx."""
    return _render("pager.html", listing=context["listing"], oob=True, **_wider(context))


def _for_the_frame(context: Context) -> dict[str, object]:
    """What both ends of a page name; their forms share one token against forgery."""
    request: HttpRequest = context["request"]
    if not hasattr(request, "_csrf_input"):
        request._csrf_input = csrf_input(request)  # type: ignore[attr-defined]
    names = {"shop_name": context["shop_name"], "path": request.get_full_path()}
    return {**names, "csrf_input": request._csrf_input}  # type: ignore[attr-defined]


def _wider(context: Context) -> dict[str, object]:
    """The same filters on the whole shop, where the page is not that."""
    return {"everything_url": context.get("everything_url", "")}


def _render(name: str, **values: object) -> SafeString:
    return SafeString(environment.get_template(name).render(values))
