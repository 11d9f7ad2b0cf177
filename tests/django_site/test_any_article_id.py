"""A shop whose article ids are any texts: every address, form and answer that holds one leads to the right article."""

import csv
import io
import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from PIL import Image
from pytest_django.fixtures import Settings

from accounts.models import CustomerProfile
from browsing.session import MAX_COOKIE_LENGTH
from events.models import Event
from events.recorder import Recorder
from merchandising.models import Boost, Pin
from orders.export import as_csv
from orders.models import Order
from recsys_core.contracts.article_ids import MAX_LENGTH, encode, file_name
from recsys_core.serving import Article, Release, open_live
from recsys_core.workspace import Workspace
from stock_notices.models import StockNotice
from tests.django_site.markup import Page
from tests.django_site.staff.test_staff_merchandising import BOOST, BOOSTS, PIN, PINS, save
from tests.support.odd_ids import ODD_IDS
from tests.support.release_fixture import FixtureRelease, article_rows, build_release

pytestmark = pytest.mark.django_db

CUSTOMER = "<é>/.. ;,'\"🧥"
SIZE = 72
PHOTOGRAPHED = ("a/b", "..", "a.b", "É-1", "x", "x_2", "🧥" * MAX_LENGTH, "~7E")


@pytest.fixture(scope="module")
def odd_shop(tmp_path_factory: pytest.TempPathFactory) -> FixtureRelease:
    root = tmp_path_factory.mktemp("odd")
    images = root / "raw" / "images" / "any folder"
    images.mkdir(parents=True)
    for article_id in PHOTOGRAPHED:
        Image.new("RGBA", (300, 450), (0, 0, 0, 0)).save(images / f"{file_name(article_id)}.PNG", "PNG")
    Image.new("RGB", (300, 450), "teal").save(images / "a.b_2.webp", "WEBP")
    ordinary = tuple(f"{number:010d}" for number in range(1, SIZE - len(ODD_IDS) + 1))
    rows = article_rows(SIZE)
    for number, (row, article_id) in enumerate(zip(rows, (*ODD_IDS, *ordinary), strict=True)):
        row |= {"article_id": article_id, "prod_name": f"{row['prod_name']} {number}"}
    return build_release(root, catalogue=sorted(rows, key=lambda row: row["article_id"]), named=(CUSTOMER,))


@pytest.fixture(autouse=True)
def odd(shop: Settings, odd_shop: FixtureRelease) -> Release:
    shop.RECSYS_WORKSPACE = odd_shop.workspace.root
    return open_live(Workspace(odd_shop.workspace.root))


@pytest.fixture
def astrid(client: Client) -> Client:
    """Signed in as the customer whose id is odd, too."""
    user = User.objects.create_user("astrid", password="a-long-password")
    CustomerProfile.objects.create(user=user, customer_id=CUSTOMER)
    client.force_login(user)
    return client


def article_of(release: Release, article_id: str) -> Article:
    idx = release.catalogue.index_of(article_id)
    assert idx is not None
    return release.catalogue.article(idx)


def articles(release: Release) -> list[Article]:
    return [article_of(release, article_id) for article_id in ODD_IDS]


def id_in(address: str) -> str:
    return str(resolve(urlsplit(address).path).kwargs["article_id"])


def get(client: Client, address: str, **query: str) -> HttpResponse:
    response = client.get(address, query)
    assert response.status_code == 200, address
    return response


def links_are_right(release: Release, page: Page) -> int:
    """Number of the page's links to articles, which say the names of their articles."""
    links = [
        a
        for a in page.all("a")
        if re.fullmatch("/p/[^/]+/", a["href"]) and a.text and a.attributes.get("class") is None
    ]
    for link in links:
        assert article_of(release, id_in(link["href"])).prod_name in link.text
    return len(links)


def patterns_with_an_article(within: URLResolver, prefix: str = "") -> Iterator[str]:
    for each in within.url_patterns:
        if isinstance(each, URLResolver):
            yield from patterns_with_an_article(each, f"{prefix}{each.namespace}:" if each.namespace else prefix)
        elif isinstance(each, URLPattern) and "article_id" in each.pattern.regex.groupindex:
            yield f"{prefix}{each.name}"


