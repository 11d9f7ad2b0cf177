"""Orders without an account, and the customers whose purchases they are."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.db.models import QuerySet
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import CustomerProfile
from orders.export import export_orders
from orders.guests import Guest
from orders.models import Order
from orders.services import PlacedBeforeError, content_of, place_order
from recsys_core.serving import Article, Release
from recsys_core.workspace import Workspace
from tests.django_site.conftest import Customer
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db
CHECKOUT = "/bag/checkout/"
PASSWORD = "a-long-password"
NEWCOMER = {"first_name": "Edda", "username": "edda", "password1": "x-long-pass-9", "password2": "x-long-pass-9"}
Buy = Callable[..., Order]


@pytest.fixture
def buy(client: Client, in_stock: list[Article]) -> Buy:
    """Orders an article as the guest of a browser, by default of ``client``; returns the order."""

    def order(browser: Client = client, number: int = 0) -> Order:
        browser.post("/bag/add", {"article": in_stock[number].article_id})
        browser.post(CHECKOUT, filled(browser))
        return Order.objects.latest("pk")

    return order


def filled(browser: Client) -> dict[str, str]:
    """The check-out form as the page gives it."""
    page = Page(browser.get(CHECKOUT))
    return {name: page.one("input", name=name)["value"] for name in ("total", "token")}


def total(release: Release, guest: Guest) -> Decimal:
    return content_of(release, guest.bag).total


def sign_in(browser: Client) -> None:
    browser.post("/account/sign-in/", {"username": "astrid", "password": PASSWORD})


class TestCheckOut:
    def test_the_page_offers_both_ways(self, client: Client, in_stock: list[Article]) -> None:
        client.post("/bag/add", {"article": in_stock[0].article_id})
        main = [a["href"] for a in Page(client.get(CHECKOUT)).all("a", class_="button")]
        page = Page(client.get(CHECKOUT))
        assert main == ["/account/sign-in/?next=/bag/checkout/"]
        assert [a["href"] for a in page.all("a") if a.text == "Create an account"] == [
            "/account/sign-up/?next=/bag/checkout/"
        ]
        assert page.one("button", class_="quiet").text == "Order as a guest"

    def test_a_guest_orders_and_is_thanked(self, client: Client, in_stock: list[Article]) -> None:
        client.post("/bag/add", {"article": in_stock[0].article_id})
        answer = client.post(CHECKOUT, filled(client), follow=True)
        order = Order.objects.get()
        assert answer.redirect_chain == [(f"/bag/orders/{order.number}/?thanks=1", 302)]
        text = Page(answer).one("main").text
        assert "Thank you for your order" in text
        assert "You can see this order in this browser for 14 days." in text
        assert (order.user, len(order.customer_id)) == (None, 64)
        bag = Page(client.get("/bag/"))
        assert bag.one("h1").text == "Your bag is empty"
        assert order.number in bag.one("section", class_="ordered").text

    def test_orders_of_one_session_are_of_one_customer(self, buy: Buy) -> None:
        other = Client()
        assert buy().customer_id == buy(number=1).customer_id != buy(other).customer_id

    def test_where_it_is_switched_off_a_login_is_needed(
        self, client: Client, in_stock: list[Article], shop: Settings
    ) -> None:
        shop.GUEST_CHECKOUT = False
        client.post("/bag/add", {"article": in_stock[0].article_id})
        for answer in (client.get(CHECKOUT), client.post(CHECKOUT, {"total": "1"})):
            assert answer["Location"] == "/account/sign-in/?next=/bag/checkout/"
        assert not Order.objects.exists()

    def test_another_price_than_seen_is_shown_again(self, client: Client, in_stock: list[Article]) -> None:
        client.post("/bag/add", {"article": in_stock[0].article_id})
        page = Page(client.post(CHECKOUT, filled(client) | {"total": "0.01"}))
        assert "has changed" in page.one("p", class_="error").text
        assert not Order.objects.exists()

    def test_a_client_places_so_many_an_hour_and_who_signs_in_more(
        self, client: Client, buy: Buy, customer: Customer, in_stock: list[Article], shop: Settings
    ) -> None:
        shop.GUEST_ORDERS_PER_HOUR = 1
        buy()
        client.post("/bag/add", {"article": in_stock[1].article_id})
        assert client.post(CHECKOUT, filled(client)).status_code == 429
        customer()
        sign_in(client)
        assert client.post(CHECKOUT, filled(client)).status_code == 302
        assert Order.objects.count() == 2


class TestASecondClick:
    def test_leads_to_the_order_of_the_first(self, client: Client, in_stock: list[Article]) -> None:
        client.post("/bag/add", {"article": in_stock[0].article_id})
        form = filled(client)
        first, second = client.post(CHECKOUT, form), client.post(CHECKOUT, form)
        assert first["Location"] == second["Location"]
        assert Order.objects.count() == 1

    def test_that_runs_beside_the_first_places_nothing_and_keeps_its_hands_off_the_session(
        self, release: Release, in_stock: list[Article]
    ) -> None:
        """Both requests read the session before either wrote it."""
        held = {"bag": {in_stock[0].article_id: 1}, "guest_customer": "a" * 64}
        first, second = Guest(dict(held)), Guest(dict(held))
        token = UUID(int=1)
        order = place_order(release, first, total(release, first), token)
        with pytest.raises(PlacedBeforeError) as refusal:
            place_order(release, second, total(release, second), token)
        assert refusal.value.order == order
        assert (first.session, second.session) == ({"guest_customer": "a" * 64}, held)

    def test_that_is_ahead_of_the_firsts_commit_places_nothing(
        self, release: Release, in_stock: list[Article], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The second looks for the token, finds none yet, and is refused by the database."""
        held = {"bag": {in_stock[0].article_id: 1}, "guest_customer": "a" * 64}
        order = place_order(release, Guest(dict(held)), total(release, Guest(held)), UUID(int=1))
        looks = [Order.objects.none()]
        own: Callable[[Guest], QuerySet[Order]] = Guest.orders.fget  # type: ignore[attr-defined]
        monkeypatch.setattr(Guest, "orders", property(lambda guest: looks.pop() if looks else own(guest)))
        with pytest.raises(PlacedBeforeError) as refusal:
            place_order(release, Guest(held), total(release, Guest(held)), UUID(int=1))
        assert refusal.value.order == order
        assert Order.objects.count() == 1

    def test_of_a_signed_in_shopper_leads_there_too(self, signed_in: Client, in_stock: list[Article]) -> None:
        signed_in.post("/bag/add", {"article": in_stock[0].article_id})
        form = filled(signed_in)
        first, second = signed_in.post(CHECKOUT, form), signed_in.post(CHECKOUT, form)
        assert first["Location"] == second["Location"]

    def test_with_anothers_token_is_no_way_to_the_others_order(self, buy: Buy, in_stock: list[Article]) -> None:
        token = str(buy().form_token)
        other = Client()
        other.post("/bag/add", {"article": in_stock[1].article_id})
        page = Page(other.post(CHECKOUT, filled(other) | {"token": token}))
        assert "has changed" in page.one("p", class_="error").text
        assert Order.objects.count() == 1


