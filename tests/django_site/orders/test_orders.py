import csv
import datetime as dt
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from catalog.prices import shop_price
from orders.bag import MAX_LINES, MAX_QUANTITY, GuestBag, ShopperBag, add, move
from orders.export import export_orders
from orders.models import BagLine, Order
from orders.services import BagChangedError, place_order, purchase_day
from recsys_core.serving import Article, Release
from recsys_core.workspace import Workspace
from tests.django_site.conftest import Customer
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold_out(release: Release) -> Article:
    return release.catalogue.article(int((~release.catalogue.in_stock).nonzero()[0][0]))


def fill(client: Client, *articles: Article) -> None:
    for article in articles:
        client.post("/bag/add", {"article": article.article_id})


def total(client: Client) -> str:
    return Page(client.get("/bag/checkout/")).one("input", name="total")["value"]


class TestBag:
    def test_what_is_added_lies_in_it_and_counts_in_the_header(self, client: Client, in_stock: list[Article]) -> None:
        fill(client, in_stock[0], in_stock[1], in_stock[0])
        page = Page(client.get("/bag/"))
        assert [h2.text for h2 in page.all("h2")][:2] == [in_stock[0].prod_name, in_stock[1].prod_name]
        assert page.one("span", id="bag-count").text == "3 pieces"
        expected = 2 * shop_price(in_stock[0].price) + shop_price(in_stock[1].price)
        assert page.one("p", class_="total-price").text == f"€{expected:,.2f}"

    def test_quantities_change_and_lines_go(self, client: Client, in_stock: list[Article]) -> None:
        fill(client, in_stock[0], in_stock[1])
        client.post("/bag/change", {"article": in_stock[0].article_id, "quantity": 4})
        client.post("/bag/change", {"article": in_stock[1].article_id, "quantity": ["1", "0"]})  # select and button
        page = Page(client.get("/bag/"))
        assert page.one("span", id="bag-count").text == "4 pieces"
        assert [select["id"] for select in page.all("select")] == ["quantity-1"]

    def test_for_htmx_the_answer_is_the_note_and_the_count(self, client: Client, in_stock: list[Article]) -> None:
        answer = client.post("/bag/add", {"article": in_stock[0].article_id}, headers={"HX-Request": "true"})
        page = Page(answer)
        assert "In your bag." in answer.content.decode()
        assert page.one("span", id="bag-count")["hx-swap-oob"] == "true"
        assert not page.all("html")

    @pytest.mark.parametrize("sent", [{}, {"article": "0999999999"}, {"article": "0100000001", "quantity": "-3"}])
    def test_nonsense_is_refused(self, client: Client, sent: dict[str, str]) -> None:
        assert client.post("/bag/add", sent).status_code == 404
        assert client.get("/bag/add").status_code == 405

    def test_it_holds_no_more_than_it_can(self, client: Client, in_stock: list[Article]) -> None:
        bag = GuestBag({})
        assert add(bag, "a", MAX_QUANTITY + 5) == MAX_QUANTITY
        fill(client, *in_stock[:MAX_LINES])
        client.post("/bag/add", {"article": in_stock[-1].article_id})
        page = Page(client.get("/bag/"))
        assert page.one("span", id="bag-count").text == f"{MAX_LINES} pieces"
        assert f"The bag holds {MAX_LINES} different articles" in page.one("main").text

    @pytest.mark.parametrize("browser", ["client", "signed_in"])
    def test_a_change_puts_nothing_in(
        self, browser: str, request: pytest.FixtureRequest, in_stock: list[Article]
    ) -> None:
        """Neither what the shop does not know, nor more articles than a bag holds."""
        shopper: Client = request.getfixturevalue(browser)
        fill(shopper, in_stock[0])
        for article_id in ("x1", in_stock[1].article_id):
            answer = shopper.post("/bag/change", {"article": article_id, "quantity": 1})
            assert answer["Location"] == "/bag/"
        assert Page(shopper.get("/bag/")).one("span", id="bag-count").text == "1 piece"

    def test_an_article_that_left_the_shop_can_be_taken_out(self, client: Client) -> None:
        session = client.session
        session["bag"] = {"0999999999": 1}
        session.save()
        assert "no longer in the shop" in Page(client.get("/bag/")).one("main").text
        client.post("/bag/change", {"article": "0999999999", "quantity": 0})
        assert Page(client.get("/bag/")).one("h1").text == "Your bag is empty"

    def test_a_guest_who_signs_in_takes_it_along(
        self, client: Client, customer: Customer, in_stock: list[Article]
    ) -> None:
        profile = customer()
        ShopperBag(profile.user).put(in_stock[1].article_id, 3)
        fill(client, in_stock[0], in_stock[1])
        client.post("/account/sign-in/", {"username": "astrid", "password": "a-long-password"})
        held = ShopperBag(profile.user).quantities()
        assert held == {in_stock[1].article_id: 3, in_stock[0].article_id: 1}
        assert "bag" not in client.session

    def test_moving_keeps_the_larger_number(self) -> None:
        mine, theirs = GuestBag({"bag": {"a": 1, "b": 5}}), GuestBag({"bag": {"a": 3}})
        move(mine, theirs)
        assert (mine.quantities(), theirs.quantities()) == ({}, {"a": 3, "b": 5})


