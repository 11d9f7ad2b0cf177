"""The pieces that pages hold by the dozen: pictures, hearts, cards, values of facets. Written once, then kept."""

from collections.abc import Callable, Iterable, Set
from functools import lru_cache
from html import escape
from typing import Final
from zlib import crc32

from django.conf import settings
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from catalog.addresses import MOST_KEPT, like_url, picture_url, placeholder_url, product_url
from catalog.colours import hex_of
from catalog.listing import Card, FacetGroup
from catalog.pictures.placeholders import placeholder_of
from catalog.prices import shop_price, written
from recsys_core.serving import Article

SIZES: Final = {
    "grid": "(min-width: 75rem) 17rem, (min-width: 56rem) 28vw, (min-width: 40rem) 33vw, 50vw",
    "rail": "(min-width: 56rem) 15vw, 40vw",
    "tile": "(min-width: 56rem) 18vw, 45vw",
    "page": "(min-width: 56rem) 45vw, 100vw",
    "thumb": "4rem",
}
"""How wide a picture is shown, by place, for the browser to choose a file."""
CARDS_KEPT: Final = 4096
"""Cards, by article, place and heart, that a process keeps as it wrote them."""
ASPECT: Final = 1.5
EAGER: Final = 'fetchpriority="high"'
LAZY: Final = 'loading="lazy"'
HEART: Final = (
    '<button type="submit" class="heart" form="save-form" name="article" value="{}" aria-pressed="{}">'
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 20.5C6 16 3 12.6 3 8.9a4.9 4.9 0 0 1 9-2.7 4.9 4.9 0 0 1'
    ' 9 2.7c0 3.7-3 7.1-9 11.6z"/></svg><span class="hidden">Save {}</span></button>'
)
MORE_LIKE_THIS: Final = (
    '<a class="alike" rel="nofollow" href="{}" aria-label="More like {}"><svg viewBox="0 0 24 24" aria-hidden="true">'
    '<path d="M4 8.5V4h11v13h-4.5"/><path d="M4 8.5h6.5V20H4z"/></svg></a>'
)
SOLD_OUT: Final = '<span class="tag">Out of stock</span>'


def picture(article: Article, place: str, eager: bool = False, alt: str | None = None) -> SafeString:
    """The article's photograph in the widths on offer, or its placeholder."""
    text = escape(picture_text(article) if alt is None else alt)
    widths = settings.THUMBNAIL_WIDTHS
    width = widths[2]
    rest = f'width="{width}" height="{round(width * ASPECT)}" alt="{text}" {EAGER if eager else LAZY} decoding="async"'
    if not article.has_image:
        return SafeString(f'<img src="{placeholder_url(placeholder_of(article))}" {rest}>')
    address = picture_url(article.article_id)
    srcset = ", ".join(f"{address}?w={each} {each}w" for each in widths)
    return SafeString(f'<img src="{address}?w={width}" srcset="{srcset}" sizes="{SIZES[place]}" {rest}>')


def picture_text(article: Article) -> str:
    """What the picture shows, beside the name: "Black vest top"."""
    return f"{article.colour_group_name} {article.product_type_name.lower()}"


def heart(article: Article, saved: Callable[[], Set[str]] | Set[str]) -> SafeString:
    """The button that saves an article, pressed if it is among ``saved``."""
    held = saved() if callable(saved) else saved
    pressed = "true" if article.article_id in held else "false"
    return SafeString(HEART.format(escape(article.article_id), pressed, _spoken_name(article)))


def card_items(cards: Iterable[Card], place: str, eager: int, saved: Set[str]) -> SafeString:
    """The items of a list of cards; the pictures of the first ``eager`` are loaded at once."""
    items = []
    for rank, card in enumerate(cards):
        article = card.article
        reason = f'<p class="reason">{escape(card.reason)}</p>' if card.reason else ""
        name = f'<h3><a href="{product_url(article.article_id)}">{conditional_escape(card.name)}</a></h3>'
        top = _above_reason(article, place, rank < eager, article.article_id in saved)
        by = f' data-retriever="{escape(card.retriever)}"' if card.retriever else ""
        items.append(f'<li class="card"{by}>{top}{reason}{name}{_below_name(article)}</li>')
    return SafeString("\n".join(items))


def facet_values(group: FacetGroup) -> SafeString:
    """The values of a facet as the items of a list, each with its count."""
    param = group.filter.param
    items = (
        f'<li>{_checkbox(param, each.value, each.selected)}<span class="number">{each.count:,}</span></label></li>'
        for each in group.values
    )
    return SafeString("\n".join(items))


@lru_cache(CARDS_KEPT)
def _above_reason(article: Article, place: str, eager: bool, is_saved: bool) -> SafeString:
    """What a card shows before the reason: picture, heart, the way to articles like it."""
    frame = f'<div class="frame">{picture(article, place, eager)}{"" if article.in_stock else SOLD_OUT}</div>'
    alike = MORE_LIKE_THIS.format(like_url(article.article_id), _spoken_name(article))
    return SafeString(frame + heart(article, {article.article_id} if is_saved else frozenset()) + alike)


@lru_cache(CARDS_KEPT)
def _below_name(article: Article) -> SafeString:
    """What a card shows after the name: colour and price."""
    price = written(shop_price(article.price))
    return SafeString(f'<p class="detail">{escape(article.colour_group_name)}</p><p class="price">{escape(price)}</p>')


def _spoken_name(article: Article) -> str:
    return escape(f"{article.prod_name}, {article.colour_group_name}")


@lru_cache(MOST_KEPT)
def _swatch(colour: str) -> SafeString:
    """A dot in the colour (an SVG attribute, because inline styles are forbidden here)."""
    return format_html(
        '<svg class="swatch" viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="9" fill="{}"/></svg>',
        hex_of(colour),
    )


def element_id(param: str, value: str) -> str:
    return f"{param}-{crc32(value.encode()):x}"


@lru_cache(MOST_KEPT)
def _checkbox(param: str, value: str, checked: bool) -> SafeString:
    """Of one value of a facet, with its name; the label is left open for the count."""
    own_id, text = element_id(param, value), escape(value)
    dot = _swatch(value) if param == "colour" else ""
    return SafeString(
        f'<label for="{own_id}"><input type="checkbox" id="{own_id}" name="{param}" value="{text}"'
        f'{" checked" if checked else ""}>{dot}<span class="value">{text}</span>'
    )
