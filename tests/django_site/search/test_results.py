import re
from itertools import pairwise

import numpy as np
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from catalog.listing import MarkedText
from catalog.prices import shop_price, units_at_most
from recsys_core.serving import Article, Release
from search.text import find_by_text, highlighter, mark_beginnings
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db


def named(name: str) -> Article:
    return Article(**{**dict.fromkeys(Article._fields, ""), "prod_name": name})


def bracketed(name: MarkedText) -> str:
    """A name with its marked parts in brackets."""
    return "".join(f"[{text}]" if is_marked else text for text, is_marked in name)


def found(client: Client, text: str, **params: str) -> Page:
    return Page(client.get("/search", {"q": text, **params}))


def total(page: Page) -> int:
    return int(page.one("p", class_="total").text.split()[0].replace(",", ""))


def test_it_finds_articles_of_the_whole_catalogue_best_first(client: Client, release: Release) -> None:
    page = found(client, "blue dress")
    assert total(page) == len(release.search_engine().search("blue dress").all_words)
    first = release.catalogue.article(release.catalogue.index_of(page.articles()[0]) or 0)
    assert (first.product_type_name, first.colour_group_name) == ("Dress", "Blue")


def test_more_words_never_find_more(client: Client) -> None:
    totals = [total(found(client, text)) for text in ("dress", "black dress", "cotton black dress")]
    assert totals == sorted(totals, reverse=True)
    assert totals[0] > totals[1] > totals[2] > 0


def test_what_has_some_words_stands_below_a_line(client: Client, release: Release) -> None:
    hits = find_by_text(release, "cotton black dress")
    assert {release.catalogue.article(idx).colour_group_name for idx in hits.all_words} == {"Black"}
    pages = [found(client, "cotton black dress", page="2", since="1")]
    (line,) = [li for page in pages for li in page.all("li", class_="line")]
    assert line.text == "These have only some of your words."
    shown = [release.catalogue.index_of(article_id) for page in pages for article_id in page.articles()]
    assert shown[: len(hits.all_words)] == hits.all_words.tolist()
    assert set(shown[len(hits.all_words) :]) <= set(hits.some_words.tolist())


def test_the_line_keeps_its_place_when_sorted_by_price(client: Client, release: Release) -> None:
    page = found(client, "cotton black dress", sort="price-up")
    n_all = total(page)
    prices = [release.catalogue.price[release.catalogue.index_of(each)] for each in page.articles()]
    in_stock = [bool(release.catalogue.in_stock[release.catalogue.index_of(each)]) for each in page.articles()]
    keys = list(zip([not each for each in in_stock], prices, strict=True))
    assert keys[:n_all] == sorted(keys[:n_all])
    assert keys[n_all:] == sorted(keys[n_all:])


def test_no_article_with_all_words_is_said_before_those_with_some(client: Client) -> None:
    page = found(client, "merino sneakers bodysuit")
    assert page.one("li", class_="line").text == "No article has all of your words; these have some of them."
    assert page.articles()
    assert total(page) == 0
    assert page.all("details", id="facet-colour"), "the facets are those of what is shown"


def test_words_that_name_values_are_chips_that_can_be_removed(client: Client) -> None:
    page = found(client, "navy cotton trousers", sort="newest")
    chips = {a.text: a["href"] for a in page.all("a") if a.text.startswith("Search without")}
    assert chips == {
        "Search without Colour Dark Blue": "/search?q=cotton+trousers&sort=newest",
        "Search without Product type Trousers": "/search?q=navy+cotton&sort=newest",
    }


@pytest.mark.parametrize("text", ["clothes", "new clothes", "clothes under €1000"])
def test_words_that_say_nothing_find_everything(client: Client, release: Release, text: str) -> None:
    page = found(client, text)
    assert total(page) == release.catalogue.size
    assert page.articles() == Page(client.get("/c/")).articles()


def test_of_two_colours_one_will_do(release: Release) -> None:
    hits = find_by_text(release, "black and white dress")
    colours = {article.colour_group_name for article in release.catalogue.articles(hits.all_words)}
    assert colours == {"Black", "White"}


def test_what_a_dress_comes_with_is_not_what_is_looked_for(release: Release) -> None:
    for text in ("dress with leggings", "dress and leggings"):
        kind = release.search_engine().understand(text).kind
        assert kind is not None
        assert kind.value == "Dress"


def test_a_filter_that_leaves_none_with_all_words_is_not_blamed_on_the_words(client: Client) -> None:
    page = found(client, "cotton black dress", colour="Red")
    assert total(page) == 0
    assert page.one("li", class_="line").text.startswith("No article with all of your words fits the filters;")


