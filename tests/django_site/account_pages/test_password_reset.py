import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from logging.config import DictConfigurator

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import mail
from django.test import Client
from pytest_django.fixtures import Settings

from config.logs import logging_config
from tests.django_site.conftest import Customer
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db
ASK = "/account/password/"
EMAIL = "/account/preferences/email/"
ADDRESS = "astrid@shop.example"
OLD, NEW = "a-long-password", "linen-and-wool-7"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch, shop: Settings) -> list[Callable[[], None]]:
    """Mails go out before the answer, so that a test finds them. Returns what would have had a thread."""
    shop.SENDS_MAIL = True
    threads: list[Callable[[], None]] = []

    def call_now(call: Callable[[], None]) -> None:
        threads.append(call)
        call()

    monkeypatch.setattr("account_pages.password_reset.in_background", call_now)
    return threads


@pytest.fixture
def astrid(customer: Customer) -> User:
    user = customer().user
    user.email = ADDRESS
    user.save()
    return user


def link(client: Client) -> str:
    client.post(ASK, {"email": ADDRESS})
    (found,) = re.findall(r"http://testserver(\S+)", mail.outbox[-1].body)
    return str(found)


def choose(client: Client, path: str) -> int:
    """Opens the link and sends the new password, as a browser does."""
    form = client.get(path, follow=True)
    data = {"new_password1": NEW, "new_password2": NEW}
    return client.post(form.redirect_chain[-1][0], data).status_code if form.redirect_chain else form.status_code


def sign_in(password: str) -> int:
    return Client().post("/account/sign-in/", {"username": "astrid", "password": password}).status_code


def test_from_asking_to_the_new_password(client: Client, astrid: User) -> None:
    (start,) = [a["href"] for a in Page(client.get("/account/sign-in/")).all("a") if "Forgotten" in a.text]
    answer = client.post(start, {"email": ADDRESS.upper()})
    assert "If an account has this address" in Page(client.get(answer["Location"])).one("main").text
    (sent,) = mail.outbox
    assert sent.to == [ADDRESS]
    assert sent.subject == "A new password for Alderloom"
    assert "&" not in sent.body
    (path,) = re.findall(r"http://testserver(\S+)", sent.body)
    assert choose(client, path) == 302
    assert [sign_in(OLD), sign_in(NEW)] == [200, 302]
    assert "This link has ended" in Page(Client().get(path, follow=True)).one("h1").text


def test_no_answer_says_whether_an_address_is_known(client: Client, astrid: User) -> None:
    answers = [client.post(ASK, {"email": email}) for email in (ADDRESS, "nobody@shop.example")]
    assert len(mail.outbox) == 1
    assert len({(a.status_code, a["Location"], a.content) for a in answers}) == 1


def test_without_a_mail_server_no_link_is_offered_or_sent(client: Client, astrid: User, shop: Settings) -> None:
    shop.SENDS_MAIL = False
    assert "Forgotten" not in Page(client.get("/account/sign-in/")).one("main").text
    for answer in (client.get(ASK), client.post(ASK, {"email": ADDRESS})):
        assert answer.status_code == 404
        assert "not available" in Page(answer).one("main").text
    assert mail.outbox == []


def test_an_address_of_many_accounts_costs_one_thread_and_three_mails(
    client: Client, customer: Customer, at_once: list[Callable[[], None]]
) -> None:
    for number, name in enumerate(("First", "Second", "Third", "Fourth", "Fifth")):
        user = customer(name, number).user
        user.email, user.date_joined = ADDRESS, datetime(2026, 1, 1 + number, tzinfo=UTC)
        user.save()
    client.post(ASK, {"email": ADDRESS})
    assert len(at_once) == 1
    assert [re.findall('"(.+)"', sent.body) for sent in mail.outbox] == [["first"], ["second"], ["third"]], (
        "nobody crowds out the first"
    )


