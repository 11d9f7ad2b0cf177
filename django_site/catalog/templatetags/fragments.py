"""What makes a page long: cards, facets and the listing around them.

Jinja templates, because those are quick (docs/adr/0016-fragments-in-jinja.md).
"""

from collections.abc import Callable, Sequence, Set
from pathlib import Path

from django import template
from django.conf import settings
from django.template import Context
from django.utils.safestring import SafeString
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from catalog.addresses import like_url, product_url
from catalog.listing import Card
from catalog.templatetags.shop import articles, checkbox, count, element_id, heart, hidden_params, picture, price

register = template.Library()
environment = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "fragments"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=settings.DEBUG,
    trim_blocks=True,
    lstrip_blocks=True,
)
environment.filters |= {"price": price, "count": count, "articles": articles}
environment.globals |= {
    "picture": picture,
    "heart": heart,
    "checkbox": checkbox,
    "element_id": element_id,
    "hidden_params": hidden_params,
    "product_url": product_url,
    "like_url": like_url,
}


@register.simple_tag(takes_context=True)
def cards(context: Context, shown: Sequence[Card], size: str, eager: int = 0) -> SafeString:
    """The items of a list of cards; the pictures of the first ``eager`` are loaded at once."""
    saved: Callable[[], Set[str]] = context["saved"]
    return _render("cards.html", cards=shown, size=size, eager=eager, saved=saved())


@register.simple_tag(takes_context=True)
def listing_with_facets(context: Context) -> SafeString:
    """The listing of a page: filters, chips, cards, pager."""
    saved: Callable[[], Set[str]] = context["saved"]
    names = ("listing", "place", "currency")
    return _render(
        "listing.html", saved=saved(), oob=False, **{name: context[name] for name in names}, **_wider(context)
    )


@register.simple_tag(takes_context=True)
def pager(context: Context) -> SafeString:
    """The way on after further cards, put in place by htmx."""
    return _render("pager.html", listing=context["listing"], oob=True, **_wider(context))


def _wider(context: Context) -> dict[str, str]:
    """The same filters on the whole shop, where the page is not that."""
    return {"everything_url": context.get("everything_url", "")}


def _render(name: str, **values: object) -> SafeString:
    return SafeString(environment.get_template(name).render(values))
