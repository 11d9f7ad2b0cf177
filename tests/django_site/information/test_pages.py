from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "title"), [("/help/", "Help"), ("/delivery/", "Delivery and returns"), ("/contact/", "Contact")]
)
def test_the_foot_of_every_page_leads_there(client: Client, path: str, title: str) -> None:
    assert title in [a.text for a in Page(client.get("/")).all("a", href=path)]
    assert Page(client.get(path)).one("h1").text == title


def test_a_shop_says_it_in_its_own_words(client: Client, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "delivery.html").write_text("<p>Two days, <em>free</em> of charge.</p>", encoding="utf-8")
    settings.SHOP_TEXTS = tmp_path
    assert Page(client.get("/delivery/")).one("em").text == "free"
    assert "demonstration" not in Page(client.get("/delivery/")).one("main").text
    assert "nobody reads its mail" in Page(client.get("/contact/")).one("main").text, "the others stay as they are"


def test_they_are_there_without_a_release(client: Client, empty_home: object) -> None:
    assert client.get("/help/").status_code == 200


def test_a_product_leads_to_delivery(client: Client) -> None:
    assert Page(client.get("/p/0100000001/")).one("main")
    assert len(Page(client.get("/p/0100000001/")).all("a", href="/delivery/")) == 2
