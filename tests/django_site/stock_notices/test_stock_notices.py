import datetime as dt
import re

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from recsys_core.serving import Release, open_live
from recsys_core.workspace import Workspace
from scripts.ports import free_port
from stock_notices.models import StockNotice
from stock_notices.sending import CLAIM, send_due_notices
from stock_notices.services import MAX_AGE, MAX_OPEN_NOTICES
from tests.django_site.conftest import Customer
from tests.django_site.markup import Page
from tests.django_site.stock_notices.mail_servers import Slow
from tests.support.release_fixture import article_rows, build_release

pytestmark = pytest.mark.django_db
IN_STOCK, BACK, STILL_OUT = "0100000001", "0100002003", "0100003001"
"""Articles 0, 8 and 9 of the fixture, of which every ninth and tenth is sold out. The later release lacks article 0, so
8 becomes 7, which is in stock, and 9 becomes 8.
"""
ADDRESS = "astrid@shop.example"
SERVERS = "tests.django_site.stock_notices.mail_servers"


@pytest.fixture(scope="module")
def later_workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("later")
    return build_release(root, customers=20, catalogue=article_rows(60)[1:]).workspace


@pytest.fixture
def later(later_workspace: Workspace) -> Release:
    return open_live(later_workspace)


@pytest.fixture(autouse=True)
def with_mail(shop: Settings) -> Settings:
    shop.SENDS_MAIL = True
    return shop


def ask(client: Client, article_id: str = BACK, address: str = ADDRESS) -> str:
    """Asks for a notice; returns the message of the page that follows."""
    answer = client.post(f"/p/{article_id}/notice", {"email": address}, follow=True)
    return Page(answer).one("p", class_="notice").text


def wanted(*addresses: str, article_id: str = BACK) -> None:
    for address in addresses:
        StockNotice.objects.create(article_id=article_id, address=address, origin="https://shop.example")


def withdrawal() -> str:
    (path,) = re.findall(r"https?://[^/\s]+(/notices/\S+)", mail.outbox[-1].body)
    return str(path)


class TestAsking:
    def test_the_page_of_a_sold_out_article_offers_it(self, client: Client, customer: Customer) -> None:
        assert Page(client.get(f"/p/{BACK}/")).one("input", type="email")["value"] == ""
        assert not Page(client.get(f"/p/{IN_STOCK}/")).all("input", type="email")
        user = customer().user
        user.email = ADDRESS
        user.save()
        client.force_login(user)
        assert Page(client.get(f"/p/{BACK}/")).one("input", type="email")["value"] == ADDRESS

    def test_not_in_a_shop_without_mail(self, client: Client, shop: Settings) -> None:
        shop.SENDS_MAIL = False
        assert not Page(client.get(f"/p/{BACK}/")).all("input", type="email")
        assert client.post(f"/p/{BACK}/notice", {"email": ADDRESS}).status_code == 404

    def test_an_address_is_noted_once_however_it_is_written(self, client: Client) -> None:
        said = {ask(client), ask(client, address=ADDRESS.upper()), ask(Client(), address="other@shop.example")}
        assert said == {"We will write to you when it is back."}
        assert set(StockNotice.objects.values_list("article_id", "address", "origin")) == {
            (BACK, ADDRESS, "http://testserver"),
            (BACK, "other@shop.example", "http://testserver"),
        }

    @pytest.mark.parametrize(
        ("article_id", "address", "said"),
        [(BACK, "astrid", "That is not an e-mail address."), (IN_STOCK, ADDRESS, "It is back already.")],
    )
    def test_nothing_is_noted_for_nothing(self, client: Client, article_id: str, address: str, said: str) -> None:
        assert ask(client, article_id, address) == said
        assert not StockNotice.objects.exists()

    def test_not_for_an_article_that_nobody_knows(self, client: Client) -> None:
        assert client.post("/p/0999999999/notice", {"email": ADDRESS}).status_code == 404

    def test_an_address_has_so_many_open_notices_and_the_answer_stays_the_same(self, client: Client) -> None:
        for number in range(MAX_OPEN_NOTICES):
            wanted(ADDRESS, article_id=str(number))
        assert ask(client) == "We will write to you when it is back."
        assert StockNotice.objects.count() == MAX_OPEN_NOTICES

    def test_a_client_asks_so_often_an_hour(self, client: Client, shop: Settings) -> None:
        shop.STOCK_NOTICES_PER_HOUR = 1
        ask(client)
        assert client.post(f"/p/{STILL_OUT}/notice", {"email": ADDRESS}).status_code == 429


