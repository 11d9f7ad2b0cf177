import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import mail
from django.test import Client
from pytest_django.fixtures import Settings

from tests.django_site.conftest import Customer
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db
ASK = "/account/password/"
EMAIL = "/account/preferences/email/"
ADDRESS = "astrid@shop.example"
OLD, NEW = "a-long-password", "linen-and-wool-7"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mails go out before the answer, so that a test finds them."""

    def call_now(call: Callable[[], None]) -> None:
        call()

    monkeypatch.setattr("account_pages.password_reset.in_background", call_now)


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


def test_no_log_line_holds_the_link(client: Client, astrid: User, caplog: pytest.LogCaptureFixture) -> None:
    path = link(client)
    with caplog.at_level(logging.DEBUG):
        client.get(path)
    line = [record for record in caplog.records if record.name == "shop.requests"][-1]
    assert path.split("/")[-2] not in str(vars(line))
    assert line.getMessage().endswith("/.../ 302")


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
