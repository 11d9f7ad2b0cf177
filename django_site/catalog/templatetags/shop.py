"""What templates need to show articles: picture, price, swatch, counts."""

from collections.abc import Callable, Set
from decimal import Decimal
from functools import cache, lru_cache
from html import escape
from zlib import crc32

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from catalog.addresses import MOST_KEPT, drawing_url, picture_url
from catalog.colours import hex_of
from catalog.pictures.looks import look_of
from catalog.prices import shop_price, written
from recommendations.reasons import age_range, spoken_age
from recsys_core.serving import Article

register = template.Library()
register.filter("age_words", spoken_age)
register.filter("age_range", age_range)

SIZES = {
    "grid": "(min-width: 75rem) 17rem, (min-width: 56rem) 28vw, (min-width: 40rem) 33vw, 50vw",
    "rail": "(min-width: 56rem) 15vw, 40vw",
    "tile": "(min-width: 56rem) 18vw, 45vw",
    "page": "(min-width: 56rem) 45vw, 100vw",
    "thumb": "4rem",
}
"""How wide a picture is shown, by place, for the browser to choose a file."""
ASPECT = 1.5
EAGER, LAZY = 'fetchpriority="high"', 'loading="lazy"'


@register.simple_tag
def picture(article: Article, place: str, eager: bool = False, alt: str | None = None) -> SafeString:
    """The article's photograph in the widths on offer, or its drawing."""
    text = escape(picture_text(article) if alt is None else alt)
    widths, width = settings.THUMBNAIL_WIDTHS, settings.THUMBNAIL_WIDTHS[2]
    rest = f'width="{width}" height="{round(width * ASPECT)}" alt="{text}" {EAGER if eager else LAZY} decoding="async"'
    if not article.has_image:
        return SafeString(f'<img src="{drawing_url(str(look_of(article)))}" {rest}>')
    address = picture_url(article.article_id)
    srcset = ", ".join(f"{address}?w={each} {each}w" for each in widths)
    return SafeString(f'<img src="{address}?w={width}" srcset="{srcset}" sizes="{SIZES[place]}" {rest}>')


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
def picture_text(article: Article) -> str:
    """What the picture shows, beside the name: "Black vest top"."""
    return f"{article.colour_group_name} {article.product_type_name.lower()}"


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


HEART = (
    '<button type="submit" class="heart" form="save-form" name="article" value="{}" aria-pressed="{}">'
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 20.5C6 16 3 12.6 3 8.9a4.9 4.9 0 0 1 9-2.7 4.9 4.9 0 0 1'
    ' 9 2.7c0 3.7-3 7.1-9 11.6z"/></svg><span class="hidden">Save {}</span></button>'
)


@register.simple_tag
def heart(article: Article, saved: Callable[[], Set[str]] | Set[str]) -> SafeString:
    """The button that saves an article, pressed if it is among ``saved``."""
    held = saved() if callable(saved) else saved
    pressed = "true" if article.article_id in held else "false"
    name = escape(f"{article.prod_name}, {article.colour_group_name}")
    return SafeString(HEART.format(escape(article.article_id), pressed, name))


@register.simple_tag
def swatch(colour: str) -> SafeString:
    """A dot in the colour (an SVG attribute, because inline styles are forbidden here)."""
    return format_html(
        '<svg class="swatch" viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="9" fill="{}"/></svg>',
        hex_of(colour),
    )


@lru_cache(maxsize=MOST_KEPT)
def element_id(param: str, value: str) -> SafeString:
    return SafeString(f"{param}-{crc32(value.encode()):x}")


@lru_cache(maxsize=MOST_KEPT)
def checkbox(param: str, value: str, checked: bool) -> SafeString:
    """Of one value of a facet, with its name; a page holds seventy, every page the same."""
    box = f'<input type="checkbox" id="{element_id(param, value)}" name="{param}" value="{escape(value)}"'
    dot = swatch(value) if param == "colour" else ""
    return SafeString(f'{box}{" checked" if checked else ""}>{dot}<span class="value">{escape(value)}</span>')


@register.simple_tag
def hidden_params(values: object, name: str) -> SafeString:
    """One hidden input per value."""
    rows = ((name, value) for value in sorted(values))  # type: ignore[call-overload]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', rows)
