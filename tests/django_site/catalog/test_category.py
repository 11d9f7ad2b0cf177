import pytest
from django.test import Client

from catalog.categories import Category, categories_of, collections, departments, popularity_order
from recsys_core.serving import Release
from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db


def test_a_collection_lists_its_articles_only(client: Client, release: Release) -> None:
    page = Page(client.get("/c/menswear/"))
    shown = [release.catalogue.index_of(article_id) for article_id in page.articles()]
    assert {a.index_group_name for a in release.catalogue.articles(shown)} == {"Menswear"}
    assert page.one("h1").text == "Menswear"


def test_the_collection_itself_is_no_facet_there(client: Client) -> None:
    page = Page(client.get("/c/menswear/"))
    assert not page.all("details", id="facet-collection")
    assert page.all("details", id="facet-type")


def test_a_department_stands_below_its_collection(client: Client, release: Release) -> None:
    page = Page(client.get("/c/ladieswear/knitwear/"))
    assert page.one("h1").text == "Knitwear"
    assert page.one("nav", class_="trail").text == "LadieswearKnitwear"
    expected = sum(
        (a.index_group_name, a.department_name) == ("Ladieswear", "Knitwear")
        for a in release.catalogue.articles(release.catalogue.all_idx)
    )
    assert page.one("p", class_="total").text == f"{expected} articles"


@pytest.mark.parametrize("path", ["/c/menswear/knitwear/", "/c/nothing/", "/c/nothing/knitwear/"])
def test_an_unknown_category_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_everything_lists_the_most_sold_first(client: Client, release: Release) -> None:
    sold = [a.sold_7d for a in release.catalogue.articles(popularity_order(release))]
    assert sold == sorted(sold, reverse=True)
    page = Page(client.get("/c/"))
    assert page.one("p", class_="total").text == "300 articles"


def test_the_collections_make_the_menu(client: Client, release: Release) -> None:
    menu = Page(client.get("/c/sport/")).one("nav", class_="menu").text
    assert menu == " ".join(["New in", *(c.name for c in collections(release)), "Everything"])


def test_every_article_is_found_by_its_categories(release: Release) -> None:
    for article in release.catalogue.articles(release.catalogue.all_idx[::17]):
        group, department = categories_of(release, article)
        assert (group.name, department.name) == (article.index_group_name, article.department_name)


def test_names_that_differ_in_case_only_get_addresses_of_their_own() -> None:
    from catalog.categories import _categories

    group = Category("Divided", "divided", 3)
    made = _categories([("Jersey Fancy", 2), ("Jersey fancy", 1), ("???", 1), ("Gone", 0)], group)
    assert _categories([("Baby/Children", 1)])[0].slug == "baby-children"
    assert [c.slug for c in made] == ["jersey-fancy", "jersey-fancy-2", "other"]
    assert made[1].url == "/c/divided/jersey-fancy-2/"


def test_departments_belong_to_their_collection(release: Release) -> None:
    for group in collections(release):
        assert sum(d.count for d in departments(release, group)) == group.count
