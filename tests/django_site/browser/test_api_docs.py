import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.django_site.browser.shopper import SCREENS, Shopper

pytestmark = pytest.mark.browser


@SCREENS
def test_the_description_needs_nothing_from_elsewhere(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/api/v1/docs")
    expect(page.get_by_role("heading", level=1)).to_have_text("Shop API")
    assert all(url.startswith(shop) for url in asked)
    assert shopper.fits_the_screen()
    assert shopper.problems == []


@SCREENS
def test_every_address_can_be_tried(browser: Browser, shop: str, screen: ViewportSize) -> None:
    page = Shopper(browser, shop, screen).page
    page.goto("/api/v1/docs")
    links = page.get_by_role("link", name="Try it").all()
    assert len(links) == page.locator(".operation .method", has_text="GET").count()
    for address in [link.get_attribute("href") or "" for link in links]:
        assert page.request.get(address).ok, address
