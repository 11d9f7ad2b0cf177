from dataclasses import replace

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from ops import metrics
from recsys_core.contracts.release import OF_PURCHASES, REASONS
from recsys_core.serving import RecommendationList, Release
from releases.explanations import OF_PURCHASE, OWN_LIST
from tests.django_site.conftest import Customer
from tests.django_site.markup import Page
from tests.support.release_fixture import FixtureRelease

pytestmark = pytest.mark.django_db


def test_a_customer_sees_her_own_list_in_order(client: Client, customer: Customer, release: Release) -> None:
    profile = customer()
    client.force_login(profile.user)
    response = client.get("/")
    own = release.lists.for_customer(profile.customer_id)
    assert own is not None
    assert Page(response).articles() == [a.article_id for a in release.catalogue.articles(own.article_idx[:24])]
    assert response["X-Fallback-Tier"] == "own"


def test_every_card_says_truly_why_it_is_there(signed_in: Client, customer: Customer, release: Release) -> None:
    own = release.lists.for_customer(f"{1:064x}")
    assert own is not None
    pages = [Page(signed_in.get("/", {"page": str(number)})) for number in (1, 2)]
    said = [p.text for page in pages for p in page.all("p", class_="reason")]
    assert said == [words(release, own, place) for place in range(len(own))]
    assert "Because you bought Alma t-shirt" in said
    assert any(text.startswith("New in ") for text in said)


def words(release: Release, own: RecommendationList, place: int) -> str:
    """The reason of one place, worked out by hand."""
    code, bought = own.reasons[place], own.source_purchases[place]
    if code == "new_articles":
        return f"New in {release.catalogue.article(int(own.article_idx[place])).index_group_name}"
    if bought < 0:
        return OWN_LIST[code]
    name = release.catalogue.article(bought).prod_name
    said = {"similar_attributes": f"Similar to your {name}", "similar_images": f"Looks like your {name}"}
    return said.get(code, f"Because you bought {name}")