def test_these_are_all_addresses_that_hold_an_article_id() -> None:
    """A new one belongs into the tests below."""
    assert set(patterns_with_an_article(get_resolver())) == {
        "catalog:product",
        "catalog:image",
        "catalog:further-image",
        "imagesearch:like",
        "merchandising:article",
        "api:article",
        "api:similar",
        "stock_notices:ask",
    }


def test_a_notice_is_noted_for_its_article(shop: Settings, client: Client, odd: Release) -> None:
    shop.SENDS_MAIL, shop.STOCK_NOTICES_PER_HOUR = True, 0
    sold_out = {article.article_id for article in articles(odd) if not article.in_stock}
    for article_id in sold_out:
        address = reverse("stock_notices:ask", args=[article_id])
        assert client.post(address, {"email": "astrid@shop.example"}).status_code == 302
    assert len(sold_out) > 2
    assert set(StockNotice.objects.values_list("article_id", flat=True)) == sold_out


def test_every_product_page_shows_its_article(client: Client, odd: Release) -> None:
    linked = 0
    for article in articles(odd):
        address = reverse("catalog:product", args=[article.article_id])
        assert address == f"/p/{encode(article.article_id)}/"
        page = Page(get(client, address))
        assert page.one("h1").text == article.prod_name
        assert page.one("link", rel="canonical")["href"] == f"http://testserver{address}"
        said = json.loads(page.one("script", type="application/ld+json").text)["@graph"]
        assert (said[0]["sku"], said[0]["url"]) == (article.article_id, f"http://testserver{address}")
        (heart,) = (each for each in page.all("button", class_="heart") if each["value"] == article.article_id)
        assert article.prod_name in heart.text
        linked += links_are_right(odd, page)
        for variant in page.all("a", class_="variant"):
            assert article_of(odd, id_in(variant["href"])).product_code == article.product_code
    assert linked > 100


def test_pages_of_similar_articles_and_staffs_page_show_the_article(
    client: Client, admin_client: Client, odd: Release
) -> None:
    for article in articles(odd):
        like = Page(get(client, reverse("imagesearch:like", args=[article.article_id])))
        assert article.prod_name in like.one("main").text
        links_are_right(odd, like)
        page = Page(get(admin_client, reverse("merchandising:article", args=[article.article_id])))
        assert article.prod_name in page.one("h1").text
        typed = [urlsplit(a["href"]) for a in page.all("a") if "?article_id" in a["href"]]
        assert len(typed) == 2
        for link, field in zip(typed, ("input", "textarea"), strict=True):
            form = Page(admin_client.get(f"{link.path}?{link.query}"))
            (named,) = (each for each in form.all(field) if each.attributes.get("name", "").startswith("article_id"))
            assert (named.attributes.get("value") or named.text) in (
                article.article_id,
                " ".join(article.article_id.split()),
            )


def test_images_and_thumbnails_are_those_of_the_article(client: Client, odd: Release) -> None:
    for article in articles(odd):
        has_image = article.article_id in PHOTOGRAPHED
        assert article.has_image == has_image
        address = reverse("catalog:image", args=[article.article_id])
        whole, small = get(client, address), get(client, address, w="240")
        kinds = ("image/png", "image/jpeg") if has_image else ("image/svg+xml", "image/svg+xml")
        assert (whole["Content-Type"], small["Content-Type"]) == kinds
        further = client.get(reverse("catalog:further-image", args=[article.article_id, 2]))
        assert further.status_code == (200 if article.article_id == "a.b" else 404)
    page = Page(get(client, "/p/a~2Eb/"))
    assert [a["href"] for a in page.all("a", class_="enlarge")] == ["/img/a~2Eb.jpg", "/img/a~2Eb_2.jpg"]
    assert get(client, "/img/a~2Eb_2.jpg")["Content-Type"] == "image/webp"


