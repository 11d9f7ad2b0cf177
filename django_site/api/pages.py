"""Pages of articles as the API answers them: plain values in the form of ``schemas.ItemPage``.

An object of a schema for each article and each facet value would take most of the time of an answer; the tests compare
the answers with the schemas instead.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from django.conf import settings

from catalog.addresses import url
from catalog.listing import Indices, select_page
from catalog.prices import factor, has_prices, shop_price
from catalog.query import BY_COLUMN, ListingQuery
from recsys_core.serving import Article
from releases.middleware import ShopRequest

Values = dict[str, Any]
CACHED_ITEMS: Final = 16_384
"""Articles that a process keeps in the form of ``schemas.Item``, about 1 kB each."""


def page_of_items(
    request: ShopRequest, candidates: Indices, reasons: Mapping[int, str] | None = None, **said: str
) -> Values:
    """The page that the request asks for of ``candidates`` (article_idx, best first), as ``schemas.ItemPage``."""
    query = ListingQuery.read(request.GET).without_similarity()
    page = select_page(request.release, candidates, query.at_page(query.page))
    explained = reasons or {}
    return {
        "release": request.release.id,
        "tier": "",
        "query": "",
        **said,
        "total": page.total,
        "page": page.page,
        "pages": page.pages,
        "currency": settings.CURRENCY,
        "items": [
            item(article, explained.get(article.article_idx, ""))
            for article in request.release.catalogue.articles(page.article_idx)
        ],
        "facets": _facets(page.counted.counts),
    }


def item(article: Article, reason: str = "") -> Values:
    """An article as ``schemas.Item``."""
    return {**_item(article, factor() if has_prices() else None), "reason": reason}


@lru_cache(CACHED_ITEMS)
def _item(article: Article, price_factor: Decimal | None) -> Values:
    """All but the reason, kept by the article's attributes and by what prices are multiplied by; only to be read."""
    return {
        "article_id": article.article_id,
        "name": article.prod_name,
        "colour": article.colour_group_name,
        "product_type": article.product_type_name,
        "price": None if price_factor is None else str(shop_price(article.price)),
        "in_stock": article.in_stock,
        "url": url("catalog:product", article.article_id),
        "image": url("catalog:image", article.article_id),
    }


def _facets(counts: Mapping[str, list[tuple[str, int]]]) -> dict[str, list[Values]]:
    return {
        BY_COLUMN[column].param: [{"value": value, "count": count} for value, count in values]
        for column, values in counts.items()
        if column in BY_COLUMN
    }
