"""What templates need to show articles: picture, heart, price, counts."""

from decimal import Decimal
from functools import cache

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.ages import age_range, spoken_age
from catalog.pieces import heart, picture, picture_text
from catalog.prices import shop_price, written
from recsys_core.serving import Article

register = template.Library()
register.filter("age_words", spoken_age)
register.filter("age_range", age_range)
register.filter(picture_text)
register.simple_tag(picture)
register.simple_tag(heart)


@register.simple_tag
@cache
def address(view: str) -> str:
    """Of a view without arguments, asked for once a process; the frame of a page holds dozens."""
    return reverse(view)


@register.simple_tag
@cache
def once(name: str) -> SafeString:
    """A template that is the same for everybody, rendered once a process."""
    return render_to_string(name)


@register.filter
def price(article: Article) -> str:
    return written(shop_price(article.price))


@register.filter
def money(amount: Decimal) -> str:
    """An amount that is in the shop's currency already."""
    return written(amount)


@register.filter
def count(number: int) -> str:
    """12,345."""
    return f"{number:,}"


@register.filter
def articles(number: int) -> str:
    """In words: 1 article, 1,204 articles."""
    return f"{number:,} article{'' if number == 1 else 's'}"


@register.filter
def share(value: float | None) -> str:
    """A share in per cent; a dash for none."""
    return "–" if value is None else f"{100 * value:.1f} %"


@register.filter
def share_range(bounds: tuple[float, float] | None) -> str:
    return "–" if bounds is None else f"{100 * bounds[0]:.1f} to {100 * bounds[1]:.1f}"


@register.filter
def points(value: float | None) -> str:
    """A difference of two shares in percentage points."""
    return "–" if value is None else f"{100 * value:+.1f}"


@register.filter
def points_range(bounds: tuple[float, float] | None) -> str:
    return "–" if bounds is None else f"{100 * bounds[0]:+.1f} to {100 * bounds[1]:+.1f}"


@register.filter
def pair(first: object, second: object) -> tuple[object, object]:
    return first, second


@register.simple_tag
def hidden_params(values: object, name: str) -> SafeString:
    """One hidden input per value."""
    rows = ((name, value) for value in sorted(values))  # type: ignore[call-overload]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', rows)