def test_the_bag_and_an_order_hold_it(astrid: Client, odd: Release) -> None:
    sold = [article for article in articles(odd) if article.in_stock]
    assert len(sold) > 20
    for article in sold:
        assert astrid.post("/bag/add", {"article": article.article_id}).status_code == 302
    first, *others = sold
    astrid.post("/bag/change", {"article": first.article_id, "quantity": 0})
    page = Page(get(astrid, "/bag/"))
    assert [i["value"] for i in page.all("input", name="article")] == [each.article_id for each in others]
    assert links_are_right(odd, page) == len(others)
    total = Page(get(astrid, "/bag/checkout/")).one("input", name="total")["value"]
    placed = astrid.post("/bag/checkout/", {"total": total}, follow=True)
    assert links_are_right(odd, Page(placed)) == len(others)
    rows = list(csv.DictReader(io.StringIO(as_csv("shop_orders_x.csv", Order.objects.all()), newline="")))
    assert [row["article_id"] for row in rows] == [each.article_id for each in others]
    assert {row["customer_id"] for row in rows} == {CUSTOMER}


def test_a_guests_bag_holds_it(client: Client, odd: Release) -> None:
    sold = [article for article in articles(odd) if article.in_stock]
    for article in sold:
        client.post("/bag/add", {"article": article.article_id})
    assert links_are_right(odd, Page(get(client, "/bag/"))) == len(sold)


def test_it_is_saved_and_hidden_and_shown_again(astrid: Client, odd: Release) -> None:
    for article in articles(odd):
        assert astrid.post("/account/saved/change", {"article": article.article_id}).status_code == 302
        answer = astrid.post("/account/not-for-me", {"article": article.article_id}, headers={"HX-Request": "true"})
        assert json.loads(answer["HX-Trigger"])["hiddenChange"]["article"] == article.article_id
    assert Page(get(astrid, "/account/saved/")).articles() == [*reversed(ODD_IDS)]
    preferences = Page(get(astrid, "/account/preferences/"))
    assert [i["value"] for i in preferences.all("input", name="article")] == [*reversed(ODD_IDS)]
    assert links_are_right(odd, preferences) == len(ODD_IDS)
    assert not set(Page(get(astrid, "/")).articles()) & set(ODD_IDS)
    astrid.post("/account/not-for-me", {"article": "a/b", "again": "1"})
    assert "a/b" not in [i["value"] for i in Page(get(astrid, "/account/preferences/")).all("input", name="article")]


def test_it_is_recently_viewed_also_where_ids_are_long(client: Client, odd: Release) -> None:
    for article_id in ("a.b", "..", "🧥" * MAX_LENGTH, "a;b", "y" * MAX_LENGTH, "0108775015"):
        page = Page(get(client, reverse("catalog:product", args=[article_id])))
    seen = [id_in(a["href"]) for a in page.all("a") if "recently-viewed" in a.within and "/like/" not in a["href"]]
    assert seen == ["y" * MAX_LENGTH, "a;b", "🧥" * MAX_LENGTH, "..", "a.b"]
    assert get(client, "/api/v1/session").json()["total"] > 0


def test_the_cookie_keeps_within_what_browsers_keep(client: Client, odd: Release) -> None:
    """20 ids of 768 bytes would be too many."""
    session = client.cookies
    for _ in range(2):
        for article in articles(odd):
            get(client, reverse("catalog:product", args=[article.article_id]))
            assert len(session["session"].OutputString()) < MAX_COOKIE_LENGTH + 400 < 4096
    assert len(session["session"].value) > 200


def test_search_by_the_id_leads_to_the_article(client: Client, admin_client: Client, odd: Release) -> None:
    for article in articles(odd):
        found = client.get("/search", {"q": f" {article.article_id} "})
        assert (found.status_code, id_in(found["Location"])) == (302, article.article_id)
        table = Page(get(admin_client, "/staff/articles/", q=article.article_id))
        shown = [
            id_in(a["href"])
            for a in table.all("a")
            if a["href"].startswith("/staff/articles/") and a["href"] != "/staff/articles/"
        ]
        assert article.article_id in shown
    assert client.get("/search", {"q": "108775015"})["Location"] == "/p/0108775015/"