def lines_of(caplog: pytest.LogCaptureFixture, logger: str) -> list[str]:
    """Lines as the configured handler writes them."""
    configured = DictConfigurator(logging_config("INFO", "json"))
    handler = configured.config["handlers"]["stderr"]
    filters = [configured.configure_filter(configured.config["filters"][name]) for name in handler.get("filters", ())]
    formatter = configured.configure_formatter(configured.config["formatters"]["json"])
    records = [record for record in caplog.records if record.name == logger]
    assert all(each.filter(record) for each in filters for record in records)
    return [formatter.format(record) for record in records]


@pytest.mark.parametrize("logger", ["shop.requests", "django.security.csrf", "django.request"])
def test_no_log_line_holds_the_link(
    astrid: User, caplog: pytest.LogCaptureFixture, shop: Settings, monkeypatch: pytest.MonkeyPatch, logger: str
) -> None:
    client = Client(enforce_csrf_checks=logger == "django.security.csrf", raise_request_exception=False)
    path = link(Client())
    shop.SECURE_SSL_REDIRECT = logger == "shop.requests"  # an answer before any address is resolved
    if logger == "django.request":
        monkeypatch.setattr("account_pages.password_reset.ChoosePassword.get_user", lambda *_: 1 / 0)
    with caplog.at_level(logging.DEBUG):
        (client.post if logger == "django.security.csrf" else client.get)(path)
    lines = lines_of(caplog, logger)
    assert lines
    assert not any(path.split("/")[-2] in line for line in lines)
    assert "/account/password/.../..." in lines[-1]


def test_a_link_ends_after_an_hour(client: Client, astrid: User, monkeypatch: pytest.MonkeyPatch) -> None:
    path = link(client)
    later = datetime.now() + timedelta(minutes=61)
    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda self: later)
    assert "This link has ended" in Page(client.get(path, follow=True)).one("h1").text


def test_a_weak_password_is_refused_and_the_old_one_stays(client: Client, astrid: User) -> None:
    form = client.get(link(client), follow=True).redirect_chain[-1][0]
    page = Page(client.post(form, {"new_password1": "12345678", "new_password2": "12345678"}))
    assert page.all("p", class_="error")
    assert sign_in(OLD) == 302


def test_a_new_password_ends_the_pause_that_a_guesser_caused(client: Client, astrid: User, shop: Settings) -> None:
    shop.AXES_FAILURE_LIMIT = 2
    assert [sign_in("wrong"), sign_in("wrong")] == [200, 429]
    assert choose(client, link(client)) == 302
    assert sign_in(NEW) == 302
    assert not AccessAttempt.objects.exists()


def test_who_asks_too_often_has_to_wait(client: Client, astrid: User, shop: Settings) -> None:
    shop.PASSWORD_RESETS_PER_HOUR = 2
    answers = [client.post(ASK, {"email": ADDRESS}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert len(mail.outbox) == 2


def test_who_joins_too_often_has_to_wait(client: Client, shop: Settings) -> None:
    shop.SIGN_UPS_PER_HOUR = 2
    data = {"first_name": "Elin", "password1": NEW, "password2": NEW}
    answers = [Client().post("/account/sign-up/", data | {"username": f"elin{number}"}) for number in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert User.objects.count() == 2
    assert client.get("/account/sign-up/").status_code == 200


def test_an_address_is_given_at_sign_up_or_not(client: Client) -> None:
    data = {"first_name": "Elin", "password1": NEW, "password2": NEW}
    client.post("/account/sign-up/", data | {"username": "elin", "email": "elin@shop.example"})
    Client().post("/account/sign-up/", data | {"username": "elin2"})
    assert dict(User.objects.values_list("username", "email")) == {"elin": "elin@shop.example", "elin2": ""}


def test_an_address_is_changed_with_the_password_alone(client: Client, astrid: User) -> None:
    client.force_login(astrid)
    wrong = client.post(EMAIL, {"email": "thief@evil.example", "password": "wrong"})
    assert (wrong.status_code, "not your password" in Page(wrong).one("main").text) == (422, True)
    assert client.post(EMAIL, {"email": "new@shop.example", "password": OLD}).status_code == 302
    assert "new@shop.example" in Page(client.get("/account/preferences/")).one("main").text
    assert client.post(EMAIL, {"email": "", "password": OLD}).status_code == 302
    assert User.objects.get().email == ""
