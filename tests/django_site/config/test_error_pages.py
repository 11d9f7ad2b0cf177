"""Pages that say that something is wrong look like the shop and say what to do."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db


def looks_like_the_shop(page: Page) -> bool:
    styles = [link["href"] for link in page.all("link", rel="stylesheet")]
    mark = page.one("a", class_="wordmark")
    return "/static/shop/base.css" in styles and mark["href"] == "/" and mark.text == "Alderloom"


def test_a_request_that_cannot_be_read_is_answered_by_the_shop(client: Client) -> None:
    answer = client.get("/", headers={"Host": "evil.example"})
    page = Page(answer)
    assert answer.status_code == 400
    assert looks_like_the_shop(page)
    assert "reload the page" in page.one("main").text
    assert "evil" not in answer.content.decode()


def test_a_login_without_permission_is_told_whom_it_is_and_what_to_do(client: Client) -> None:
    client.force_login(User.objects.create_user("mina", is_staff=True))
    answer = client.get("/staff/rules/")
    page = Page(answer)
    assert answer.status_code == 403
    assert looks_like_the_shop(page)
    assert "You are signed in as mina" in page.one("main").text
    assert "ask for the permission" in page.one("main").text


def test_a_form_that_was_open_too_long_can_be_sent_again() -> None:
    answer = Client(enforce_csrf_checks=True).post("/bag/add", {"article": "0100000001"})
    page = Page(answer)
    assert answer.status_code == 403
    assert looks_like_the_shop(page)
    assert "send the form again" in page.one("main").text


def test_an_error_of_the_shop_looks_like_the_shop(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.views.product_page", None)
    client.raise_request_exception = False
    answer = client.get("/p/0100000001/")
    assert answer.status_code == 500
    assert looks_like_the_shop(Page(answer))
