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


def related(release: Release, relation: str) -> list[str]:
    idx = release.catalogue.index_of(ARTICLE)
    assert idx is not None
    found = [article.article_id for article in release.catalogue.articles(release.related(idx, relation))]
    return [article_id for article_id in found if article_id[:7] != ARTICLE[:7]]


def test_rows_are_the_releases_own_relations_without_the_other_colours(client: Client, release: Release) -> None:
    page = Page(client.get(f"/p/{ARTICLE}/"))
    first, second = related(release, "goes_with"), related(release, "similar")
    assert page.articles("goes-with") == first[:12]
    assert len(first) >= 3
    assert page.articles("similar") == [article_id for article_id in second if article_id not in first][:12]


def test_a_row_that_would_hold_few_is_left_out(client: Client, release: Release) -> None:
    page = Page(client.get(f"/p/{ARTICLE}/"))
    rows = [e["id"] for e in page.all("h2") if "id" in e.attributes and page.articles(e["id"])]
    assert all(len(page.articles(row)) >= 3 for row in rows)
    assert "same-look" not in rows  # the release has no images' vectors


def test_with_few_related_rows_the_page_ends_with_what_is_popular(
    client: Client, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "related", lambda idx, relation: release.catalogue.all_idx[:0])
    page = Page(client.get(f"/p/{ARTICLE}/"))
    assert page.articles("popular")
    assert page.one("p", class_="more").text == f"See all of {page.one('h2', id='popular').text}"


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
