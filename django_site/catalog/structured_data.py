"""A product page for machines: schema.org's Product and BreadcrumbList as JSON-LD."""

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest

from catalog.addresses import url
from catalog.prices import has_prices, shop_price
from catalog.products import ProductPage
from recsys_core.serving import Article

CURRENCY_CODES: Final = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "zł": "PLN", "Rp": "IDR"}
"""ISO 4217 codes of the signs that mean one currency, or mostly one; "kr" means several."""
IMAGE_WIDTH: Final = max(settings.THUMBNAIL_WIDTHS)


def structured_data(page: ProductPage, request: HttpRequest) -> dict[str, Any]:
    """Content of the page's ``application/ld+json``; to be written with ``tojson``, which escapes ``</script>``."""
    return {"@context": "https://schema.org", "@graph": [_product(page.article, request), _breadcrumbs(page, request)]}


def image_address(article: Article, request: HttpRequest) -> str:
    """Absolute address of the article's photograph; empty without one, as a placeholder shows no article."""
    path = f"{url('catalog:image', article.article_id)}?w={IMAGE_WIDTH}"
    return request.build_absolute_uri(path) if article.has_image else ""


def currency_code() -> str:
    """The shop's currency by ISO 4217; empty where ``CURRENCY`` does not tell it."""
    written: str = settings.CURRENCY.strip()
    is_code = len(written) == 3 and written.isascii() and written.isalpha() and written.isupper()
    return written if is_code else CURRENCY_CODES.get(written, "")


def _product(article: Article, request: HttpRequest) -> dict[str, Any]:
    address = request.build_absolute_uri(url("catalog:product", article.article_id))
    said = {
        "@type": "Product",
        "name": article.prod_name,
        "description": article.detail_desc,
        "sku": article.article_id,
        "color": article.colour_group_name,
        "category": article.product_type_name,
        "image": image_address(article, request),
        "url": address,
        "offers": _offer(article, address),
    }
    return {name: value for name, value in said.items() if value}


def _offer(article: Article, address: str) -> dict[str, str]:
    """Empty without a price or its currency: that is no offer."""
    currency = currency_code()
    if not currency or not has_prices():
        return {}
    return {
        "@type": "Offer",
        "price": str(shop_price(article.price)),
        "priceCurrency": currency,
        "availability": f"https://schema.org/{'InStock' if article.in_stock else 'OutOfStock'}",
        "url": address,
    }


def _breadcrumbs(page: ProductPage, request: HttpRequest) -> dict[str, Any]:
    trail = [(category.name, category.url) for category in page.trail]
    trail.append((page.article.prod_name, url("catalog:product", page.article.article_id)))
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": request.build_absolute_uri(path)}
            for position, (name, path) in enumerate(trail, start=1)
        ],
    }