class TestSending:
    def test_one_mail_goes_out_when_the_article_is_back(self, later: Release, release: Release) -> None:
        wanted(ADDRESS)
        wanted("other@shop.example", article_id=STILL_OUT)
        assert [send_due_notices(each) for each in (release, later, later)] == [0, 1, 0]
        (sent,) = mail.outbox
        assert (sent.to, sent.subject) == ([ADDRESS], "Cosmo sweater is back at Alderloom")
        article = later.catalogue.article(later.catalogue.index_of(BACK) or 0)
        assert f"({article.colour_group_name}, €" in sent.body
        assert f"https://shop.example/p/{BACK}/" in sent.body
        assert sent.extra_headers["List-Unsubscribe"] == f"<https://shop.example{withdrawal()}>"
        assert [notice.article_id for notice in StockNotice.objects.all()] == [STILL_OUT]

    def test_it_starts_with_the_first_page_of_a_new_release(
        self, client: Client, later_workspace: Workspace, shop: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        threads: list[object] = []
        monkeypatch.setattr("stock_notices.middleware.in_background", lambda call: threads.append(call()))
        ask(client)
        client.get("/")
        assert (len(threads), mail.outbox) == (1, [])
        shop.RECSYS_WORKSPACE = later_workspace.root
        client.get("/")
        client.get("/")
        assert (len(threads), [sent.to for sent in mail.outbox]) == (2, [[ADDRESS]])
        assert "http://testserver/p/" in mail.outbox[0].body

    def test_a_command_sends_too(
        self, later_workspace: Workspace, shop: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        wanted(ADDRESS)
        shop.RECSYS_WORKSPACE = later_workspace.root
        call_command("send_stock_notices")
        assert capsys.readouterr().out == "1 notices sent\n"
        shop.SENDS_MAIL = False
        with pytest.raises(CommandError, match="EMAIL_URL"):
            call_command("send_stock_notices")

    def test_two_senders_at_once_send_each_mail_once(self, later: Release, shop: Settings) -> None:
        """The second does all its work while the first, who has read both notices, sends its first mail."""
        wanted("first@shop.example", "second@shop.example")
        shop.EMAIL_BACKEND = f"{SERVERS}.Slow"
        counts: list[int] = []
        Slow.meanwhile.append(lambda: counts.append(send_due_notices(later)))
        counts.append(send_due_notices(later))
        assert counts == [1, 1]
        assert sorted(sent.to[0] for sent in mail.outbox) == ["first@shop.example", "second@shop.example"]

    def test_the_claim_of_a_process_that_died_ends(self, later: Release) -> None:
        wanted(ADDRESS)
        StockNotice.objects.update(claimed_at=timezone.now() - CLAIM + dt.timedelta(minutes=1))
        assert send_due_notices(later) == 0
        StockNotice.objects.update(claimed_at=timezone.now() - CLAIM - dt.timedelta(minutes=1))
        assert send_due_notices(later) == 1

    def test_without_the_mail_server_all_wait_for_the_next_time(
        self, later: Release, shop: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        wanted(ADDRESS)
        shop.EMAIL_BACKEND, in_memory = "django.core.mail.backends.smtp.EmailBackend", shop.EMAIL_BACKEND
        shop.EMAIL_HOST, shop.EMAIL_PORT = "127.0.0.1", free_port()
        assert send_due_notices(later) == 0
        assert "refuses (ConnectionRefusedError)" in caplog.text
        shop.EMAIL_BACKEND = in_memory
        assert send_due_notices(later) == 1

    def test_an_address_that_is_refused_keeps_no_others_back(
        self, later: Release, shop: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        wanted("gone@shop.example", ADDRESS)
        shop.EMAIL_BACKEND = f"{SERVERS}.RefusesOne"
        assert send_due_notices(later) == 1
        assert list(StockNotice.objects.values_list("address", "claimed_at")) == [("gone@shop.example", None)]
        assert "gone@shop.example" not in caplog.text

    def test_old_notices_are_dropped(self, release: Release) -> None:
        wanted("old@shop.example", "young@shop.example")
        long_ago = timezone.now() - MAX_AGE
        StockNotice.objects.filter(address="old@shop.example").update(asked_at=long_ago - dt.timedelta(days=1))
        StockNotice.objects.filter(address="young@shop.example").update(asked_at=long_ago + dt.timedelta(days=1))
        send_due_notices(release)
        assert StockNotice.objects.get().address == "young@shop.example"


class TestWithdrawing:
    @pytest.fixture
    def link(self, later: Release) -> str:
        wanted(ADDRESS)
        wanted(ADDRESS, "other@shop.example", article_id=STILL_OUT)
        send_due_notices(later)
        return withdrawal()

    def test_the_link_asks_and_the_button_forgets_all_of_the_address(self, client: Client, link: str) -> None:
        page = Page(client.get(link))
        assert ADDRESS in page.one("main").text
        assert StockNotice.objects.count() == 2
        sent = {"notices": page.one("input", name="notices")["value"]}
        assert "Withdrawn" in Page(client.post("/notices/withdraw/", sent)).one("h1").text
        assert StockNotice.objects.get().address == "other@shop.example"

    def test_no_path_and_so_no_log_line_holds_the_address(self, link: str) -> None:
        assert link.startswith("/notices/withdraw/?notices=")

    @pytest.mark.parametrize("change", [lambda link: link[:-1], lambda link: link.partition("?")[0]])
    def test_a_link_that_was_not_made_here_does_nothing(self, client: Client, link: str, change: object) -> None:
        assert client.get(change(link)).status_code == 404  # type: ignore[operator]
        assert client.post("/notices/withdraw/", {"notices": "x"}).status_code == 404
        assert StockNotice.objects.count() == 2

    def test_deleting_an_account_withdraws_those_of_its_address(self, signed_in: Client) -> None:
        User.objects.update(email=ADDRESS.upper())
        wanted(ADDRESS, "other@shop.example")
        signed_in.post("/account/delete/", {"password": "a-long-password"})
        assert StockNotice.objects.get().address == "other@shop.example"

    def test_a_deleted_account_without_an_address_takes_none_along(self, signed_in: Client) -> None:
        wanted(ADDRESS)
        signed_in.post("/account/delete/", {"password": "a-long-password"})
        assert StockNotice.objects.count() == 1


def test_the_page_about_privacy_says_what_is_kept(client: Client, shop: Settings) -> None:
    assert "180 days at most" in Page(client.get("/privacy/")).one("main").text
    assert "Without an account" in Page(client.get("/privacy/")).one("main").text
    shop.SENDS_MAIL = shop.GUEST_CHECKOUT = False
    text = Page(client.get("/privacy/")).one("main").text
    assert "180 days at most" not in text
    assert "Without an account" not in text
