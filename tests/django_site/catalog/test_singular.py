"""One article is "1 article", wherever a number of articles is said."""

from dataclasses import replace

import pytest
from django.test import Client

from recsys_core.serving import Release
from search.suggest import suggest
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(release: Release) -> dict[str, str]:
    """Parameters of a listing that one article matches."""
    catalogue = release.catalogue
    for article in catalogue.articles(catalogue.all_idx):
        chosen = {
            "type": article.product_type_name,
            "colour": article.colour_group_name,
            "pattern": article.graphical_appearance_name,
        }
        same = [
            other
            for other in catalogue.articles(catalogue.all_idx)
            if (other.product_type_name, other.colour_group_name, other.graphical_appearance_name)
            == tuple(chosen.values())
        ]
        if len(same) == 1:
            return chosen
    raise LookupError("every combination has several articles")


def test_a_listing_of_one_article_says_so(client: Client, asked: dict[str, str]) -> None:
    page = Page(client.get("/c/", asked))
    assert page.one("p", class_="total").text == "1 article"
    assert page.one("nav", id="pager").text == "You have seen 1 of 1 article"
    assert "1 articles" not in page.one("main").text


def test_an_update_of_it_is_read_out_in_the_singular(client: Client, asked: dict[str, str]) -> None:
    headers = {"HX-Request": "true", "HX-Target": "listing"}
    assert Page(client.get("/c/", asked, headers=headers)).one("p", id="live").text == "1 article"


def test_a_suggestion_of_one_article_says_so(client: Client, release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    (first, *_) = suggest(release, "dre")
    monkeypatch.setattr("search.views.suggest", lambda *args: [replace(first, count=1), replace(first, count=2)])
    spoken = [span.text for span in Page(client.get("/search/suggestions?q=dre")).all("span", class_="number")]
    assert spoken == ["1 article", "2 articles"]