class TestOrder:
    def test_check_out_makes_an_order_and_empties_the_bag(self, signed_in: Client, in_stock: list[Article]) -> None:
        fill(signed_in, in_stock[0], in_stock[0], in_stock[1])
        answer = signed_in.post("/bag/checkout/", {"total": total(signed_in)}, follow=True)
        order = Order.objects.get()
        assert answer.redirect_chain == [(f"/account/orders/{order.number}/?thanks=1", 302)]
        assert "Thank you" in Page(answer).one("main").text
        expected = 2 * shop_price(in_stock[0].price) + shop_price(in_stock[1].price)
        assert (order.total, [line.quantity for line in order.lines.all()]) == (expected, [2, 1])
        assert not BagLine.objects.exists()
        assert order.number in Page(signed_in.get("/account/orders/")).one("main").text

    def test_a_second_click_orders_nothing(self, signed_in: Client, in_stock: list[Article]) -> None:
        fill(signed_in, in_stock[0])
        seen = total(signed_in)
        for _ in range(2):
            signed_in.post("/bag/checkout/", {"total": seen})
        assert Order.objects.count() == 1

    def test_another_price_than_seen_is_shown_again(self, signed_in: Client, in_stock: list[Article]) -> None:
        fill(signed_in, in_stock[0])
        page = Page(signed_in.post("/bag/checkout/", {"total": "0.01"}))
        assert "has changed" in page.one("p", class_="error").text
        assert not Order.objects.exists()

    def test_what_is_out_of_stock_cannot_be_ordered(self, signed_in: Client, sold_out: Article) -> None:
        fill(signed_in, sold_out)
        assert signed_in.get("/bag/checkout/")["Location"] == "/bag/"
        signed_in.post("/bag/checkout/", {"total": str(shop_price(sold_out.price))})
        assert not Order.objects.exists()
        assert not Page(signed_in.get(f"/p/{sold_out.article_id}/")).all("form", class_="buy")

    def test_an_empty_bag_is_no_order(self, release: Release, customer: Customer) -> None:
        with pytest.raises(BagChangedError, match="empty"):
            place_order(release, customer().user, Decimal("0.00"))

    def test_nobody_sees_anothers_order(self, signed_in: Client, customer: Customer, in_stock: list[Article]) -> None:
        fill(signed_in, in_stock[0])
        signed_in.post("/bag/checkout/", {"total": total(signed_in)})
        number = Order.objects.get().number
        other = Client()
        other.force_login(customer("Bruno", 1).user)
        assert other.get(f"/account/orders/{number}/").status_code == 404
        assert number not in other.get("/account/orders/").content.decode()
        assert Client().get(f"/account/orders/{number}/").status_code == 302

    def test_a_login_without_a_customer_becomes_one(
        self, client: Client, django_user_model: type, in_stock: list[Article]
    ) -> None:
        client.force_login(django_user_model.objects.create_user("staff"))  # type: ignore[attr-defined]
        fill(client, in_stock[0])
        client.post("/bag/checkout/", {"total": total(client)})
        assert len(Order.objects.get().customer_id) == 64

    def test_names_may_be_as_long_as_the_catalogues(
        self, release: Release, customer: Customer, in_stock: list[Article], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """PostgreSQL refuses a text that is longer than its column; SQLite takes it."""
        article = in_stock[0]._replace(prod_name="Coat " * 100, colour_group_name="Blue " * 50)
        monkeypatch.setattr(release.catalogue, "articles", lambda rows: [article])
        user = customer().user
        ShopperBag(user).put(article.article_id, 1)
        (line,) = place_order(release, user, shop_price(article.price)).lines.all()
        line.full_clean()
        assert (line.name, line.colour) == ("Coat " * 100, "Blue " * 50)


class TestPurchaseDay:
    def test_in_a_shop_of_today_it_is_today(self, release: Release) -> None:
        assert purchase_day(release, dt.date(2020, 9, 25)) == dt.date(2020, 9, 25)

    def test_in_a_shop_of_the_past_it_is_the_day_after_its_data(self, release: Release) -> None:
        assert purchase_day(release, dt.date(2026, 1, 1)) == dt.date.fromisoformat(release.manifest["cutoff"])


class TestExport:
    def test_orders_become_purchases_a_row_a_piece(
        self, placed: Order, in_stock: list[Article], tmp_path: Path
    ) -> None:
        (file,) = export_orders(tmp_path / "incoming")
        rows = list(csv.DictReader(file.open()))
        first, second = in_stock[:2]
        assert [row["article_id"] for row in rows] == [first.article_id, first.article_id, second.article_id]
        assert {row["customer_id"] for row in rows} == {placed.customer_id}
        assert {row["t_dat"] for row in rows} == {placed.purchase_day.isoformat()}
        assert [float(row["price"]) for row in rows] == [first.price, first.price, second.price]
        assert {row["sales_channel_id"] for row in rows} == {"2"}
        assert {row["order_number"] for row in rows} == {placed.number}
        assert file.name.startswith("shop_orders_")

    def test_an_order_is_exported_once(self, placed: Order, tmp_path: Path) -> None:
        export_orders(tmp_path / "incoming")
        assert export_orders(tmp_path / "incoming") == []
        assert len(list((tmp_path / "incoming").iterdir())) == 1

    def test_after_a_kill_the_same_file_is_written_again(self, placed: Order, tmp_path: Path) -> None:
        (file,) = export_orders(tmp_path / "incoming")
        written = file.read_bytes()
        Order.objects.update(exported_at=None)  # killed between the file and the mark
        assert export_orders(tmp_path / "incoming") == [file]
        assert file.read_bytes() == written
        assert [path.name for path in (tmp_path / "incoming").iterdir()] == [file.name]

    def test_check_out_hands_the_order_over(
        self, signed_in: Client, in_stock: list[Article], django_capture_on_commit_callbacks: object, shop: object
    ) -> None:
        fill(signed_in, in_stock[0])
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            signed_in.post("/bag/checkout/", {"total": total(signed_in)})
        assert Order.objects.get().exported_at
        incoming = Workspace(shop.RECSYS_WORKSPACE).incoming  # type: ignore[attr-defined]
        assert (incoming / Order.objects.get().export_file).exists()

    def test_a_full_disk_does_not_undo_an_order(
        self, signed_in: Client, in_stock: list[Article], django_capture_on_commit_callbacks: object, shop: object
    ) -> None:
        incoming = Workspace(shop.RECSYS_WORKSPACE).incoming  # type: ignore[attr-defined]
        shutil.rmtree(incoming, ignore_errors=True)
        incoming.write_text("a file where the folder should be")
        try:
            fill(signed_in, in_stock[0])
            with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
                answer = signed_in.post("/bag/checkout/", {"total": total(signed_in)})
            assert answer.status_code == 302
            assert Order.objects.get().exported_at is None
        finally:
            incoming.unlink()
        assert export_orders(incoming)
        assert Order.objects.get().exported_at
