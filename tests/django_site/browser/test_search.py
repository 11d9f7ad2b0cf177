import re

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.django_site.browser.shopper import SCREENS, Shopper

pytestmark = pytest.mark.browser


@SCREENS
def test_suggestions_come_while_typing(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto("/")
    field = page.get_by_role("combobox", name="Search the shop")
    field.press_sequentially("blu dre")
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options.first).to_contain_text("Blue Dress")
    expect(page.locator("#live")).to_have_text(re.compile(r"^\d+ suggestions?$"))
    assert shopper.fits_the_screen()
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", "suggestion-1")
    field.press("Escape")
    expect(options).to_have_count(0)
    field.press("ArrowDown")
    expect(options.first).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")
    expect(page.get_by_role("link", name="Remove filter Product type: Dress")).to_be_visible()
    field.press_sequentially("hodi")
    options.first.click()
    expect(page.get_by_role("link", name="Remove filter Product type: Hoodie")).to_be_visible()
    assert shopper.problems == []


@SCREENS
def test_a_slip_is_put_right_and_can_be_insisted_on(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto("/search?q=bleu+dres")
    expect(page.get_by_role("heading", level=1)).to_have_text("“blue dress”")
    page.get_by_role("link", name="“bleu dres”").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("bleu dres")


@SCREENS
def test_words_that_act_as_filters_are_given_up_one_by_one(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto("/search?q=navy+cotton+trousers")
    expect(page.locator(".grid > .line")).to_have_text(re.compile("some of your words"))
    page.get_by_label("Sort by").select_option("price-up")
    expect(page).to_have_url(re.compile("sort=price-up"))
    page.get_by_role("link", name="Search without Colour Dark Blue").click()
    expect(page).to_have_url(f"{shop}/search?q=cotton+trousers&sort=price-up")
    page.goto("/search?q=wedding+dress")
    expect(page.locator("h1 s")).to_have_text("wedding")
    field = page.get_by_role("combobox", name="Search the shop")
    field.fill("")
    field.press_sequentially("merino bl")
    page.get_by_role("option").filter(has_text="black merino").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("“black merino”")
    assert shopper.fits_the_screen()
    assert shopper.problems == []
