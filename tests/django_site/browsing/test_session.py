from http.cookies import SimpleCookie

import numpy as np
import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from browsing.session import DECAY_PER_INTERACTION, MAX_INTERACTIONS, BrowsingSession
from catalog.prices import shop_price
from orders.bag import ShopperBag
from orders.services import place_order
from recommendations.inspired import inspired_by
from recsys_core.serving import FacetSelection, Release
from tests.django_site.conftest import Customer
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db


def ids(release: Release, *rows: int) -> list[str]:
    return [article.article_id for article in release.catalogue.articles(rows)]


class TestVisit:
    def test_what_was_done_last_stands_first_and_once(self) -> None:
        session = BrowsingSession().after("a", "viewed").after("b", "viewed").after("a", "viewed")
        assert session.interactions == (("a", "viewed"), ("b", "viewed"))

    def test_a_look_takes_nothing_out_of_the_bag(self) -> None:
        assert BrowsingSession().after("a", "bagged").after("a", "viewed").interactions == (("a", "bagged"),)

    def test_the_bag_says_more_than_a_look_and_the_last_most(self) -> None:
        weights = dict(BrowsingSession().after("a", "bagged").after("b", "viewed").weighted())
        assert weights == {"b": 1.0, "a": pytest.approx(3 * DECAY_PER_INTERACTION)}

    def test_it_is_kept_short(self) -> None:
        session = BrowsingSession()
        for number in range(MAX_INTERACTIONS + 5):
            session = session.after(str(number), "viewed")
        assert len(session.interactions) == MAX_INTERACTIONS

    def test_a_browser_gives_back_what_it_was_given(self) -> None:
        session = BrowsingSession().after("0100000001", "viewed").after("0100000002", "bagged")
        assert self._read(self._cookie(session)) == session

    def test_a_forged_cookie_is_no_session(self) -> None:
        cookie = self._cookie(BrowsingSession().after("0100000001", "viewed"))
        assert self._read(cookie.replace("v0100000001", "v0100000002")) == BrowsingSession()

    def _cookie(self, session: BrowsingSession) -> str:
        response = HttpResponse()
        session.write(response)
        return str(response.cookies["session"].value)

    def _read(self, value: str) -> BrowsingSession:
        request = RequestFactory().get("/")
        request.COOKIES["session"] = value
        return BrowsingSession.read(request)


def test_looking_at_products_moves_the_row_at_once(client: Client, release: Release) -> None:
    first, second = ids(release, 3, 150)
    assert not Page(client.get("/session/row")).elements
    client.get(f"/p/{first}/")
    after_one = Page(client.get("/session/row")).articles("inspired")
    client.get(f"/p/{second}/")
    after_two = Page(client.get("/session/row")).articles("inspired")
    assert after_one
    assert after_one != after_two
    assert not {first, second} & set(after_two)
    assert Page(client.get("/")).one("div", class_="session-row")["hx-get"] == "/session/row"


def test_without_milvus_the_similar_lists_answer(client: Client, release: Release) -> None:
    (seen,) = ids(release, 3)
    client.get(f"/p/{seen}/")
    response = client.get("/session/")
    assert response["X-Fallback-Tier"] == "session-similar"
    similar = [idx for idx in release.related(3, "similar").tolist() if idx != 3]
    assert Page(response).articles() == ids(release, *similar[:24])


def test_a_session_of_nothing_shows_where_to_go(client: Client) -> None:
    response = client.get("/session/")
    assert (response.status_code, response["X-Fallback-Tier"]) == (200, "none")


def test_facets_narrow_the_session(release: Release) -> None:
    session = BrowsingSession().after(ids(release, 3)[0], "viewed")
    colour = release.catalogue.article(int(release.related(3, "similar")[0])).colour_group_name
    chosen = FacetSelection({"colour_group_name": frozenset({colour})})
    found = inspired_by(release, session, None, chosen).article_idx
    assert len(found)
    assert {a.colour_group_name for a in release.catalogue.articles(found)} == {colour}


def test_signing_out_ends_the_session(signed_in: Client, release: Release) -> None:
    signed_in.get(f"/p/{ids(release, 3)[0]}/")
    signed_in.post("/account/sign-out/")
    assert not signed_in.cookies["session"].value


def test_signing_in_keeps_it(client: Client, customer: Customer, release: Release) -> None:
    customer()
    client.get(f"/p/{ids(release, 3)[0]}/")
    client.post("/account/sign-in/", {"username": "astrid", "password": "a-long-password"})
    assert Page(client.get("/session/row")).articles("inspired")


def test_the_cookie_is_for_the_shop_alone(client: Client, release: Release) -> None:
    cookie: SimpleCookie = client.get(f"/p/{ids(release, 3)[0]}/").cookies
    assert (cookie["session"]["httponly"], cookie["session"]["samesite"]) == (True, "Lax")


def test_what_was_ordered_is_bought_again_and_not_recommended(
    client: Client, customer: Customer, release: Release
) -> None:
    profile = customer()
    own = release.lists.for_customer(profile.customer_id)
    assert own is not None
    best = next(idx for idx in own.article_idx.tolist() if release.catalogue.in_stock[idx])
    article = release.catalogue.article(best)
    ShopperBag(profile.user).put(article.article_id, 1)
    place_order(release, profile.user, shop_price(article.price))
    client.force_login(profile.user)
    page = Page(client.get("/"))
    assert page.articles("buy-again")[0] == article.article_id
    assert article.article_id not in page.articles("grid")


def test_what_was_ordered_and_is_not_for_me_is_shown_in_no_row(
    client: Client, customer: Customer, release: Release
) -> None:
    profile = customer()
    own = release.lists.for_customer(profile.customer_id)
    assert own is not None
    wanted, unwanted = release.catalogue.articles(own.article_idx[release.catalogue.in_stock[own.article_idx]][:2])
    for article in (wanted, unwanted):
        ShopperBag(profile.user).put(article.article_id, 1)
        place_order(release, profile.user, shop_price(article.price))
    client.force_login(profile.user)
    assert Page(client.get("/")).articles("buy-again")[:2] == [unwanted.article_id, wanted.article_id]
    client.post("/account/not-for-me", {"article": unwanted.article_id})
    page = Page(client.get("/"))
    assert page.articles("buy-again")[0] == wanted.article_id
    assert unwanted.article_id not in page.articles("buy-again") + page.articles("grid")


def test_new_for_you_is_new_and_from_the_own_list(client: Client, customer: Customer, release: Release) -> None:
    profile = customer()
    client.force_login(profile.user)
    own = release.lists.for_customer(profile.customer_id)
    assert own is not None
    shown = Page(client.get("/")).articles("new-for-you")
    assert shown
    rows = [release.catalogue.index_of(article_id) for article_id in shown]
    assert set(rows) <= set(own.article_idx.tolist())
    assert (release.catalogue.days_since_first_sale[np.array(rows, int)] <= 30).all()
