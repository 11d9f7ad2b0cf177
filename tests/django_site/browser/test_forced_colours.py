"""With the colours of the system, meanings that the shop shows by a background or a tone are still to be seen."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from scripts.shop_pages import DESKTOP, PHONE
from tests.django_site.browser.conftest import PHOTOGRAPHED

pytestmark = pytest.mark.browser
STYLE = "(e, name) => getComputedStyle(e)[name]"


@pytest.fixture(scope="module")
def page(browser: Browser, shop: str) -> Iterator[Page]:
    with browser.new_context(base_url=shop, viewport=PHONE, forced_colors="active") as window:
        yield window.new_page()


def style(page: Page, element: str, name: str) -> Any:
    return page.locator(element).first.evaluate(STYLE, name)


def test_filters_and_their_state_are_seen(page: Page) -> None:
    page.goto("/c/?colour=Red&page=1")
    for element in (".chips a", ".badge", ".heart", "#pager progress"):
        assert style(page, element, "borderTopStyle") == "solid", element
        assert style(page, element, "borderTopWidth") != "0px", element
    assert style(page, "#pager progress", "appearance") == "auto"
    assert style(page, ".swatch", "forcedColorAdjust") == "none"
    page.locator("#filters > summary").click()
    assert style(page, ".facet > summary", "display") == "list-item"
    assert style(page, ".facet > summary", "listStyleType") != "none"
    page.locator("#grid .heart").first.click()
    page.locator("#grid .heart[aria-pressed=true]").wait_for()
    saved, other = (style(page, f"#grid .heart[aria-pressed={state}] svg", "fill") for state in ("true", "false"))
    assert (saved != other, other) == (True, "none")
    assert saved == style(page, "#grid .heart[aria-pressed=true]", "borderTopColor")


def test_on_a_product_page_the_colour_and_the_image_shown_are_seen(page: Page) -> None:
    page.goto(f"/p/{PHOTOGRAPHED}/")
    assert style(page, ".facts > summary", "display") == "list-item"
    assert style(page, ".facts > summary", "listStyleType") != "none"
    assert style(page, ".facts[open] > summary", "backgroundImage") == "none"
    page.set_viewport_size(DESKTOP)
    for shown, other in (
        (".variant[aria-current] .swatch-image", "a.variant .swatch-image"),
        (".thumbs a[aria-current]", ".thumbs a:not([aria-current])"),
    ):
        highlighted, plain = (style(page, element, "borderBottomColor") for element in (shown, other))
        assert (highlighted != plain, plain) == (True, style(page, "body", "backgroundColor")), shown
    page.set_viewport_size(PHONE)


def test_where_one_is_and_what_has_the_focus_is_seen(page: Page) -> None:
    page.goto("/c/")
    page.goto(page.locator(".menu li:nth-child(2) a").get_attribute("href") or "")
    here, elsewhere = (style(page, f".menu a{which}", "borderBottomColor") for which in ("[aria-current]", ""))
    assert here != elsewhere
    page.keyboard.press("Tab")
    assert style(page, ":focus-visible", "outlineStyle") == "solid"
    assert style(page, ":focus-visible", "outlineColor") == here
