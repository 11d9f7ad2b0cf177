"""A shopper who has scrolled stays there: what changes the listing leaves page, drawer and focus where they were."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.django_site.browser.shopper import SCREENS, Shopper

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


def scrolled(page: Page) -> dict[str, object]:
    """Where page and filters stand, what is open in them, and what has the focus."""
    found: dict[str, object] = page.evaluate(
        """() => ({
            page: Math.round(window.scrollY),
            drawer: document.getElementById("filters").open,
            filters: Math.round(document.getElementById("filters").scrollTop),
            facets: Math.round(document.getElementById("facet-list").scrollTop),
            focus: document.activeElement.id,
        })"""
    )
    return found


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
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")


@SCREENS
def test_a_filter_keeps_the_place(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    for name, change in CHANGES.items():
        shopper.page.goto("/c/")
        shopper.open_filters()
        scroll(shopper.page)
        before, shown = scrolled(shopper.page), shopper.page.locator("#listing").inner_text()
        assert before["page"] == DOWN

        updated(shopper.page, change)

        after = scrolled(shopper.page)
        assert after == before | {"focus": after["focus"]}, name
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

    assert scrolled(page) == before | {"focus": "chip-0"}
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
