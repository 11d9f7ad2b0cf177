"""The worst bug of such a shop: one customer sees another's list. All addresses are walked, as three people."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from recsys_core.serving import Release
from tests.django_site.conftest import Customer
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db

EXAMPLES = {
    "recommendations:home": "/",
    "recommendations:session": "/session/",
    "recommendations:session-row": "/session/row",
    "catalog:everything": "/c/",
    "catalog:collection": "/c/ladieswear/",
    "catalog:department": "/c/ladieswear/knitwear/",
    "catalog:product": "/p/0100000001/",
    "search:results": "/search?q=dress",
    "search:suggestions": "/search/suggestions?q=dr",
    "catalog:image": "/img/0100000001.jpg",
    "catalog:further-image": "/img/0100000001_2.jpg",
    "catalog:placeholder": "/img/placeholder/garment-full-body/dark-blue.svg",
    "imagesearch:search": "/search/image/",
    "imagesearch:like": "/p/0100000001/like/",
    "orders:bag": "/bag/",
    "orders:add": "/bag/add",
    "orders:change": "/bag/change",
    "orders:checkout": "/bag/checkout/",
    "orders:guest-order": "/bag/orders/ABC123/",
    "orders:orders": "/account/orders/",
    "orders:order": "/account/orders/ABC123/",
    "accounts:account": "/account/",
    "accounts:preferences": "/account/preferences/",
    "wishlist:hide": "/account/not-for-me",
    "wishlist:saved": "/account/saved/",
    "wishlist:save": "/account/saved/change",
    "accounts:delete": "/account/delete/",
    "accounts:sign-up": "/account/sign-up/",
    "accounts:sign-in": "/account/sign-in/",
    "accounts:demo-sign-in": "/account/sign-in/demo/",
    "accounts:sign-out": "/account/sign-out/",
    "accounts:email": "/account/preferences/email/",
    "accounts:password-reset": "/account/password/",
    "accounts:password-reset-sent": "/account/password/sent/",
    "accounts:password-choose": "/account/password/MQ/set-password/",
    "accounts:password-changed": "/account/password/changed/",
    "api:recommendations": "/api/v1/recommendations",
    "api:session": "/api/v1/session",
    "api:article": "/api/v1/articles/0100000001",
    "api:similar": "/api/v1/articles/0100000001/similar",
    "api:search": "/api/v1/search?q=dress",
    "api:search_by_image": "/api/v1/search/image",
    "api:suggestions": "/api/v1/suggestions?q=dr",
    "api:openapi-json": "/api/v1/openapi.json",
    "api:openapi-view": "/api/v1/docs",
    "api:api-root": "/api/v1/",
    "events:click": "/events/click",
    "events:experiment": "/staff/experiment/",
    "merchandising:articles": "/staff/articles/",
    "merchandising:article": "/staff/articles/0100000001/",
    "merchandising:rules": "/staff/rules/",
    "merchandising:what-if": "/staff/what-if/",
    "merchandising:what-if-answer": "/staff/what-if/no-repeats/",
    "crawlers:robots": "/robots.txt",
    "crawlers:favicon": "/favicon.ico",
    "crawlers:sitemap-index": "/sitemap.xml",
    "crawlers:sitemap-page": "/sitemap-products.xml",
    "information:help": "/help/",
    "information:delivery": "/delivery/",
    "information:contact": "/contact/",
    "stock_notices:ask": "/p/0100000001/notice",
    "stock_notices:withdraw": "/notices/withdraw/",
    "privacy:page": "/privacy/",
    "privacy:choose": "/privacy/statistics",
    "healthz": "/healthz",
    "readyz": "/readyz",
}
PUBLIC = {
    "catalog:image",
    "catalog:further-image",
    "catalog:placeholder",
    "crawlers:robots",
    "crawlers:favicon",
    "crawlers:sitemap-index",
    "crawlers:sitemap-page",
}
"""The same for everybody, and cached as such."""
NEED_PERMISSION = {
    "events:experiment": "view_experiment",
    "merchandising:articles": "view_articles",
    "merchandising:article": "view_articles",
    "merchandising:rules": "try_rules",
    "merchandising:what-if": "try_rules",
    "merchandising:what-if-answer": "try_rules",
}
"""Staff pages for whom it was granted."""
NEED_LOGIN = {
    "accounts:account",
    "accounts:preferences",
    "accounts:delete",
    "accounts:email",
    "orders:orders",
    "orders:order",
}
SHOP = ("recommendations", "catalog", "imagesearch")
PAGES = {name: path for name, path in EXAMPLES.items() if name.partition(":")[0] in SHOP}


def names(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else prefix)
        else:
            yield f"{prefix}{pattern.name}"


def test_every_address_of_the_site_is_walked_here() -> None:
    found = {name for name in names(get_resolver().url_patterns) if not name.startswith("admin:")}
    assert found == set(EXAMPLES)


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - PUBLIC))
def test_no_shared_cache_may_keep_a_page(name: str, signed_in: Client) -> None:
    response = signed_in.get(EXAMPLES[name])
    assert "private" in response["Cache-Control"] or "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - PUBLIC - {"healthz", "readyz", "accounts:sign-out"}))
def test_pages_differ_by_cookie(name: str, signed_in: Client) -> None:
    assert "Cookie" in signed_in.get(EXAMPLES[name])["Vary"]


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_what_is_cached_publicly_is_the_same_for_all(name: str, signed_in: Client, client: Client) -> None:
    guest = Client().get(EXAMPLES[name])
    assert guest.content == signed_in.get(EXAMPLES[name]).content
    assert not guest.cookies


@pytest.mark.parametrize("name", sorted(NEED_LOGIN))
def test_guests_are_sent_to_sign_in(name: str, client: Client) -> None:
    response = client.get(EXAMPLES[name])
    assert (response.status_code, response["Location"]) == (302, f"/account/sign-in/?next={EXAMPLES[name]}")


@pytest.mark.parametrize("name", sorted(NEED_PERMISSION))
def test_staff_pages_take_a_permission(name: str, signed_in: Client, django_user_model: type[User]) -> None:
    for browser in (Client(), signed_in):
        assert browser.get(EXAMPLES[name])["Location"].startswith("/staff/login/")
    boss, staff = django_user_model.objects.create_user("boss", is_staff=True), Client()
    staff.force_login(boss)
    assert staff.get(EXAMPLES[name]).status_code == 403
    boss.user_permissions.add(Permission.objects.get(codename=NEED_PERMISSION[name]))
    assert staff.get(EXAMPLES[name]).status_code == (404 if name == "merchandising:what-if-answer" else 200)


@pytest.mark.parametrize("name", sorted({*PAGES, "accounts:account"}))
def test_nobodys_page_names_anybody_else(name: str, customer: Customer) -> None:
    pair = [customer("Astrid", 0), customer("Bruno", 1)]
    for me, other in (pair, pair[::-1]):
        browser = Client()
        browser.force_login(me.user)
        text = browser.get(EXAMPLES[name]).content.decode(errors="replace")
        assert other.user.first_name not in text
        assert other.customer_id not in text


def test_two_customers_at_once_see_each_their_own_list(customer: Customer, release: Release) -> None:
    profiles = [customer("Astrid", 0), customer("Bruno", 1)]
    browsers = [Client(), Client()]
    for browser, profile in zip(browsers, profiles, strict=True):
        browser.force_login(profile.user)
    for _ in range(2):  # twice: the second answer may come from what the first left behind
        for browser, profile in zip(browsers, profiles, strict=True):
            own = release.lists.for_customer(profile.customer_id)
            assert own is not None
            expected = [a.article_id for a in release.catalogue.articles(own.article_idx[:24])]
            assert Page(browser.get("/")).articles() == expected


@pytest.mark.parametrize("trick", ["customer_id", "customer", "user", "next"])
def test_an_address_cannot_name_the_customer(
    trick: str, signed_in: Client, customer: Customer, release: Release
) -> None:
    other = customer("Bruno", 1)
    plain = Page(signed_in.get("/")).articles()
    for value in (other.customer_id, other.pk, other.user.pk, "bruno"):
        assert Page(signed_in.get("/", {trick: value})).articles() == plain


def test_a_session_ends_with_the_sign_out(signed_in: Client) -> None:
    old = signed_in.cookies["sessionid"].value
    signed_in.post("/account/sign-out/")
    thief = Client()
    thief.cookies["sessionid"] = old
    assert "Astrid" not in thief.get("/").content.decode()


def test_the_next_person_in_the_same_browser_gets_a_new_session(client: Client, customer: Customer) -> None:
    first, second = customer("Astrid", 0), customer("Bruno", 1)
    for profile in (first, second):
        client.post("/account/sign-in/", {"username": profile.user.username, "password": "a-long-password"})
        page = client.get("/").content.decode()
        assert f"For you, {profile.user.first_name}" in page
        client.post("/account/sign-out/")
    assert "For you" not in client.get("/").content.decode()