def test_the_api_takes_it_in_paths_and_parameters(client: Client, odd: Release) -> None:
    for article in articles(odd):
        path = f"/api/v1/articles/{encode(article.article_id)}"
        said = get(client, path).json()
        assert (said["article_id"], said["name"]) == (article.article_id, article.prod_name)
        assert id_in(said["url"]) == id_in(said["image"]) == article.article_id
        for item in get(client, f"{path}/similar").json()["items"]:
            assert item["name"] == article_of(odd, item["article_id"]).prod_name
    first = [item["article_id"] for item in get(client, "/api/v1/recommendations").json()["items"]]
    left = client.get("/api/v1/recommendations", {"exclude": [*ODD_IDS, "?"]}).json()["items"]
    assert not {item["article_id"] for item in left} & set(ODD_IDS)
    assert set(first) & set(ODD_IDS)
    odd_path = client.get("/api/v1/articles/x_2")
    assert odd_path.status_code == 404
    assert "x_2" in odd_path.json()["detail"]


@pytest.mark.parametrize("written", ["x_2", "a%2Fb", "%2E%2E", "~zz", "~61", "~C3", "É-1", "~00", "0" * 900])
def test_no_other_form_of_an_address_is_an_article(client: Client, admin_client: Client, written: str) -> None:
    for address in (f"/p/{written}/", f"/p/{written}/like/", f"/img/{written}.jpg", f"/api/v1/articles/{written}"):
        assert client.get(address).status_code == 404, address
    assert admin_client.get(f"/staff/articles/{written}/").status_code == 404


def test_the_api_describes_itself_with_an_address_that_works(client: Client, odd: Release) -> None:
    (example,) = {
        a["href"]
        for a in Page(get(client, "/api/v1/docs")).all("a")
        if re.fullmatch("/api/v1/articles/[^/]+", a["href"])
    }
    assert get(client, example).json()["article_id"] == odd.catalogue.article(0).article_id


def test_the_sitemap_leads_to_every_article_in_stock(client: Client, odd: Release) -> None:
    found = re.findall("<loc>http://testserver(.*?)</loc>", get(client, "/sitemap-products.xml").content.decode())
    in_stock = odd.catalogue.articles(odd.catalogue.in_stock.nonzero()[0])
    assert [id_in(address) for address in found] == [article.article_id for article in in_stock]


def test_lists_lead_to_the_right_articles(astrid: Client, odd: Release) -> None:
    for address in ("/", "/c/", "/search?q=dress", "/search/image/"):
        assert links_are_right(odd, Page(get(astrid, address))) > 2
    options = Page(get(astrid, "/search/suggestions", q="alma")).all("li", role="option")
    assert any(option["data-url"].startswith("/p/") for option in options)
    for option in options:
        assert astrid.get(option["data-url"]).status_code == 200


def test_a_click_is_recorded(astrid: Client, odd: Release, events: Recorder) -> None:
    get(astrid, "/")
    for article_id in ODD_IDS:
        sent = {"article": article_id, "position": "1", "surface": "feed", "release": odd.id, "retriever": "popular"}
        assert astrid.post("/events/click", sent).status_code == 204
    events.flush()
    assert [*Event.objects.filter(kind="click").order_by("pk").values_list("article_id", flat=True)] == [*ODD_IDS]


def test_staff_pin_and_boost_it_as_they_type_it(admin_client: Client, odd: Release) -> None:
    for position, article_id in enumerate(ODD_IDS, start=1):
        save(admin_client, PINS, PIN | {"article_id": article_id, "position": str(position)})
    assert [*Pin.objects.order_by("position").values_list("article_id", flat=True)] == [*ODD_IDS]
    lines = BOOST | {"facet": "", "value": "", "article_ids": "a b\r\na,b\r\na.b, a/b x\r\n<b>"}
    save(admin_client, BOOSTS, lines)
    assert Boost.objects.get().article_ids == ["a b", "a,b", "a.b", "a/b", "x", "<b>"]
    for page in (PINS, BOOSTS, f"{BOOSTS}{Boost.objects.get().pk}/change/"):
        assert b"<b>" not in get(admin_client, page).content


def test_an_odd_customer_has_a_list_of_their_own(astrid: Client, admin_client: Client, odd: Release) -> None:
    assert get(astrid, "/")["X-Fallback-Tier"] == "own"
    profile = CustomerProfile.objects.get()
    listed = Page(get(admin_client, reverse("admin:customer-list", args=[profile.pk])))
    assert CUSTOMER in listed.one("main").text
    links_are_right(odd, listed)
    assert (
        CUSTOMER
        in Page(get(admin_client, "/staff/accounts/customerprofile/", q=CUSTOMER)).one("table", id="result_list").text
    )
