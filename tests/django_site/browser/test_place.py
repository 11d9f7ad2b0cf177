"""A shopper who has scrolled stays there: what changes the listing leaves page, drawer and focus where they were."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.django_site.browser.shopper import SCREENS, Shopper, painted

pytestmark = pytest.mark.browser
DOWN = 300
"""Pixels that the page is scrolled before anything is changed."""

CHANGES: dict[str, Callable[[Page], None]] = {
    "open facet": lambda page: press(page, "#facet-colour input:not(:checked)"),
    "long facet": lambda page: press(page, "#facet-type input:not(:checked) >> nth=-1"),
    "in stock": lambda page: press(page, "#in-stock"),
    "more values": lambda page: press(page, ".toggle"),
    "sort": lambda page: set_to(page, "#sort", "price-up"),
    "price": lambda page: set_to(page, "#price-min", "1"),
}


def press(page: Page, element: str) -> None:
    """As a tap does, without the scrolling of the page that Playwright would do first."""
    page.locator(element).first.evaluate("e => { e.focus({ preventScroll: true }); e.click(); }")


def set_to(page: Page, element: str, value: str) -> None:
    change = "new Event('change', { bubbles: true })"
    page.locator(element).evaluate(
        f"(e, value) => {{ e.focus({{ preventScroll: true }}); e.value = value; e.dispatchEvent({change}); }}", value
    )


def scrolled(page: Page) -> dict[str, Any]:
    """Scroll of page and filters, each with the furthest possible; whether the drawer is open; what has the focus."""
    found: dict[str, Any] = page.evaluate(
        """() => {
            const of = (e) => [Math.round(e.scrollTop), Math.max(0, e.scrollHeight - e.clientHeight)];
            const [filters, facets] = ["filters", "facet-list"].map((id) => document.getElementById(id));
            return {
                scrolled: { page: of(document.documentElement), filters: of(filters), facets: of(facets) },
                open: filters.open,
                focus: document.activeElement.id,
            };
        }"""
    )
    return found


def stands_as(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """True if all is as far scrolled as before, or to the end of what has become shorter."""
    return before["open"] == after["open"] and all(
        top == min(before["scrolled"][name][0], end) for name, (top, end) in after["scrolled"].items()
    )


def scroll(page: Page) -> None:
    """Down the page, and within the filters as far as they scroll."""
    page.evaluate(
        """down => {
            window.scrollTo(0, down);
            for (const id of ["filters", "facet-list"]) document.getElementById(id).scrollTop = 60;
        }""",
        DOWN,
    )


def updated(page: Page, change: Callable[[Page], None]) -> None:
    """Make a change and wait until the new listing has settled."""
    page.evaluate("() => { window.settled = new Promise(done => addEventListener('htmx:afterSettle', done)); }")
    change(page)
    page.evaluate("() => window.settled.then(() => true)")
    painted(page)


@SCREENS
def test_a_filter_keeps_the_place(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    for name, change in CHANGES.items():
        shopper.page.goto("/c/")
        for title in ("Product type", "Colour", "Price"):
            shopper.open_facet(title)
        scroll(shopper.page)
        before, shown = scrolled(shopper.page), shopper.page.locator("#listing").inner_text()
        assert before["scrolled"]["page"][0] == DOWN

        updated(shopper.page, change)

        after = scrolled(shopper.page)
        assert stands_as(before, after), (name, before, after)
        assert after["focus"], name
        assert shopper.page.locator("#listing").inner_text() != shown, name
    assert shopper.problems == []


@SCREENS
def test_giving_up_a_filter_keeps_the_place(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto("/c/?in_stock=1&price_min=1&price_max=1000")
    shopper.open_filters()
    scroll(page)
    before = scrolled(page)

    updated(page, lambda page: press(page, ".chips a"))

    assert stands_as(before, scrolled(page))
    assert scrolled(page)["focus"] == "chip-0"
    expect(page.locator(".chips li")).to_have_count(2)
    assert shopper.problems == []


@SCREENS
def test_more_cards_keep_the_place(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto("/c/")
    page.locator("#load-more").scroll_into_view_if_needed()
    before = page.evaluate("window.scrollY")
    assert before > DOWN

    updated(page, lambda page: press(page, "#load-more"))

    expect(shopper.cards).to_have_count(24)
    assert page.evaluate("window.scrollY") == before


@SCREENS
def test_back_brings_all_loaded_cards_and_the_opened_one(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto("/c/")
    for loaded in (24, 36):
        updated(page, lambda page: press(page, "#load-more"))
        expect(shopper.cards).to_have_count(loaded)
    page.evaluate("() => window.addEventListener('unload', () => {})")  # keeps the page out of the browser's cache
    opened = shopper.cards.nth(15).locator("h3 a").get_attribute("href")
    page.locator(f'.card h3 a[href="{opened}"]').click()
    page.wait_for_url(f"**{opened}")
    page.go_back()

    expect(shopper.cards).to_have_count(36)
    expect(page.locator(f'.card:has(h3 a[href="{opened}"])')).to_be_in_viewport()
    assert shopper.problems == []


def test_filters_longer_than_the_window_are_reached_by_scrolling_the_page(browser: Browser, shop: str) -> None:
    shopper = Shopper(browser, shop, {"width": 1280, "height": 500})
    page = shopper.page
    page.goto("/c/")
    filters = page.locator("#filters")
    assert filters.evaluate("e => e.scrollHeight <= e.clientHeight && e.offsetHeight > innerHeight"), "nothing is cut"
    page.locator("#facet-list > .facet").last.scroll_into_view_if_needed()
    expect(page.locator("#facet-list > .facet").last).to_be_in_viewport()
    for _ in range(3):
        updated(page, lambda page: press(page, "#load-more"))
    page.locator("#grid .card").last.scroll_into_view_if_needed()
    expect(page.locator("#facet-list > .facet").last).to_be_in_viewport()
    assert shopper.problems == []
