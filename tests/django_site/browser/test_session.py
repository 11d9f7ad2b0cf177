import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.django_site.browser.shopper import SCREENS, Shopper

pytestmark = pytest.mark.browser


@SCREENS
def test_the_front_page_follows_what_a_guest_looks_at(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto("/")
    expect(page.locator("#inspired")).to_have_count(0)
    page.goto("/p/0100000001/")
    page.goto("/")
    expect(page.get_by_role("heading", name="Inspired by this visit")).to_be_visible()
    expect(page.locator(".row .card").first).to_be_visible()
    assert shopper.fits_the_screen()
    assert shopper.problems == []


@SCREENS
def test_facets_narrow_what_is_near_to_the_session(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto("/p/0100000001/")
    page.goto("/")
    page.get_by_role("link", name="See all of Inspired by this visit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inspired by this visit")
    shopper.open_facet("Colour")
    page.locator("#facet-colour label", has_text="Beige").click()
    expect(page.get_by_role("link", name="Remove filter Colour: Beige")).to_be_visible()
    assert set(page.locator("#grid .card .detail").all_inner_texts()) == {"Beige"}
    assert shopper.problems == []


@SCREENS
def test_not_for_me_takes_a_card_away_without_leaving_the_page(
    browser: Browser, shop: str, screen: ViewportSize
) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    shopper.join(f"refuser-{screen['width']}")
    page.goto("/")
    first, second = (page.locator("#grid .card h3 a").nth(place).get_attribute("href") for place in (0, 1))
    page.locator("#grid .not-for-me").first.press("Enter")
    expect(page.locator(f'#grid a[href="{first}"]')).to_have_count(0)
    expect(page.locator("#live")).to_contain_text("No longer recommended")
    assert page.evaluate("document.activeElement.getAttribute('href')") == second
    page.reload()
    expect(page.locator(f'#grid a[href="{first}"]')).to_have_count(0)
    assert shopper.fits_the_screen()
    assert shopper.problems == []
