"""What repeats by the dozen on a page: cards and facets, as Jinja templates (docs/adr/0016-fragments-in-jinja.md)."""

from collections.abc import Callable, Sequence, Set
from pathlib import Path

from django import template
from django.conf import settings
from django.template import Context
from django.utils.safestring import SafeString
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from catalog.addresses import like_url, product_url
from catalog.listing import Card, FacetGroup
from catalog.templatetags.shop import checkbox, count, element_id, heart, picture, price

register = template.Library()
environment = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "fragments"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=settings.DEBUG,
    trim_blocks=True,
    lstrip_blocks=True,
)
environment.filters |= {"price": price, "count": count}
environment.globals |= {
    "picture": picture,
    "heart": heart,
    "checkbox": checkbox,
    "element_id": element_id,
    "product_url": product_url,
    "like_url": like_url,
}


@register.simple_tag(takes_context=True)
def cards(context: Context, shown: Sequence[Card], place: str, eager: int = 0) -> SafeString:
    """The items of a list of cards; the pictures of the first ``eager`` are loaded at once."""
    saved: Callable[[], Set[str]] = context["saved"]
    return _render("cards.html", cards=shown, place=place, eager=eager, saved=saved())


@register.simple_tag
def facet(group: FacetGroup, open: bool = False) -> SafeString:
    """One group of filters; open if asked for, or if something in it is chosen."""
    return _render("facet.html", group=group, open=open)


def _render(name: str, **values: object) -> SafeString:
    return SafeString(environment.get_template(name).render(values))
