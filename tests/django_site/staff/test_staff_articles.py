import datetime as dt

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from catalog.prices import shop_price, written
from merchandising.models import Boost, Pin
from recsys_core.serving import Release
from recsys_core.serving import lists as serving_lists
from releases.explanations import OWN_LIST
from tests.django_site.markup import Page
from tests.support.release_fixture import FixtureRelease

pytestmark = pytest.mark.django_db
KNOWN = "0100000001"


def numbers(page: Page) -> list[str]:
    """Articles of the table, by the links in it."""
    links = [a["href"] for a in page.all("a") if "articles" in a.within]
    return [href.split("/")[3] for href in links]


def figures(page: Page) -> dict[str, str]:
    named = [th.text for th in page.all("th") if "figures" in th.within]
    return dict(zip(named, [td.text for td in page.all("td") if "figures" in td.within], strict=True))


class TestSearch:
    def test_by_text_it_finds_what_the_shop_finds(self, admin_client: Client, client: Client) -> None:
        found = numbers(Page(admin_client.get("/staff/articles/", {"q": "blue dress"})))
        assert found[:24] == Page(Client().get("/search?q=blue+dress")).articles("grid")

    @pytest.mark.parametrize(
        ("typed", "expected"),
        [("0100000001", ["0100000001"]), ("100000001", ["0100000001"]), ("0999999999", []), ("1" * 40, [])],
    )
    def test_by_number(self, admin_client: Client, typed: str, expected: list[str]) -> None:
        assert numbers(Page(admin_client.get("/staff/articles/", {"q": typed}))) == expected

    def test_by_the_beginning_of_a_number(self, admin_client: Client, release: Release) -> None:
        ids = [article_id.decode() for article_id in release.catalogue.article_ids.tolist()]
        found = numbers(Page(admin_client.get("/staff/articles/", {"q": "010001"})))
        assert found == [article_id for article_id in ids if article_id.startswith("010001")][:50]
        assert found

    def test_without_a_question_what_sells_best_page_by_page(self, admin_client: Client, release: Release) -> None:
        first, second = (Page(admin_client.get("/staff/articles/", {"page": n})) for n in (1, 2))
        assert len(numbers(first)) == 50
        assert not set(numbers(first)) & set(numbers(second))
        sold = [
            a.sold_7d for a in release.catalogue.articles(release.catalogue.index_of(n) or 0 for n in numbers(first))
        ]
        assert sold == sorted(sold, reverse=True)
        assert f"{release.catalogue.size} articles" in first.one("main").text

    def test_a_made_up_page_is_a_page(self, admin_client: Client) -> None:
        assert admin_client.get("/staff/articles/", {"page": "x", "q": "dress\x00"}).status_code == 200

    def test_what_was_typed_is_only_text(self, admin_client: Client) -> None:
        answer = admin_client.get("/staff/articles/", {"q": "<script>alert(1)</script>"})
        assert b"<script>alert" not in answer.content


