"""A shop whose files have no prices: no page, answer or mail names one."""

import re
import uuid
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import CustomerProfile
from catalog.prices import suit
from orders.models import Order
from recsys_core.serving import Article, Release, open_live
from tests.django_site.markup import Page
from tests.support.release_fixture import FixtureRelease, build_release

pytestmark = pytest.mark.django_db

ARTICLES = 40
SUM = re.compile(r"€|\d[.,]\d\d\b(?!\s*[–%])")


@pytest.fixture(scope="module")
def priceless_shop(tmp_path_factory: pytest.TempPathFactory) -> FixtureRelease:
    return build_release(tmp_path_factory.mktemp("priceless"), ARTICLES, prices=[1.0] * ARTICLES)


@pytest.fixture(autouse=True)
def live(shop: Settings, priceless_shop: FixtureRelease, fixture_release: FixtureRelease) -> Iterator[Release]:
    shop.RECSYS_WORKSPACE, shop.PRICE_FACTOR = priceless_shop.workspace.root, None
    yield open_live(priceless_shop.workspace)
    suit(open_live(fixture_release.workspace))


@pytest.fixture
def shopper(client: Client, priceless_shop: FixtureRelease) -> Client:
    user = User.objects.create_user("astrid", password="a-long-password")
    CustomerProfile.objects.create(user=user, customer_id=priceless_shop.customer_ids[0])
    client.force_login(user)
    return client


def in_stock(release: Release) -> Article:
    return next(article for article in release.catalogue.articles(range(ARTICLES)) if article.in_stock)


def text_of(client: Client, address: str, **query: str) -> str:
    response = client.get(address, query)
    assert response.status_code == 200, address
    return re.sub(r"<(script|style)\b.*?</\1>", "", response.content.decode(), flags=re.DOTALL)


def test_no_page_names_a_price(shopper: Client, live: Release) -> None:
    article = in_stock(live)
    shopper.post(reverse("orders:add"), {"article": article.article_id, "quantity": "2"})
    pages = [
        text_of(shopper, reverse("recommendations:home")),
        text_of(shopper, "/c/"),
        text_of(shopper, reverse("catalog:product", args=[article.article_id])),
        text_of(shopper, "/search", q=article.product_type_name),
        text_of(shopper, "/search/suggestions", q=article.prod_name[:4]),
        text_of(shopper, reverse("orders:bag")),
        text_of(shopper, reverse("orders:checkout")),
    ]
    for page in pages:
        assert "price" not in page.lower()
        assert not SUM.search(re.sub(r"<[^>]*>", " ", page))
    assert article.prod_name in pages[5]


def test_what_lies_in_the_bag_can_be_ordered(shopper: Client, live: Release) -> None:
    article = in_stock(live)
    shopper.post(reverse("orders:add"), {"article": article.article_id, "quantity": "2"})
    form = Page(shopper.get(reverse("orders:checkout")))
    total = next(field["value"] for field in form.all("input") if field.attributes.get("name") == "total")
    shopper.post(reverse("orders:checkout"), {"total": total, "token": str(uuid.uuid4())})
    order = Order.objects.get()
    assert [(line.article_id, line.quantity, line.price_units) for line in order.lines.all()] == [
        (article.article_id, 2, 1.0)
    ]
    for address in (reverse("orders:order", args=[order.number]), reverse("orders:orders")):
        page = text_of(shopper, address)
        assert article.prod_name in page or order.number in page
        assert "Total" not in page
        assert "price" not in page


def test_price_bounds_and_orders_in_an_old_address_are_passed_over(client: Client) -> None:
    chosen = Page(client.get("/c/", {"price_min": "2", "sort": "price-down"}))
    plain = Page(client.get("/c/"))
    articles = [[a["href"] for a in page.all("a") if "/p/" in a["href"]] for page in (chosen, plain)]
    assert articles[0] == articles[1] != []


def test_the_api_says_null(client: Client, live: Release) -> None:
    items = client.get("/api/v1/recommendations", {"price_max": "0"}).json()["items"]
    assert len(items) > 0
    assert {item["price"] for item in items} == {None}


def test_a_sum_in_a_query_is_a_word_like_others(client: Client, live: Release) -> None:
    typed = in_stock(live).product_type_name
    found = client.get("/api/v1/search", {"q": f"{typed} under 1"}).json()
    assert found["total"] == client.get("/api/v1/search", {"q": typed}).json()["total"] > 0


def test_a_factor_says_that_one_is_a_price(shop: Settings, client: Client, live: Release) -> None:
    shop.PRICE_FACTOR = 1
    assert "€1.00" in text_of(client, reverse("catalog:product", args=[in_stock(live).article_id]))
