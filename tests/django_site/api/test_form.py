"""Answers are written without the schemas, so these compare them with what the description promises."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pydantic import BaseModel
from pytest_django.fixtures import Settings

from api.schemas import FacetCount, Item, ItemPage
from catalog.prices import shop_price
from recsys_core.serving import Release

pytestmark = pytest.mark.django_db
PAGES = ("recommendations", "session", "articles/0100000001/similar", "search?q=dress")
KNOWN = "0100000001"


def has_form_of(schema: type[BaseModel], value: dict[str, Any]) -> bool:
    schema.model_validate(value)
    return list(value) == list(schema.model_fields)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_the_form_that_is_described(signed_in: Client, path: str) -> None:
    signed_in.get(f"/p/{KNOWN}/")
    page = signed_in.get(f"/api/v1/{path}").json()
    assert has_form_of(ItemPage, page)
    assert page["items"]
    assert all(has_form_of(Item, item) for item in page["items"])
    assert all(has_form_of(FacetCount, value) for values in page["facets"].values() for value in values)


def test_an_article_has_the_form_that_is_described(client: Client, release: Release) -> None:
    answer = client.get(f"/api/v1/articles/{KNOWN}")
    article = release.catalogue.article(release.catalogue.index_of(KNOWN) or 0)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert has_form_of(Item, answer.json())
    assert answer.json() == {
        "article_id": KNOWN,
        "name": article.prod_name,
        "colour": article.colour_group_name,
        "product_type": article.product_type_name,
        "price": str(shop_price(article.price)),
        "in_stock": article.in_stock,
        "url": f"/p/{KNOWN}/",
        "image": f"/img/{KNOWN}.jpg",
        "reason": "",
    }


def test_a_header_says_the_tier_too(signed_in: Client) -> None:
    assert signed_in.get("/api/v1/recommendations").headers["X-Fallback-Tier"] == "own"
    assert "X-Fallback-Tier" not in signed_in.get(f"/api/v1/articles/{KNOWN}/similar").headers


def test_another_factor_changes_the_prices_at_once(client: Client, shop: Settings) -> None:
    def price() -> Decimal:
        return Decimal(client.get(f"/api/v1/articles/{KNOWN}").json()["price"])

    shop.PRICE_FACTOR = Decimal(100)
    at_hundred = price()
    shop.PRICE_FACTOR = Decimal(200)
    assert abs(price() - 2 * at_hundred) <= Decimal("0.01")
    assert at_hundred > 0


def test_a_reason_stays_with_the_request_it_was_made_for(signed_in: Client) -> None:
    mine = signed_in.get("/api/v1/recommendations").json()["items"]
    assert any(item["reason"] for item in mine)
    for item in mine[:3]:
        assert Client().get(f"/api/v1/articles/{item['article_id']}").json() == {**item, "reason": ""}
