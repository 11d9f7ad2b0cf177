"""The head of product and listing pages, as search engines and link previews read it."""

import json
from typing import Any

import pytest
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings

from catalog.prices import shop_price
from catalog.products import product_page
from catalog.structured_data import structured_data
from recsys_core.serving import Release
from tests.django_site.conftest import PHOTOGRAPHED
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db
PRODUCT = f"/p/{PHOTOGRAPHED}/"
ADDRESS = f"http://testserver{PRODUCT}"


def data_of(page: Page) -> dict[str, Any]:
    """Objects of the data block, by type."""
    said = json.loads(page.one("script", type="application/ld+json").text)
    assert said["@context"] == "https://schema.org"
    return {each["@type"]: each for each in said["@graph"]}


def test_a_product_page_says_for_machines_what_is_sold_at_what_price(client: Client, release: Release) -> None:
    idx = release.catalogue.index_of(PHOTOGRAPHED)
    assert idx is not None
    article = release.catalogue.article(idx)
    product = data_of(Page(client.get(PRODUCT)))["Product"]
    offer = product.pop("offers")
    assert product == {
        "@type": "Product",
        "name": article.prod_name,
        "description": article.detail_desc,
        "sku": PHOTOGRAPHED,
        "color": article.colour_group_name,
        "category": article.product_type_name,
        "url": ADDRESS,
    } | ({"image": f"http://testserver/img/{PHOTOGRAPHED}.jpg?w=960"} if article.has_image else {})
    assert (offer["price"], offer["priceCurrency"]) == (str(shop_price(article.price)), "EUR")
    assert offer["availability"].rpartition("/")[2] == ("InStock" if article.in_stock else "OutOfStock")


def test_a_photograph_is_named_and_a_placeholder_is_not(release: Release) -> None:
    request = RequestFactory().get(PRODUCT)
    page = product_page(release, 0)
    for has_image, named in ((True, f"http://testserver/img/{PHOTOGRAPHED}.jpg?w=960"), (False, None)):
        article = page.article._replace(has_image=has_image)
        said = structured_data(type(page)(article, page.trail, [], [], []), request)
        assert said["@graph"][0].get("image") == named


def test_the_way_to_a_product_is_that_of_its_trail(client: Client, release: Release) -> None:
    page = product_page(release, 0)
    steps = data_of(Page(client.get(PRODUCT)))["BreadcrumbList"]["itemListElement"]
    assert [step["position"] for step in steps] == [1, 2, 3]
    assert [step["name"] for step in steps] == [*(each.name for each in page.trail), page.article.prod_name]
    paths = [*(each.url for each in page.trail), PRODUCT]
    assert [step["item"] for step in steps] == [f"http://testserver{path}" for path in paths]


def test_a_name_cannot_end_the_data_block(client: Client, release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    article = release.catalogue.article(0)._replace(prod_name='</script><script>alert("1")</script>')
    monkeypatch.setattr(release.catalogue, "article", lambda idx: article)
    page = Page(client.get(PRODUCT))
    assert data_of(page)["Product"]["name"] == article.prod_name
    assert not [script for script in page.all("script") if "alert" in script.text and "type" not in script.attributes]


@pytest.mark.parametrize(("written", "code"), [("€", "EUR"), ("Rp ", "IDR"), ("SEK", "SEK"), ("kr", None)])
def test_an_offer_has_a_currency_that_machines_know_or_is_left_out(
    client: Client, settings: Settings, written: str, code: str | None
) -> None:
    settings.CURRENCY = written
    assert data_of(Page(client.get(PRODUCT)))["Product"].get("offers", {}).get("priceCurrency") == code


def test_a_link_to_a_product_has_a_preview(client: Client) -> None:
    page = Page(client.get(PRODUCT))
    said = {meta["property"]: meta["content"] for meta in page.all("meta") if "property" in meta.attributes}
    assert said["og:title"] == page.one("title").text.partition(" – ")[0]
    assert said["og:url"] == page.one("link", rel="canonical")["href"] == ADDRESS


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("/", "/"),
        ("/c/?sort=newest", "/c/"),
        ("/c/?page=2&sort=price-up&show=colour", "/c/?page=2"),
        ("/c/?page=999", "/c/?page=13"),
        ("/c/ladieswear/?page=2&colour=Red", "/c/ladieswear/"),
        ("/c/ladieswear/?utm_source=letter", "/c/ladieswear/"),
    ],
)
def test_a_listing_has_one_address_whatever_its_order_and_filters(client: Client, asked: str, canonical: str) -> None:
    assert Page(client.get(asked)).one("link", rel="canonical")["href"] == f"http://testserver{canonical}"


def test_search_results_claim_no_address(client: Client) -> None:
    assert not Page(client.get("/search?q=dress")).all("link", rel="canonical")