@pytest.mark.django_db(transaction=True)
class TestAnErrorAfterTheOrder:
    def test_is_not_the_guests_and_brings_no_bag_back(self, client: Client, in_stock: list[Article]) -> None:
        def broken(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            if sql.startswith('UPDATE "orders_order"'):
                raise OperationalError("the server closed the connection")
            return execute(sql, *rest)

        client.post("/bag/add", {"article": in_stock[0].article_id})
        form = filled(client)
        with connection.execute_wrapper(broken):
            answer = client.post(CHECKOUT, form)
        order = Order.objects.get()
        assert answer["Location"] == f"/bag/orders/{order.number}/?thanks=1"
        assert order.state == "waiting"
        assert Page(client.get("/bag/")).one("h1").text == "Your bag is empty"

    def test_that_stops_the_answer_leaves_the_bag_empty(
        self, client: Client, in_stock: list[Article], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client.post("/bag/add", {"article": in_stock[0].article_id})
        form = filled(client)
        client.raise_request_exception = False
        monkeypatch.setattr("orders.views._thanks_for", lambda order: 1 / 0)
        assert client.post(CHECKOUT, form).status_code == 500
        assert (Order.objects.count(), client.session.get("bag")) == (1, None)


class TestWhoSeesIt:
    def test_the_session_that_placed_it_alone(self, client: Client, buy: Buy, signed_in_elsewhere: Client) -> None:
        path = f"/bag/orders/{buy().number}/"
        assert client.get(path).status_code == 200
        assert Client().get(path).status_code == 404
        assert signed_in_elsewhere.get(path, follow=True).status_code == 404

    def test_not_the_next_person_after_signing_out(self, client: Client, buy: Buy, customer: Customer) -> None:
        number = buy().number
        customer()
        sign_in(client)
        client.post("/account/sign-out/")
        assert client.get(f"/bag/orders/{number}/").status_code == 404

    def test_staff_find_it_without_a_user(self, buy: Buy) -> None:
        order, staff = buy(), Client()
        staff.force_login(User.objects.create_superuser("boss"))
        assert order.number in Page(staff.get("/staff/orders/order/?user__isempty=1")).one("main").text
        assert order.number not in Page(staff.get("/staff/orders/order/?user__isempty=0")).one("main").text
        assert staff.get(f"/staff/orders/order/{order.pk}/change/").status_code == 200


@pytest.fixture
def signed_in_elsewhere(customer: Customer) -> Client:
    browser = Client()
    browser.force_login(customer("Bruno", 1).user)
    return browser


class TestSigningIn:
    def test_takes_the_orders_along_and_those_in_no_file_become_the_customers(
        self, client: Client, buy: Buy, customer: Customer, shop: Settings
    ) -> None:
        profile = customer()
        written = buy()
        export_orders(Workspace(shop.RECSYS_WORKSPACE).incoming)
        waiting = buy(number=1)
        sign_in(client)
        held = {order.number: (order.user, order.customer_id) for order in Order.objects.all()}
        assert held == {
            written.number: (profile.user, written.customer_id),
            waiting.number: (profile.user, profile.customer_id),
        }
        assert "guest_customer" not in client.session
        answer = client.get(f"/bag/orders/{written.number}/")
        assert answer["Location"] == f"/account/orders/{written.number}/"
        assert written.number in Page(client.get("/account/orders/")).one("main").text

    def test_leaves_the_orders_of_other_guests(self, client: Client, buy: Buy, customer: Customer) -> None:
        others = buy(Client())
        buy()
        customer()
        sign_in(client)
        others.refresh_from_db()
        assert others.user is None

    def test_a_new_account_is_the_customer_who_ordered_as_a_guest(self, client: Client, buy: Buy) -> None:
        order = buy()
        client.post("/account/sign-up/", NEWCOMER)
        profile = CustomerProfile.objects.get()
        order.refresh_from_db()
        assert (order.user, order.customer_id) == (profile.user, profile.customer_id)

    def test_a_login_without_a_customer_becomes_the_guests(self, client: Client, buy: Buy) -> None:
        order = buy()
        User.objects.create_user("astrid", password=PASSWORD)
        sign_in(client)
        assert CustomerProfile.objects.get().customer_id == order.customer_id

    def test_no_two_logins_are_one_customer(self, client: Client, buy: Buy) -> None:
        order = buy()
        client.post("/account/sign-up/", NEWCOMER)
        late = Client()
        late.get("/")
        session = late.session
        session["guest_customer"] = order.customer_id
        session.save()
        late.post("/account/sign-up/", NEWCOMER | {"username": "edda2"})
        assert len(set(CustomerProfile.objects.values_list("customer_id", flat=True))) == 2


class TestDeletion:
    def test_forgets_every_customer_that_the_orders_were_bought_as(
        self, client: Client, buy: Buy, customer: Customer, shop: Settings
    ) -> None:
        profile = customer()
        workspace = Workspace(shop.RECSYS_WORKSPACE)
        as_guest = buy()
        export_orders(workspace.incoming)
        sign_in(client)
        client.post("/account/delete/", {"password": PASSWORD})
        assert not Order.objects.exists()
        assert as_guest.customer_id != profile.customer_id
        erased = workspace.erasures()
        assert (as_guest.customer_id in erased, profile.customer_id in erased) == (True, True)
