"""The product page on phones and its images: the bar that stays, the gallery, the dialog of large images."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from scripts.shop_pages import DESKTOP, PHONE
from tests.django_site.browser.conftest import PHOTOGRAPHED
from tests.django_site.browser.shopper import Shopper
from tests.django_site.browser.test_accessibility import barriers_shown

pytestmark = pytest.mark.browser
ADDRESS = f"/p/{PHOTOGRAPHED}/"
SOLD_OUT = "0100002003"
SMALL_PHONE: ViewportSize = {"width": 320, "height": 568}
SHARP_PHONE: ViewportSize = {"width": 400, "height": 844}
LARGE_WIDTH = 1280

COVERED = """() => {
  const bar = document.querySelector(".buy");
  const open = [...document.querySelectorAll("main a, main button, main summary, footer a")].filter(
    (each) => !bar.contains(each) && !each.closest("dialog") && each.checkVisibility());
  return open.filter((each) => {
    each.focus();
    return each.getBoundingClientRect().bottom > bar.getBoundingClientRect().top;
  }).map((each) => each.outerHTML);
}"""
"""Elements that the bar lies over while they have the focus."""
END_IS_FREE = """() => {
  window.scrollTo(0, document.documentElement.scrollHeight);
  const texts = [...document.querySelectorAll("footer p")];
  const bar = document.querySelector(".buy").getBoundingClientRect();
  return texts.length > 0 && texts.every((text) => text.getBoundingClientRect().bottom <= bar.top);
}"""


def test_on_a_phone_a_bar_with_name_price_and_button_stays(browser: Browser, shop: str) -> None:
    shopper = Shopper(browser, shop, SMALL_PHONE)
    page = shopper.page
    page.goto(ADDRESS)
    name, price = page.locator("h1").inner_text(), page.locator(".about > .price").inner_text()
    button = page.get_by_role("button", name="Add to bag")
    for screen in (SMALL_PHONE, PHONE):
        page.set_viewport_size(screen)
        page.evaluate("window.scrollTo(0, 0)")
        for seen in (page.locator(".summary", has_text=name), page.locator(".summary", has_text=price), button):
            expect(seen).to_be_in_viewport(ratio=1)
        assert page.evaluate(COVERED) == []
        assert page.evaluate(END_IS_FREE)
        expect(button).to_be_in_viewport(ratio=1)
    assert shopper.fits_the_screen()
    button.click()
    expect(page.get_by_text("In your bag.")).to_be_in_viewport(ratio=1)
    assert page.evaluate(END_IS_FREE), "the bar has grown by a line"
    page.set_viewport_size(DESKTOP)
    expect(page.locator(".summary")).to_be_hidden()
    assert button.evaluate("button => button.closest('.about') && getComputedStyle(button.form).position") == "static"

    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="Out of stock").click()
    expect(page.locator(".buy", has_text="Out of stock")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.querySelector('.buy').matches('[aria-hidden=true]')")
    assert page.url.endswith(f"/p/{SOLD_OUT}/")
    assert shopper.problems == []


def test_images_are_paged_through_and_opened_large(browser: Browser, shop: str) -> None:
    shopper = Shopper(browser, shop, DESKTOP)
    page = shopper.page
    page.goto(ADDRESS)
    thumb = page.get_by_role("link", name="Picture 2 of 3", exact=True)
    top = page.locator("h1").bounding_box()
    thumb.click()
    expect(page.locator(".gallery img").nth(1)).to_be_in_viewport(ratio=0.8)
    expect(thumb).to_have_attribute("aria-current", "true")
    expect(page.locator(".thumbs [aria-current]")).to_have_count(1)
    assert page.locator("h1").bounding_box() == top, "nothing has moved"

    opener = page.get_by_role("button", name="Enlarge: Blue sweater, picture 2 of 3")
    opener.press("Enter")
    dialog = page.get_by_role("dialog", name="Photographs of Cosmo sweater")
    expect(dialog.get_by_role("img")).to_have_attribute("alt", "Blue sweater, picture 2 of 3")
    dialog.get_by_role("button", name="Next picture").click()
    expect(dialog.get_by_role("status")).to_have_text("Picture 3 of 3")
    dialog.get_by_role("button", name="Next picture").click()
    expect(dialog.get_by_role("img")).to_have_attribute("alt", "Blue sweater, picture 1 of 3")
    assert width_of(page, "dialog img:not([hidden])") > 2 * width_of(page, ".gallery img")
    assert barriers_shown(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    opener.press("Space")
    dialog.get_by_role("button", name="Close").click()
    expect(opener).to_be_focused()

    page.set_viewport_size(PHONE)
    opener.click()
    assert width_of(page, "dialog img:not([hidden])") > 2 * PHONE["width"]
    page.keyboard.press("Escape")
    assert barriers_shown(page) == []
    assert shopper.problems == []


def width_of(page: Page, image: str) -> int:
    """Width as shown, in CSS pixels, once it is loaded."""
    shown = page.locator(image).first
    shown.evaluate("image => image.decode()")
    return int(shown.evaluate("image => image.clientWidth"))


def test_a_sharp_screen_gets_all_the_pixels_and_no_script_is_needed(browser: Browser, shop: str) -> None:
    """Three pixels for each CSS pixel: 1,200 are needed, the file has 1,400."""
    options: Any = {"viewport": SHARP_PHONE, "device_scale_factor": 3, "java_script_enabled": False, "base_url": shop}
    with browser.new_context(**options) as window:
        page = window.new_page()
        page.goto(ADDRESS)
        image = page.locator(".gallery img").first
        expect(image).to_have_js_property("complete", True)
        assert image.evaluate("image => image.currentSrc").endswith(f"?w={LARGE_WIDTH}")
        page.get_by_role("link", name="Picture 3 of 3", exact=True).click()
        expect(page.locator(".gallery img").nth(2)).to_be_in_viewport(ratio=0.5)
        page.get_by_role("link", name="Enlarge: Blue sweater, picture 3 of 3").click()
        assert page.url.endswith(f"/img/{PHOTOGRAPHED}_3.jpg")
        page.go_back()
        page.get_by_role("button", name="Add to bag").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your bag")
