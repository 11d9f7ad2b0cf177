from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from merchandising.models import Pin
from recommendations.diversity import diverse_order
from recsys_core.serving import Article, Release

pytestmark = pytest.mark.django_db
OFFERED = [  # product, product type, colour
    ("1", "Dress", "Red"),
    ("1", "Dress", "Blue"),
    ("2", "Dress", "Red"),
    ("3", "Shirt", "Red"),
    ("4", "Bag", "Black"),
]


def ids(client: Client, path: str, **params: Any) -> list[str]:
    answer = client.get(f"/api/v1/{path}", params)
    assert answer.status_code == 200, answer.content
    return [item["article_id"] for item in answer.json()["items"]]


def order(release: Release, diversity: float) -> list[int]:
    any_article = release.catalogue.article(0)
    made: list[Article] = [
        any_article._replace(product_code=product, product_type_name=kind, colour_group_name=colour)
        for product, kind, colour in OFFERED
    ]
    return diverse_order(made, diversity)


@pytest.mark.parametrize(
    ("diversity", "expected"),
    [
        # Relevance is 1, .8, .6, .4, .2.
        (0, [0, 1, 2, 3, 4]),
        # After 0: 1 is .4 - .5 = -.1, 2 is .3 - .375 = -.075, 3 is .2 - .125 = .075, 4 is .1.
        # After 4: sums 1, .75, .25: 1 is .4 - .25 = .15, 2 is .3 - .1875 = .1125, 3 is .2 - .0625 = .1375.
        # After 1: sums 1.25 of 2 and .25 of 3: 2 is .3 - .208 = .092, 3 is .2 - .042 = .158.
        (0.5, [0, 4, 1, 3, 2]),
        # After 0: sums 1, .75, .25, 0. After 4: the same. After 3: 1, 1 (2 is as red as 3): the earlier one.
        (1, [0, 4, 3, 1, 2]),
    ],
)
def test_the_more_diversity_the_fewer_of_a_kind_together(
    release: Release, diversity: float, expected: list[int]
) -> None:
    assert order(release, diversity) == expected


def test_articles_without_a_product_code_are_no_one_product(release: Release) -> None:
    """The bag shares nothing with the first dress, the second dress its type."""
    offered = zip(("", "", "p"), ("Dress", "Bag", "Dress"), ("Red", "Blue", "Black"), strict=True)
    made = [
        article._replace(product_code=product, product_type_name=kind, colour_group_name=colour)
        for article, (product, kind, colour) in zip(release.catalogue.articles(range(3)), offered, strict=True)
    ]
    assert diverse_order(made, 1) == [0, 1, 2]


def test_diversity_keeps_the_articles_and_spreads_their_types(client: Client, release: Release) -> None:
    plain, varied = ids(client, "recommendations"), ids(client, "recommendations", diversity=0.9)
    assert ids(client, "recommendations", diversity=0) == plain
    assert ids(client, "recommendations", diversity=0.9) == varied

    def types(article_ids: list[str]) -> int:
        rows = [release.catalogue.index_of(article_id) or 0 for article_id in article_ids[:6]]
        return len({article.product_type_name for article in release.catalogue.articles(rows)})

    assert types(varied) == 6 > types(plain)


@pytest.mark.parametrize("path", ["recommendations", "session", "articles/0100000001/similar"])
def test_what_is_excluded_is_left_out_and_the_rest_keeps_its_order(client: Client, path: str) -> None:
    client.get("/p/0100000001/")
    shown = ids(client, path)
    excluded = [shown[0], shown[2], "0999999999", "not a number", ""]
    assert ids(client, path, exclude=excluded)[: len(shown) - 2] == [shown[1], *shown[3:]]


def test_an_excluded_article_does_not_return_as_a_pin(client: Client, release: Release) -> None:
    pinned = release.catalogue.article(int(release.catalogue.in_stock.nonzero()[0][0])).article_id
    Pin.objects.create(article_id=pinned, position=1, starts=timezone.now())
    assert ids(client, "recommendations", diversity=1)[0] == pinned
    assert pinned not in ids(client, "recommendations", exclude=[pinned])


@pytest.mark.parametrize(
    ("name", "value"), [("diversity", "1.1"), ("diversity", "much"), ("exclude", ["0100000001"] * 201)]
)
def test_too_much_is_refused_by_name(client: Client, name: str, value: Any) -> None:
    answer = client.get("/api/v1/recommendations", {name: value})
    assert answer.status_code == 422
    assert name in answer.json()["detail"]


def test_the_description_says_how_diversity_orders(client: Client) -> None:
    parameters = client.get("/api/v1/openapi.json").json()["paths"]["/api/v1/recommendations"]["get"]["parameters"]
    said = {each["name"]: each for each in parameters}["diversity"]
    assert "0.5 for the same product type" in str(said)