class TestArticle:
    def test_its_figures(self, admin_client: Client, release: Release) -> None:
        article = release.catalogue.article(release.catalogue.index_of(KNOWN) or 0)
        page = Page(admin_client.get(f"/staff/articles/{KNOWN}/"))
        said = figures(page)
        first = dt.date.fromisoformat(release.manifest["cutoff"]) - dt.timedelta(days=article.days_since_first_sale)
        assert said["Price"] == written(shop_price(article.price))
        assert said["In stock"] == ("yes" if article.in_stock else "no")
        assert (said["Sold in 7 days"], said["Sold in 30 days"]) == (str(article.sold_7d), str(article.sold_30d))
        assert said["First sale"] == f"{first:%-d %b %Y}"
        assert page.all("img", src=f"/img/{KNOWN}.jpg?w=360")
        attributes = {td.text for td in page.all("td") if "attributes" in td.within}
        assert {article.department_name, article.product_type_name, article.colour_group_name} <= attributes

    def test_what_never_sold_says_so(self, admin_client: Client, release: Release) -> None:
        never = int((release.catalogue.days_since_first_sale < 0).nonzero()[0][0])
        page = Page(admin_client.get(f"/staff/articles/{release.catalogue.article(never).article_id}/"))
        assert figures(page)["First sale"] == "never sold"

    @pytest.mark.parametrize("block", [7, 65_536])
    def test_whose_lists_hold_it_by_retriever(
        self,
        admin_client: Client,
        release: Release,
        fixture_release: FixtureRelease,
        monkeypatch: pytest.MonkeyPatch,
        block: int,
    ) -> None:
        monkeypatch.setattr(serving_lists, "BLOCK_CUSTOMERS", block)
        idx = int(release.fallback().article_idx[0])
        counted: dict[str, int] = {}
        for customer_id in fixture_release.customer_ids:
            own = release.lists.for_customer(customer_id)
            assert own is not None
            for at, retriever in zip(own.article_idx.tolist(), own.reasons, strict=True):
                if at == idx:
                    counted[retriever] = counted.get(retriever, 0) + 1
        page = Page(admin_client.get(f"/staff/articles/{release.catalogue.article(idx).article_id}/"))
        cells = [td.text for td in page.all("td") if "retrievers" in td.within]
        assert dict(zip(cells[::3], map(int, cells[2::3]), strict=True)) == counted
        assert cells[1::3] == [OWN_LIST[retriever] for retriever in cells[::3]]
        assert figures(page)["On customers' lists"].startswith(f"{sum(counted.values())} of 50 (")

    def test_pins_and_boosts_that_are_about_it(self, admin_client: Client, release: Release) -> None:
        article = release.catalogue.article(release.catalogue.index_of(KNOWN) or 0)
        now, hour = timezone.now(), dt.timedelta(hours=1)
        Pin.objects.create(article_id=KNOWN, position=4, starts=now - hour)
        Pin.objects.create(article_id=KNOWN, position=5, starts=now - 2 * hour, ends=now - hour)
        Pin.objects.create(article_id="0100000002", position=6, starts=now - hour)
        of_kind = {"facet": "department_name", "starts": now + hour}
        Boost.objects.create(label="Its kind", value=article.department_name, **of_kind)
        Boost.objects.create(label="Another kind", value="Spacewear", **of_kind)
        Boost.objects.create(label="By number", article_ids=[KNOWN], starts=now - hour)
        page = Page(admin_client.get(f"/staff/articles/{KNOWN}/"))
        assert {a.text for a in page.all("a") if "placed" in a.within} == {"Pin at 4", "By number", "Its kind"}
        assert [td.text for td in page.all("td") if "placed" in td.within][4] == "Running"

    def test_similar_ones_and_the_way_to_a_pin(self, admin_client: Client, release: Release) -> None:
        idx = release.catalogue.index_of(KNOWN) or 0
        page = Page(admin_client.get(f"/staff/articles/{KNOWN}/"))
        links = [a["href"] for a in page.all("a")]
        for similar in release.catalogue.articles(release.related(idx, "similar")[:12]):
            assert f"/staff/articles/{similar.article_id}/" in links
        form = Page(admin_client.get(f"/staff/merchandising/pin/add/?article_id={KNOWN}"))
        assert f"/staff/merchandising/pin/add/?article_id={KNOWN}" in links
        assert form.one("input", name="article_id")["value"] == KNOWN
        form = Page(admin_client.get(f"/staff/merchandising/boost/add/?article_ids={KNOWN}"))
        assert form.one("textarea", name="article_ids").text == KNOWN

    def test_who_may_not_pin_is_not_led_there(self, django_user_model: type[User]) -> None:
        looker, browser = django_user_model.objects.create_user("looker", is_staff=True), Client()
        looker.user_permissions.add(Permission.objects.get(codename="view_articles"))
        browser.force_login(looker)
        links = [a["href"] for a in Page(browser.get(f"/staff/articles/{KNOWN}/")).all("a")]
        assert not any("add/" in link for link in links)

    def test_an_unknown_one_is_not_found(self, admin_client: Client) -> None:
        assert admin_client.get("/staff/articles/0999999999/").status_code == 404
