import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from catalog import products
from recsys_core.serving import Article, Release
from recsys_core.workspace import Workspace
from tests.django_site.conftest import PHOTOGRAPHED, save_photo
from tests.django_site.markup import Element, Page

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


def article_with(release: Release, in_stock: bool) -> Article:
    rows = (release.catalogue.in_stock == in_stock).nonzero()[0]
    return release.catalogue.article(int(rows[0]))


def test_colours_out_of_stock_say_so(client: Client, release: Release) -> None:
    sold_out = article_with(release, in_stock=False)
    other = next(a for a in products.colour_variants(release, sold_out) if a.in_stock)
    links = Page(client.get(f"/p/{other.article_id}/")).all("a", class_="variant")
    said = {link["href"].split("/")[2]: link.text for link in links}
    assert said[sold_out.article_id] == "Out of stock"
    assert all(text == "" for article_id, text in said.items() if in_stock(release, article_id))


def in_stock(release: Release, article_id: str) -> bool:
    idx = release.catalogue.index_of(article_id)
    return idx is not None and release.catalogue.article(idx).in_stock


def test_the_bar_of_phones_has_name_and_price_and_the_one_form(client: Client, release: Release) -> None:
    article = article_with(release, in_stock=True)
    page = Page(client.get(f"/p/{article.article_id}/"))
    form = page.one("form", class_="buy")
    summary = page.one("p", class_="summary")
    assert form.text.startswith(summary.text)
    assert summary.text == article.prod_name + page.all("p", class_="price")[0].text
    assert summary["aria-hidden"] == "true", "the page says both above"
    assert len(page.all("input", name="article", value=article.article_id)) == 1
    assert has_no_id_twice(page)


def test_the_bar_of_what_is_out_of_stock_says_so(client: Client, release: Release) -> None:
    page = Page(client.get(f"/p/{article_with(release, in_stock=False).article_id}/"))
    bar = page.one("div", class_="buy")
    assert bar.text.endswith("Out of stock")
    assert bar["aria-hidden"] == "true", "the page says it above"
    assert not page.all("form", class_="buy")


def has_no_id_twice(page: Page) -> bool:
    ids = [element["id"] for element in page.elements if "id" in element.attributes]
    return len(ids) == len(set(ids))


def images_of(page: Page) -> list[Element]:
    return [image for image in page.all("img") if any(name.startswith("photo-") for name in image.within)]


def test_images_are_offered_up_to_the_size_of_their_files(client: Client) -> None:
    """Files of 800, 1500 and 200 pixels width, the third one with the number 4."""
    address = f"/img/{PHOTOGRAPHED}"
    page = Page(client.get(f"/p/{PHOTOGRAPHED}/"))
    offered = [image["srcset"].split(", ") for image in images_of(page)]
    assert offered[0] == [*(f"{address}.jpg?w={w} {w}w" for w in (240, 360, 480, 720)), f"{address}.jpg 800w"]
    assert offered[1][-3:] == [f"{address}_2.jpg?w=960 960w", f"{address}_2.jpg?w=1280 1280w", f"{address}_2.jpg 1500w"]
    assert offered[2] == [f"{address}_4.jpg 200w"]
    assert [(image["width"], image["height"]) for image in images_of(page)] == [
        ("800", "1200"),
        ("1500", "2000"),
        ("200", "200"),
    ]
    assert all(client.get(image["src"]).status_code == 200 for image in page.all("img") if address in image["src"])


def test_every_image_is_a_link_to_its_file_with_a_name(client: Client) -> None:
    page = Page(client.get(f"/p/{PHOTOGRAPHED}/"))
    links = page.all("a", class_="enlarge")
    assert [link["href"] for link in links] == [f"/img/{PHOTOGRAPHED}{end}.jpg" for end in ("", "_2", "_4")]
    assert [image["alt"].rpartition(", ")[2] for image in images_of(page)] == [f"picture {n} of 3" for n in (1, 2, 3)]
    assert [a["href"] for a in page.all("a") if a["href"].startswith("#photo")] == ["#photo-1", "#photo-2", "#photo-3"]
    assert [image["width"] for image in page.all("img") if "enlarged" in image.within] == ["800", "1200", "200"]
    assert has_no_id_twice(page)


def test_without_a_first_photograph_nothing_can_be_enlarged(client: Client, shop: Settings) -> None:
    stray = Workspace(shop.RECSYS_WORKSPACE).images / ARTICLE[:3] / f"{ARTICLE}_2.jpg"
    save_photo(stray)
    try:
        assert client.get(f"/img/{ARTICLE}_2.jpg").status_code == 200
        page = Page(client.get(f"/p/{ARTICLE}/"))
    finally:
        stray.unlink()
    assert [image["src"].endswith(".svg") for image in page.all("img", fetchpriority="high")] == [True]
    assert not page.all("dialog")


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


def test_what_was_viewed_before_stands_below(client: Client) -> None:
    for article_id in ("0100000001", "0100002001", "0100003001", "0100004001"):
        page = Page(client.get(f"/p/{article_id}/"))
    row = [a["href"] for a in page.all("a") if "recently-viewed" in a.within and "/like/" not in a["href"]]
    assert row == ["/p/0100003001/", "/p/0100002001/", "/p/0100000001/"]