def test_a_release_that_names_no_purchase_says_less(
    signed_in: Client, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = release.lists.for_customer(f"{1:064x}")
    assert own is not None
    monkeypatch.setattr(release.lists, "for_customer", lambda customer_id: replace(own, source_purchases=()))
    said = {p.text for p in Page(signed_in.get("/")).all("p", class_="reason")}
    assert "Bought by the same people as what you own" in said
    assert not any("Alma" in text for text in said)


def test_every_reason_of_the_contract_has_words() -> None:
    assert set(OWN_LIST) == set(REASONS)
    assert set(OF_PURCHASE) == set(OF_PURCHASES)


def test_a_customer_without_a_list_sees_what_her_age_likes(
    client: Client, customer: Customer, release: Release
) -> None:
    client.force_login(customer(customer_id="f" * 64, age_interval="30-34").user)
    response = client.get("/")
    segment = release.catalogue.articles(release.fallback("30-34").article_idx[:24])
    assert response["X-Fallback-Tier"] == "segment"
    assert Page(response).articles() == [a.article_id for a in segment]
    assert {p.text for p in Page(response).all("p", class_="reason")} == {"Popular with ages 30–34"}


def test_of_unknown_age_she_sees_what_is_popular(client: Client, customer: Customer) -> None:
    client.force_login(customer(customer_id="f" * 64, age_interval="unknown").user)
    assert client.get("/")["X-Fallback-Tier"] == "global"


def test_a_login_without_a_customer_sees_what_is_popular(client: Client, django_user_model: type) -> None:
    client.force_login(django_user_model.objects.create_user("staff"))
    response = client.get("/")
    assert (response.status_code, response["X-Fallback-Tier"]) == (200, "global")


def test_a_guest_sees_what_is_popular_and_the_collections(client: Client, release: Release) -> None:
    response = client.get("/")
    page = Page(response)
    assert response["X-Fallback-Tier"] == "global"
    assert page.articles() == [a.article_id for a in release.catalogue.articles(release.fallback().article_idx[:24])]
    assert "Ladieswear" in page.one("ul", class_="tiles").text
    assert page.all("p", class_="reason") == []


def test_a_guest_sees_what_is_popular_in_each_collection(client: Client, release: Release) -> None:
    page = Page(client.get("/"))
    shown = release.catalogue.articles([release.catalogue.index_of(a) or 0 for a in page.articles("popular-menswear")])
    assert len(shown) == 12
    assert {(article.index_group_name, article.in_stock) for article in shown} == {("Menswear", True)}
    sold = [article.sold_7d for article in shown]
    assert sold == sorted(sold, reverse=True)
    assert not Page(client.get("/", {"page": "2"})).articles("popular-menswear")


def test_unreadable_lists_lower_the_tier_not_the_shop(
    signed_in: Client, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(customer_id: str) -> None:
        raise OSError("disk gone")

    monkeypatch.setattr(release.lists, "for_customer", broken)
    response = signed_in.get("/")
    assert (response.status_code, response["X-Fallback-Tier"]) == (200, "segment")
    assert len(Page(response).articles()) == 24


def test_the_last_tier_calls_new_only_what_is_new(
    signed_in: Client, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    idx = release.catalogue.all_idx[:20]
    newest = RecommendationList(idx, ("fallback",) * len(idx))
    monkeypatch.setattr(release.lists, "for_customer", lambda customer_id: None)
    monkeypatch.setattr(release, "fallback", lambda age_interval=None: newest)
    response = signed_in.get("/")
    fresh = sum(0 <= a.days_since_first_sale <= 30 for a in release.catalogue.articles(idx))
    assert response["X-Fallback-Tier"] == "newest"
    assert [p.text for p in Page(response).all("p", class_="reason")] == ["New in"] * fresh


def test_the_feed_is_filtered_within_the_list(signed_in: Client, release: Release) -> None:
    own = release.lists.for_customer(f"{1:064x}")
    assert own is not None
    black = [a.article_id for a in release.catalogue.articles(own.article_idx) if a.colour_group_name == "Black"]
    page = Page(signed_in.get("/", {"colour": "Black"}))
    assert page.articles() == black
    assert page.checked() == {"Black"}


def test_a_filtered_feed_leads_to_the_whole_shop_with_the_same_filters(signed_in: Client) -> None:
    page = Page(signed_in.get("/", {"colour": "Black", "sort": "price-up"}))
    assert page.all("a", href="/c/?colour=Black&sort=price-up")


def test_one_release_answers_a_request(client: Client, fixture_release: FixtureRelease) -> None:
    assert client.get("/")["X-Release-Id"] == fixture_release.release.id


def test_without_a_release_a_friendly_page_names_the_command(client: Client, empty_home: object) -> None:
    response = client.get("/")
    assert response.status_code == 503
    assert response["Retry-After"] == "30"
    assert "make demo" in Page(response).one("main").text
    assert "recsys run" in Page(response).one("main").text


def test_a_damaged_release_is_a_503_not_a_crash(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(workspace: object) -> Release:
        raise ValueError("articles.arrow lacks columns")

    monkeypatch.setattr("releases.middleware.open_live", damaged)
    assert client.get("/c/").status_code == 503


def test_the_release_is_resolved_once_a_request(
    client: Client, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    monkeypatch.setattr("releases.middleware.open_live", lambda workspace: calls.append(workspace) or release)
    client.get("/p/0100000001/")
    assert len(calls) == 1


def test_metrics_count_the_tiers(client: Client, shop: Settings) -> None:
    client.get("/")
    assert 'shop_feed_tier_total{tier="global"}' in metrics.exposition().decode()


def test_what_was_viewed_is_a_row_latest_first(client: Client) -> None:
    for article_id in ("0100000001", "0100002001", "0100003001", "0100000001"):
        client.get(f"/p/{article_id}/")
    page = Page(client.get("/"))
    row = [a["href"] for a in page.all("a") if "recently-viewed" in a.within and "/like/" not in a["href"]]
    assert row == ["/p/0100000001/", "/p/0100003001/", "/p/0100002001/"]
    assert not [a for a in Page(client.get("/?page=2")).all("a") if "recently-viewed" in a.within]


def test_a_glance_or_two_make_no_row(client: Client) -> None:
    client.get("/p/0100000001/")
    client.get("/p/0100002001/")
    assert not Page(client.get("/")).all("section", **{"aria-labelledby": "recently-viewed"})


def test_a_customer_says_not_for_me_on_the_card(signed_in: Client) -> None:
    page = Page(signed_in.get("/"))
    first = page.one("ul", id="grid") and page.articles()[-1]
    buttons = [button["value"] for button in page.all("button", class_="not-for-me")]
    assert first in buttons
    response = signed_in.post("/account/not-for-me", {"article": first}, headers={"HX-Request": "true"})
    assert response["HX-Trigger"] == f'{{"hiddenChange": {{"article": "{first}"}}}}'
    assert first not in Page(signed_in.get("/")).articles()


def test_a_guest_has_nothing_to_mark(client: Client) -> None:
    assert not Page(client.get("/")).all("button", class_="not-for-me")
    assert not Page(client.get("/c/")).all("button", class_="not-for-me")