def test_a_page_below_the_line_says_so(client: Client) -> None:
    page = found(client, "cotton black dress", page="2")
    assert page.one("li", class_="line").text == "These have only some of your words."


def test_the_chips_of_words_follow_the_filters(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Target": "listing"}
    part = Page(client.get("/search", {"q": "navy cotton trousers", "in_stock": "1"}, headers=headers))
    links = [a["href"] for a in part.all("a") if a.text == "Search without Colour Dark Blue"]
    assert links == ["/search?q=cotton+trousers&in_stock=1"]


def test_a_chip_takes_a_word_away_however_often_it_is_said(client: Client) -> None:
    chips = {a.text: a["href"] for a in found(client, "red reds dress").all("a") if "Search without" in a.text}
    assert chips["Search without Colour Red"] == "/search?q=dress"


def test_values_that_are_named_act_as_filters(release: Release) -> None:
    hits = find_by_text(release, "navy pants for men")
    assert {(a.colour_group_name, a.product_type_name) for a in release.catalogue.articles(hits.some_words)} > {
        ("Dark Blue", "Trousers")
    }
    hits = find_by_text(release, "kids leggings")
    values = {(a.index_group_name, a.product_type_name) for a in release.catalogue.articles(hits.all_words)}
    assert values == {("Baby/Children", "Leggings/Tights")}


def test_a_word_that_the_catalogue_lacks_is_struck_through_and_said(client: Client) -> None:
    page = found(client, "wedding dress")
    assert page.one("s").text == "wedding"
    assert page.one("p", class_="left-out").text.startswith("Left out, because no article has to do with it: wedding.")
    assert page.articles() == found(client, "dress").articles()


def test_the_nearest_word_is_offered_for_one_left_out(client: Client) -> None:
    page = found(client, "black sweeter")
    assert page.one("s").text == "sweeter"
    offered = [a for a in page.all("a") if a.text == "“black sweater”"]
    assert [a["href"] for a in offered] == ["/search?q=black+sweater"]


def test_prices_in_words_act_as_filters(client: Client, release: Release, settings: Settings) -> None:
    prices = np.sort(release.catalogue.price[find_by_text(release, "dress").all_words])
    middle = shop_price(float(prices[len(prices) // 2]))
    page = found(client, f"dress under {settings.CURRENCY}{middle}")
    bound = units_at_most(middle)
    assert total(page) == int((prices <= bound).sum())
    assert any(a.text == f"Search without Price up to {settings.CURRENCY}{middle}" for a in page.all("a"))


def test_out_of_stock_comes_after_what_is_nearly_as_good(release: Release) -> None:
    matches = release.search_engine().search("dress")
    cosine = dict(zip(matches.all_words.tolist(), matches.all_scores.tolist(), strict=True))
    shown = find_by_text(release, "dress").all_words.tolist()
    scores = [round(cosine[idx] * _weight(release, idx), 2) for idx in shown]
    assert set(shown) == set(cosine)
    assert scores == pytest.approx(sorted(scores, reverse=True), abs=0.0101)


def _weight(release: Release, idx: int) -> float:
    return 1.0 if release.catalogue.in_stock[idx] else 0.7


def test_what_is_as_good_follows_the_customers_own_order(release: Release) -> None:
    matches = release.search_engine().search("dress")
    cosine = dict(zip(matches.all_words.tolist(), matches.all_scores.tolist(), strict=True))
    shown = find_by_text(release, "dress").all_words.tolist()
    score = {idx: round(cosine[idx] * _weight(release, idx), 2) for idx in shown}
    before, after = next(pair for pair in pairwise(shown) if score[pair[0]] == score[pair[1]])
    mine = find_by_text(release, "dress", personal=np.array([after], np.int32)).all_words.tolist()
    assert mine.index(after) < mine.index(before)
    assert sorted(mine) == sorted(shown)


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


def test_an_article_number_may_lack_its_first_zeros(client: Client) -> None:
    assert client.get("/search", {"q": "100000001"})["Location"] == "/p/0100000001/"
    assert client.get("/search", {"q": "00100000001"}).status_code == 200


def test_no_hit_fits_the_filters_says_so_and_keeps_the_facets(client: Client) -> None:
    page = Page(client.get("/search", {"q": "dress", "collection": "Menswear", "type": "Dress"}))
    assert page.articles() == []
    assert page.all("a", href="/search?q=dress&type=Dress")
