"""Pages, chips and updates, as HTML: without JavaScript these are plain links and one form."""

import pytest
from django.test import Client

from tests.django_site.markup import Page

pytestmark = pytest.mark.django_db
MORE = {"HX-Request": "true", "HX-Target": "grid"}
UPDATE = {"HX-Request": "true", "HX-Target": "listing"}


def test_load_more_is_a_link_to_the_next_page(client: Client) -> None:
    first = Page(client.get("/c/", {"colour": "Black"}))
    link = first.one("a", id="load-more")
    second = Page(client.get(link["href"]))
    assert link["href"] == "/c/?colour=Black&page=2"
    assert second.articles()
    assert not set(first.articles()) & set(second.articles())
    assert second.one("a", rel="prev")["href"] == "/c/?colour=Black"


def test_an_address_shows_all_pages_that_were_loaded(client: Client) -> None:
    pages = [Page(client.get("/c/", {"page": str(number)})).articles() for number in (1, 2, 3)]
    whole = Page(client.get("/c/", {"page": "3", "since": "1"}))
    assert whole.articles() == [article for page in pages for article in page]
    assert not whole.all("a", rel="prev")
    assert Page(client.get("/c/", {"page": "3", "since": "2"})).articles() == [*pages[1], *pages[2]]
    assert Page(client.get("/c/", {"page": "2", "since": "3"})).articles() == pages[1], "since lies behind"
    assert Page(client.get("/c/", {"page": "2", "since": "x"})).articles() == pages[1]


def test_load_more_asks_for_the_next_cards_and_keeps_what_is_there_in_the_address(client: Client) -> None:
    link = Page(client.get("/c/", {"page": "2", "since": "1"})).one("a", id="load-more")
    assert link["hx-get"] == "/c/?page=3&since=1"
    response = client.get(link["hx-get"], headers=MORE)
    assert Page(response).articles() == Page(client.get("/c/", {"page": "3"})).articles()
    assert response["HX-Replace-Url"] == "/c/?page=3&since=1"


def test_not_more_pages_are_shown_at_once_than_a_browser_bears(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.query.MAX_PAGES_AT_ONCE", 2)
    page = Page(client.get("/c/", {"page": "4", "since": "1"}))
    assert page.articles() == Page(client.get("/c/", {"page": "4", "since": "3"})).articles()
    assert page.one("a", rel="prev")["href"] == "/c/?page=2"


def test_the_last_page_offers_no_more(client: Client) -> None:
    assert not Page(client.get("/c/", {"page": "13"})).all("a", id="load-more")


def test_htmx_gets_further_cards_and_a_new_pager_only(client: Client) -> None:
    whole = Page(client.get("/c/", {"page": "2"}))
    response = client.get("/c/", {"page": "2"}, headers=MORE)
    part = Page(response)
    assert part.articles() == whole.articles()
    assert not part.all("html")
    assert not part.all("form")
    assert part.one("nav", id="pager")["hx-swap-oob"] == "true"
    assert response["HX-Replace-Url"] == "/c/?page=2"


def test_htmx_gets_the_listing_and_an_announcement(client: Client) -> None:
    response = client.get("/c/", {"colour": "Black", "price_min": "", "sort": "relevance"}, headers=UPDATE)
    part = Page(response)
    assert not part.all("html")
    assert part.all("div", id="listing")
    assert part.one("p", id="live").text == part.one("p", class_="total").text
    assert response["HX-Push-Url"] == "/c/?colour=Black"


def test_whole_pages_and_parts_of_one_address_are_cached_apart(client: Client) -> None:
    assert {"Cookie", "HX-Request"} <= {v.strip() for v in client.get("/c/")["Vary"].split(",")}


def test_chips_remove_one_filter_each(client: Client) -> None:
    query = {"colour": ["Black", "Red"], "in_stock": "1", "price_max": "30"}
    chips = Page(client.get("/c/", query)).one("ul", class_="chips")
    links = {a.text: a["href"] for a in Page(client.get("/c/", query)).all("a") if "Remove filter" in a.text}
    assert links == {
        "Remove filter Colour: Black": "/c/?colour=Red&price_max=30.00&in_stock=1",
        "Remove filter Colour: Red": "/c/?colour=Black&price_max=30.00&in_stock=1",
        "Remove filter Price: up to €30.00": "/c/?colour=Black&colour=Red&in_stock=1",
        "Remove filter Availability: In stock": "/c/?colour=Black&colour=Red&price_max=30.00",
    }
    assert "Clear all" in chips.text


def test_the_form_holds_all_choices_and_can_be_sent_without_javascript(client: Client) -> None:
    page = Page(client.get("/search", {"q": "shirt", "colour": "Black", "show": "type"}))
    form = page.one("form", id="controls")
    assert (form["action"], form.attributes.get("method", "get")) == ("/search", "get")
    hidden = {(i["name"], i["value"]) for i in page.all("input", type="hidden")}
    assert {("q", "shirt"), ("show", "type")} <= hidden
    assert page.checked() == {"Black"}
    assert any(button.text.startswith("Show ") for button in page.all("button"))


def test_every_input_has_a_label(client: Client) -> None:
    page = Page(client.get("/c/", {"show": ["type", "department"]}))
    labelled = {label["for"] for label in page.all("label")}
    inputs = [i for i in page.all("input") if i.attributes.get("type") != "hidden"] + page.all("select")
    assert len(inputs) > 20
    assert {i["id"] for i in inputs} <= labelled


def test_ids_are_unique_and_images_have_texts(client: Client) -> None:
    page = Page(client.get("/c/"))
    ids = [e["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    assert all("alt" in img.attributes for img in page.all("img"))


def test_an_empty_page_offers_what_to_relax(client: Client) -> None:
    page = Page(client.get("/c/", {"type": "Dress", "collection": "Menswear"}))
    assert page.articles() == []
    assert "No article fits all of these filters" in page.one("div", class_="empty").text
    assert page.all("a", href="/c/?type=Dress")
    assert page.all("a", href="/c/?collection=Menswear")


def test_no_page_has_inline_scripts_or_styles(client: Client) -> None:
    for path in ("/", "/c/", "/search?q=shirt", "/p/0100000001/", "/account/sign-in/"):
        page = Page(client.get(path))
        scripts = [each for each in page.all("script") if each.attributes.get("type") != "application/ld+json"]
        assert all("src" in script.attributes for script in scripts)
        assert not page.all("style")
        assert not [
            e for e in page.elements if "style" in e.attributes or any(a.startswith("on") for a in e.attributes)
        ]
