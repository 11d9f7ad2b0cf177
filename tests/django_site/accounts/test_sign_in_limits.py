import logging
import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests.django_site.conftest import Customer
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db
SHOP, STAFF = "/account/sign-in/", "/staff/login/"
DOORS = [SHOP, STAFF]
TRIES = 3
RIGHT, WRONG = "a-long-password", "wrong"
HERE, ELSEWHERE = "203.0.113.7", "203.0.113.8"


@pytest.fixture(autouse=True)
def limits(shop: Settings, customer: Customer) -> None:
    shop.AXES_FAILURE_LIMIT = TRIES
    shop.AXES_COOLOFF_TIME = timedelta(minutes=15)
    User.objects.filter(pk=customer().user.pk).update(is_staff=True)
    customer("Bruno", 1)


def guess(door: str, password: str = WRONG, username: str = "astrid", address: str = HERE, **more: str) -> int:
    return Client().post(door, {"username": username, "password": password}, REMOTE_ADDR=address, **more).status_code


def guess_until_locked(door: str, username: str = "astrid") -> None:
    assert [guess(door, username=username) for _ in range(TRIES)] == [200] * (TRIES - 1) + [429]


@pytest.mark.parametrize("door", DOORS)
def test_too_many_guesses_lock_out_even_the_right_password(door: str) -> None:
    guess_until_locked(door)
    assert guess(door, RIGHT) == 429


@pytest.mark.parametrize("door", DOORS)
def test_the_page_says_how_long_to_wait(door: str) -> None:
    guess_until_locked(door)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=8, seconds=30))
    answer = Client().post(door, {"username": "astrid", "password": RIGHT}, REMOTE_ADDR=HERE)
    assert "wait 7 minutes" in Page(answer).one("p", role="alert").text
    assert 385 <= int(answer["Retry-After"]) <= 390


@pytest.mark.parametrize(("first", "then"), [(SHOP, STAFF), (STAFF, SHOP)])
def test_a_guesser_cannot_go_on_at_the_other_door(first: str, then: str) -> None:
    guess_until_locked(first)
    assert guess(then, RIGHT) == 429


@pytest.mark.parametrize("door", DOORS)
def test_others_are_not_locked_out(door: str) -> None:
    guess_until_locked(door)
    assert guess(door, RIGHT, address=ELSEWHERE) == 302
    assert guess(SHOP, RIGHT, username="bruno") == 302


def test_unknown_usernames_are_locked_out_alike() -> None:
    guess_until_locked(SHOP, "nobody")


def test_the_pause_ends_and_further_guesses_do_not_prolong_it() -> None:
    guess_until_locked(SHOP)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    assert guess(SHOP) == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert guess(SHOP, RIGHT) == 302


def test_signing_in_resets_the_count() -> None:
    for _ in range(2):
        assert [guess(SHOP) for _ in range(TRIES - 1)] == [200] * (TRIES - 1)
        assert guess(SHOP, RIGHT) == 302
    assert not AccessAttempt.objects.exists()


def test_a_browser_that_changes_its_name_is_still_the_same_client() -> None:
    answers = [guess(SHOP, HTTP_USER_AGENT=f"browser {number}") for number in range(TRIES)]
    assert answers[-1] == 429


def test_guesses_at_the_question_before_a_deletion_count_too(client: Client) -> None:
    client.force_login(User.objects.get(username="astrid"))
    answers = [client.post("/account/delete/", {"password": "wrong"}).status_code for _ in range(TRIES)]
    assert answers == [422] * (TRIES - 1) + [429]
    assert client.post("/account/delete/", {"password": RIGHT}).status_code == 429
    assert User.objects.filter(username="astrid").exists()


def test_the_right_password_before_a_deletion_or_a_new_address_ends_the_count(client: Client) -> None:
    guess(SHOP, address=ELSEWHERE)
    client.force_login(User.objects.get(username="astrid"))
    address = {"email": "new@shop.example"}
    for _ in range(2):
        sent = [address | {"password": password} for password in (WRONG, WRONG, RIGHT)]
        answers = [client.post("/account/preferences/email/", each, REMOTE_ADDR=HERE) for each in sent]
        assert [answer.status_code for answer in answers] == [422, 422, 302]
    assert AccessAttempt.objects.get().ip_address == ELSEWHERE


def test_a_failure_does_not_keep_the_e_mail_address_that_was_sent(client: Client) -> None:
    client.force_login(User.objects.get(username="astrid"))
    client.post("/account/preferences/email/", {"email": "new@shop.example", "password": WRONG})
    assert "new@shop" not in AccessAttempt.objects.get().post_data


def test_behind_a_proxy_the_address_is_the_one_that_it_vouches_for(shop: Settings) -> None:
    shop.BEHIND_PROXY, shop.PROXIES = True, 1
    forged = [guess(SHOP, HTTP_X_FORWARDED_FOR=f"10.0.0.{number}, 198.51.100.1") for number in range(TRIES)]
    assert forged[-1] == 429
    assert guess(SHOP, RIGHT, HTTP_X_FORWARDED_FOR="10.0.0.0, 198.51.100.2") == 302


def test_without_a_proxy_the_header_is_not_believed() -> None:
    forged = [guess(SHOP, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}") for number in range(TRIES)]
    assert forged[-1] == 429


def test_neither_log_nor_table_tells_more_than_is_needed(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        guess(SHOP, "my-other-password")
        guess(SHOP, RIGHT)
        guess(SHOP, "my-other-password")
    assert not AccessLog.objects.exists()
    assert not re.search("my-other-password|astrid", " ".join(map(str, AccessAttempt.objects.values_list("post_data"))))
    assert "my-other-password" not in caplog.text
    assert "astrid" not in " ".join(record.getMessage() for record in caplog.records if record.name.startswith("axes"))


def test_an_account_takes_its_failures_along(client: Client) -> None:
    guess(SHOP, address=ELSEWHERE)
    client.force_login(User.objects.get(username="astrid"))
    client.post("/account/delete/", {"password": RIGHT})
    assert not User.objects.filter(username="astrid").exists()
    assert not AccessAttempt.objects.exists()
