import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.django_site.browser.conftest import STAFF
from tests.django_site.browser.shopper import SCREENS, Shopper

pytestmark = pytest.mark.browser


@SCREENS
def test_staff_see_what_shoppers_do_with_the_feed(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    shopper.log_in(*STAFF)
    page.goto("/staff/experiment/")
    expect(page.get_by_role("heading", name="By ranking")).to_be_visible()
    page.get_by_role("link", name="28 days").click()
    expect(page.get_by_role("link", name="28 days")).to_have_attribute("aria-current", "true")
    assert shopper.fits_the_screen()
    assert shopper.problems == []


@SCREENS
def test_shoppers_do_not(browser: Browser, shop: str, screen: ViewportSize) -> None:
    page = Shopper(browser, shop, screen).page
    page.goto("/staff/experiment/")
    expect(page.get_by_role("heading", name="By ranking")).to_have_count(0)
    assert "/staff/login/" in page.url
