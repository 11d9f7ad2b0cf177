import re
from itertools import pairwise

import numpy as np
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from catalog.listing import MarkedText
from catalog.text import find_articles, highlighter, mark_beginnings
from recsys_core.serving import Article, Release
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db


def named(name: str) -> Article:
    return Article(**{**dict.fromkeys(Article._fields, ""), "prod_name": name})


def bracketed(name: MarkedText) -> str:
    """A name with its marked parts in brackets."""
    return "".join(f"[{text}]" if is_marked else text for text, is_marked in name)


def test_it_finds_articles_of_the_whole_catalogue_best_first(client: Client, release: Release) -> None:
    page = Page(client.get("/search", {"q": "blue dress"}))
    found, _ = release.search("blue dress")
    assert page.one("p", class_="total").text == f"{len(found)} articles"
    first = release.catalogue.article(release.catalogue.index_of(page.articles()[0]) or 0)
    assert (first.product_type_name, "Blue" in first.colour_group_name) == ("Dress", True)


def test_out_of_stock_comes_after_what_is_nearly_as_good(release: Release) -> None:
    cosine = dict(zip(*(part.tolist() for part in release.search("dress")), strict=True))
    found = find_articles(release, "dress").tolist()
    weight = {idx: _weight(release.catalogue.article(idx), "Dress") for idx in found}
    scores = [round(cosine[idx] * weight[idx], 2) for idx in found]
    assert set(found) == set(cosine)
    assert scores == pytest.approx(sorted(scores, reverse=True), abs=0.0101)


def _weight(article: Article, named: str) -> float:
    return (1 if article.in_stock else 0.7) * (1.2 if article.product_type_name == named else 1)


def test_what_is_as_good_is_simulated_the_customers_own_order(release: Release) -> None:
    found = find_articles(release, "dress").tolist()
    cosine = dict(zip(*(part.tolist() for part in release.search("dress")), strict=True))
    score = {idx: round(cosine[idx] * _weight(release.catalogue.article(idx), "Dress"), 2) for idx in found}
    before, after = next(pair for pair in pairwise(found) if score[pair[0]] == score[pair[1]])
    mine = find_articles(release, "dress", np.array([after], np.int32)).tolist()
    assert mine.index(after) < mine.index(before)
    assert sorted(mine) == sorted(found)


def test_slips_are_put_right_and_said(client: Client) -> None:
    page = Page(client.get("/search", {"q": "bleu dres"}))
    assert page.one("h1").text == "“blue dress”"
    assert "Showing results for" in page.one("main").text
    (instead,) = (a for a in page.all("a") if a.text == "“bleu dres”")
    assert instead["href"] == "/search?q=bleu+dres&as_typed=1"
    assert page.articles() == Page(client.get("/search", {"q": "blue dress"})).articles()


def test_who_insists_is_believed(client: Client) -> None:
    page = Page(client.get("/search", {"q": "dres", "as_typed": "1"}))
    assert "Showing results for" not in page.one("main").text
    assert "dress" not in page.one("h1").text


def test_suggestions_lead_to_as_many_articles_as_they_say(client: Client) -> None:
    options = Page(client.get("/search/suggestions", {"q": "dre"})).all("li", role="option")
    kinds = [option for option in options if option["data-url"].startswith("/c/")]
    assert kinds
    for option in kinds:
        number = re.findall(r"\d+", option.text)[-1]
        assert f"{number} articles" in Page(client.get(option["data-url"])).one("p", class_="total").text


def test_suggested_products_are_one_click_away(client: Client) -> None:
    options = Page(client.get("/search/suggestions", {"q": "dre"})).all("li", role="option")
    products = [option for option in options if option["data-url"].startswith("/p/")]
    assert products
    assert client.get(products[0]["data-url"]).status_code == 200


@pytest.mark.parametrize(
    ("name", "typed", "marked"),
    [
        ("Blue Dress", "dre bl", "[Bl]ue [Dre]ss"),
        ("Blue Dress", "ue", "Blue Dress"),
        ("<b>", "b", "<[b]>"),
    ],
)
def test_typed_beginnings_are_marked(name: str, typed: str, marked: str) -> None:
    assert bracketed(mark_beginnings(name, typed)) == marked


def test_results_have_the_same_facets(client: Client, release: Release) -> None:
    page = Page(client.get("/search", {"q": "dress", "colour": "Red"}))
    shown = [release.catalogue.index_of(article_id) for article_id in page.articles()]
    assert {a.colour_group_name for a in release.catalogue.articles(shown)} == {"Red"}
    assert page.all("details", id="facet-colour")


def test_filters_and_pages_keep_the_words(client: Client) -> None:
    page = Page(
        client.get("/search", {"q": "dress", "colour": ["Red", "Black", "White", "Blue", "Beige", "Dark Blue"]})
    )
    chips = [a["href"] for a in page.all("a") if "Remove filter" in a.text]
    assert chips
    assert all(href.startswith("/search?q=dress&") for href in chips)


def test_matched_words_are_marked_in_names(client: Client) -> None:
    page = Page(client.get("/search", {"q": "dresses"}))
    assert {m.text.lower() for m in page.all("mark")} == {"dress"}


@pytest.mark.parametrize(
    ("query", "name", "marked"),
    [
        ("dress", "Alma dress", "Alma [dress]"),
        ("dresses", "Alma Dress", "Alma [Dress]"),
        ("t-shirt", "Basic T-shirt", "Basic [T-shirt]"),
        ("tshirts", "Basic T-shirt", "Basic [T-shirt]"),
        ("shirt", "Basic T-shirt", "Basic T-shirt"),
        ("dre", "Alma dress", "Alma dress"),
        ("b", "<b>bold</b>", "<[b]>bold</[b]>"),
        ("", "Alma dress", "Alma dress"),
    ],
)
def test_marking(query: str, name: str, marked: str) -> None:
    assert bracketed(highlighter(query)(named(name))) == marked


@given(st.text(max_size=30), st.text(max_size=30))
def test_marking_keeps_the_text(query: str, name: str) -> None:
    assert "".join(text for text, _ in highlighter(query)(named(name))) == name


def test_what_is_not_found_leads_on(client: Client) -> None:
    page = Page(client.get("/search", {"q": "xyzzy plugh"}))
    assert "Nothing found for “xyzzy plugh”" in page.one("main").text
    examples = [a["href"] for a in page.all("a") if a.attributes.get("href", "").startswith("/search?q=")]
    assert examples
    assert all(Page(client.get(example)).articles() for example in examples)
    assert page.all("a", href="/c/ladieswear/")


@pytest.mark.parametrize("query", ["", "   ", "\x00", "%", "the of and", "<script>", "ø" * 5000, "a" * 5000])
def test_odd_queries_are_answered(client: Client, query: str) -> None:
    response = client.get("/search", {"q": query})
    assert response.status_code == 200
    assert b"<script>" not in response.content


def test_an_article_number_leads_to_its_page(client: Client) -> None:
    response = client.get("/search", {"q": "0100000001"})
    assert (response.status_code, response["Location"]) == (302, "/p/0100000001/")


def test_no_hit_fits_the_filters_says_so_and_keeps_the_facets(client: Client) -> None:
    page = Page(client.get("/search", {"q": "dress", "collection": "Menswear", "type": "Dress"}))
    assert page.articles() == []
    assert page.all("a", href="/search?q=dress&type=Dress")
