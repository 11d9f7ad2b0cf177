import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.django_site.browser.conftest import PHOTOGRAPHED
from tests.django_site.browser.shopper import SCREENS, Shopper
from tests.django_site.browser.test_accessibility import barriers_shown

pytestmark = pytest.mark.browser


@SCREENS
def test_the_notice_is_answered_by_keyboard_and_does_not_come_back(
    browser: Browser, shop: str, screen: ViewportSize
) -> None:
    shopper = Shopper(browser, shop, screen, chose=False)
    page = shopper.page
    page.goto("/c/")
    notice = page.get_by_role("region", name="May we count")
    refuse, allow = (notice.get_by_role("button", name=name) for name in ("No statistics", "Allow statistics"))
    sizes = [button.bounding_box() for button in (refuse, allow)]
    assert sizes[0]
    assert sizes[1]
    assert sizes[0]["height"] == sizes[1]["height"]
    assert abs(sizes[0]["width"] - sizes[1]["width"]) < 20
    assert barriers_shown(page) == []
    assert shopper.fits_the_screen()
    refuse.press("Enter")
    expect(notice).to_have_count(0)
    page.goto("/")
    expect(notice).to_have_count(0)
    assert shopper.problems == []


def test_the_notice_works_without_scripts(browser: Browser, shop: str) -> None:
    page = Shopper(browser, shop, {"width": 1280, "height": 900}, scripts=False, chose=False).page
    page.goto("/c/?sort=newest")
    page.get_by_role("button", name="Allow statistics").click()
    expect(page).to_have_url(f"{shop}/c/?sort=newest")
    expect(page.get_by_role("button", name="Allow statistics")).to_have_count(0)


@pytest.mark.parametrize("path", ["/c/", f"/p/{PHOTOGRAPHED}/"])
def test_in_a_low_window_the_notice_is_the_end_of_the_page(browser: Browser, shop: str, path: str) -> None:
    page = Shopper(browser, shop, {"width": 640, "height": 400}, chose=False).page
    page.goto(path)
    notice = page.locator("#statistics-notice")
    assert notice.evaluate("e => getComputedStyle(e).position") == "static"
    refuse = notice.get_by_role("button", name="No statistics")
    refuse.focus()
    refuse.click()
    expect(notice).to_have_count(0)


def test_the_notice_takes_half_a_window_at_most(browser: Browser, shop: str) -> None:
    page = Shopper(browser, shop, {"width": 320, "height": 500}, chose=False).page
    page.goto("/c/")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    box = page.locator("#statistics-notice").bounding_box()
    assert box
    assert (box["height"] <= 250, box["y"] + box["height"]) == (True, 500)


@SCREENS
def test_nothing_with_the_focus_is_hidden_by_the_notice(browser: Browser, shop: str, screen: ViewportSize) -> None:
    page = Shopper(browser, shop, screen, chose=False).page
    page.goto("/account/sign-in/")
    page.locator(".bottom").get_by_role("link", name="Privacy").focus()
    link = page.locator(".bottom").get_by_role("link", name="Privacy").bounding_box()
    notice = page.locator("#statistics-notice").bounding_box()
    assert link
    assert notice
    assert link["y"] + link["height"] <= notice["y"]
