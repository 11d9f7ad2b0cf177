import pytest
from django.test import Client

from recsys_core.serving import Release
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db
ARTICLE = "0100004001"


def test_it_shows_the_article(client: Client, release: Release) -> None:
    idx = release.catalogue.index_of(ARTICLE)
    assert idx is not None
    article = release.catalogue.article(idx)
    page = Page(client.get(f"/p/{ARTICLE}/"))
    assert page.one("h1").text == article.prod_name
    main = page.one("main").text
    assert article.detail_desc in main
    assert article.colour_group_name in main
    assert ("In stock" if article.in_stock else "Out of stock") in main


def test_it_offers_the_other_colours_of_the_product(client: Client) -> None:
    page = Page(client.get(f"/p/{ARTICLE}/"))
    assert [a["href"] for a in page.all("a", class_="variant")] == ["/p/0100004002/", "/p/0100004003/"]
    assert page.all("span", class_="variant", aria_current="true")


def test_similar_pieces_are_the_releases_own_without_the_other_colours(client: Client, release: Release) -> None:
    idx = release.catalogue.index_of(ARTICLE)
    assert idx is not None
    similar = [a.article_id for a in release.catalogue.articles(release.similar(idx))]
    expected = [article_id for article_id in similar if article_id[:7] != ARTICLE[:7]][:12]
    shown = [
        article_id for article_id in Page(client.get(f"/p/{ARTICLE}/")).articles() if article_id[:7] != ARTICLE[:7]
    ]
    assert shown[: len(expected)] == expected


def test_nothing_is_recommended_twice(client: Client) -> None:
    shown = Page(client.get(f"/p/{ARTICLE}/")).articles()
    assert len(shown) == len(set(shown))
    assert ARTICLE not in shown


def test_it_says_why_only_to_whose_list_holds_it(client: Client, signed_in: Client, release: Release) -> None:
    own = release.lists.for_customer(f"{1:064x}")
    assert own is not None
    listed = release.catalogue.article(int(own.article_idx[0])).article_id
    other = next(i for i in release.catalogue.all_idx if i not in own.article_idx)
    assert Page(signed_in.get(f"/p/{listed}/")).all("p", class_="reason")
    assert not Page(signed_in.get(f"/p/{release.catalogue.article(other).article_id}/")).all("p", class_="reason")
    assert not Page(Client().get(f"/p/{listed}/")).all("p", class_="reason")


@pytest.mark.parametrize("article_id", ["0999999999", "x", "0" * 300, "0100004001x"])
def test_an_unknown_article_is_not_found(client: Client, article_id: str) -> None:
    assert client.get(f"/p/{article_id}/").status_code == 404
