from typing import Any, get_args

import pytest
from django.test import Client

from api.schemas import Relation
from recsys_core.serving import FacetSelection, Release
from tests.django_site.conftest import Customer
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db
KNOWN = "0100000001"


def get(client: Client, path: str, **params: Any) -> Any:
    response = client.get(f"/api/v1/{path}", params)
    assert response.status_code == 200, response.content
    return response.json()


def test_recommendations_are_those_of_the_feed(signed_in: Client, release: Release) -> None:
    page = get(signed_in, "recommendations")
    feed = Page(signed_in.get("/"))
    assert [item["article_id"] for item in page["items"]] == feed.articles()
    assert [item["reason"] for item in page["items"]] == [p.text for p in feed.all("p", class_="reason")][
        -len(page["items"]) :
    ]
    assert (page["tier"], page["release"]) == ("own", release.id)


def test_guests_get_what_is_popular(client: Client) -> None:
    assert get(client, "recommendations")["tier"] == "global"


def test_filters_and_pages_are_those_of_the_listing(client: Client, release: Release) -> None:
    page = get(client, "search", q="dress", colour=["Red", "Blue"], sort="price-up", page=1)
    html = Page(client.get("/search", {"q": "dress", "colour": ["Red", "Blue"], "sort": "price-up"}))
    assert [item["article_id"] for item in page["items"]] == html.articles()
    prices = [(not item["in_stock"], float(item["price"])) for item in page["items"]]
    assert prices == sorted(prices)
    assert {item["colour"] for item in page["items"]} <= {"Red", "Blue"}


def test_facets_count_what_each_value_would_leave(client: Client, release: Release) -> None:
    page = get(client, "articles/0100000001/similar")
    candidates = release.related(release.catalogue.index_of(KNOWN) or 0, "similar")
    for value in page["facets"]["colour"]:
        chosen = FacetSelection({"colour_group_name": frozenset({value["value"]})})
        assert len(release.catalogue.facet(candidates, chosen)) == value["count"]


def test_search_says_what_it_searched_for(client: Client) -> None:
    assert get(client, "search", q="bleu dres")["query"] == "blue dress"
    assert get(client, "search", q="bleu dres", as_typed=1)["query"] == "bleu dres"


def test_suggestions_are_the_pages(client: Client) -> None:
    offered = [option["url"] for option in get(client, "suggestions", q="dre")]
    html = Page(client.get("/search/suggestions", {"q": "dre"})).all("li", role="option")
    assert offered == [option["data-url"] for option in html]


def test_an_article_and_one_that_is_not_there(client: Client) -> None:
    assert get(client, f"articles/{KNOWN}")["article_id"] == KNOWN
    missing = client.get("/api/v1/articles/108775015")
    assert missing.status_code == 404
    assert "leading zero" in missing.json()["detail"]


@pytest.mark.parametrize(
    "params", [{"page": "0"}, {"page": "x"}, {"sort": "best"}, {"in_stock": "2"}, {"price_min": "cheap"}]
)
def test_nonsense_is_refused_by_name(client: Client, params: dict[str, str]) -> None:
    answer = client.get("/api/v1/recommendations", params)
    assert answer.status_code == 422
    assert next(iter(params)) in answer.content.decode()


def test_the_session_moves_with_what_is_looked_at(client: Client) -> None:
    assert get(client, "session")["tier"] == "none"
    client.get(f"/p/{KNOWN}/")
    assert get(client, "session")["items"]


def test_nobody_can_ask_for_anothers_feed(signed_in: Client, customer: Customer) -> None:
    other = customer("Bruno", 1)
    mine = get(signed_in, "recommendations")["items"]
    for name in ("customer_id", "customer", "user"):
        assert get(signed_in, "recommendations", **{name: other.customer_id})["items"] == mine


def test_the_description_names_every_address(client: Client) -> None:
    paths = get(client, "openapi.json")["paths"]
    assert {path.removeprefix("/api/v1") for path in paths} == {
        "/recommendations",
        "/session",
        "/articles/{article_id}",
        "/articles/{article_id}/similar",
        "/search",
        "/search/image",
        "/suggestions",
    }


def test_the_description_says_which_relations_there_are(client: Client) -> None:
    text = Page(client.get("/api/v1/docs")).one("main").text
    assert f"one of {', '.join(get_args(Relation))}" in " ".join(text.split())
