"""Template filters of prices, numbers and shares, and of an article's placeholder and image text."""

from zlib import crc32

from catalog import addresses
from catalog.images.placeholders import placeholder_of
from catalog.prices import shop_price, written
from recsys_core.serving import Article


def image_text(article: Article) -> str:
    """Description of the image, beside the name: "Black vest top"."""
    return f"{article.colour_group_name} {article.product_type_name.lower()}"


def placeholder_url(article: Article) -> str:
    """Address of the image that stands for a missing photograph."""
    return addresses.placeholder_url(placeholder_of(article))


def element_id(value: str, param: str) -> str:
    """An id for one value of a facet."""
    return f"{param}-{crc32(value.encode()):x}"


def price(article: Article) -> str:
    return written(shop_price(article.price))


def count(number: int) -> str:
    """12,345."""
    return f"{number:,}"


def articles(number: int) -> str:
    """A number of articles in words: 1 article, 1,204 articles."""
    return f"{number:,} article{'' if number == 1 else 's'}"


def share(value: float | None) -> str:
    """A share in per cent; a dash for none."""
    return "–" if value is None else f"{100 * value:.1f} %"


def share_range(bounds: tuple[float, float] | None) -> str:
    return "–" if bounds is None else f"{100 * bounds[0]:.1f} to {100 * bounds[1]:.1f}"


def points(value: float | None) -> str:
    """A difference of two shares in percentage points."""
    return "–" if value is None else f"{100 * value:+.1f}"


def points_range(bounds: tuple[float, float] | None) -> str:
    return "–" if bounds is None else f"{100 * bounds[0]:+.1f} to {100 * bounds[1]:+.1f}"


FILTERS = (
    articles,
    count,
    element_id,
    image_text,
    placeholder_url,
    points,
    points_range,
    price,
    share,
    share_range,
)
"""Filters that the templates of the shop and of the admin call by these names."""
