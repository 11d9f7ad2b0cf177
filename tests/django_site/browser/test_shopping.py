"""A shopper's way through the shop, with and without JavaScript."""

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.django_site.browser.shopper import SCREENS, Shopper

pytestmark = pytest.mark.browser


@SCREENS
def test_sign_in_filter_search_and_open_a_product(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    shopper.sign_in()
    expect(shopper.cards).to_have_count(12)
    assert page.locator(".card .reason").first.inner_text()

    page.evaluate("window.stillHere = true")  # lost if the page were loaded anew
    shopper.open_facet("Colour")
    black = page.locator("#facet-colour label", has_text="Dark Blue")
    promised = black.locator(".number").inner_text()
    black.click()
    expect(page.locator(".total")).to_have_text(f"{promised} article{'s' if promised != '1' else ''}")
    expect(page.locator("#live")).to_contain_text(f"{promised} article")
    assert page.url.endswith("/?colour=Dark+Blue")
    assert page.evaluate("window.stillHere")
    assert page.locator("#facet-colour").evaluate("e => e.open"), "the facet stays open"
    if shopper.is_phone:
        page.locator(".apply .button").click()
        expect(page.locator("#filters")).not_to_have_attribute("open", "")
    assert all("Dark Blue" in text for text in page.locator("#grid .card .detail").all_inner_texts())

    page.get_by_role("link", name="Remove filter Colour: Dark Blue").click()
    expect(page.locator(".total")).to_have_text("36 articles")
    assert page.url == f"{shop}/"

    page.get_by_label("Search the shop").fill("blue dress")
    page.get_by_label("Search the shop").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("“blue dress”")
    assert page.locator("mark").first.inner_text().lower() == "dress"
    assert shopper.fits_the_screen()

    name = shopper.cards.first.locator("h3").inner_text()
    shopper.cards.first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_role("heading", name="Similar pieces")).to_be_visible()
    image = page.locator(".shown img")
    image.evaluate("e => e.decode()")
    assert image.evaluate("e => e.naturalWidth") > 0
    assert shopper.fits_the_screen()
    assert shopper.problems == []


@SCREENS
def test_everything_works_without_javascript(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen, scripts=False)
    page = shopper.page
    page.goto("/account/sign-in/")
    page.get_by_role("button", name="Bruno").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("For you, Bruno")
    page.get_by_role("link", name="Load more").click()
    expect(page).to_have_url(f"{shop}/?page=2")
    page.get_by_role("link", name="Show earlier articles").click()
    expect(page).to_have_url(f"{shop}/")
    if shopper.is_phone:
        page.locator("#filters > summary").click()
    page.locator("#facet-colour label", has_text="Dark Blue").click()
    page.get_by_role("button", name="Show 36 articles").click()
    expect(page.get_by_role("link", name="Remove filter Colour: Dark Blue")).to_be_visible()
    page.get_by_label("Search the shop").fill("shirt")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("“shirt”")
    page.locator(".card h3 a").first.click()
    expect(page.get_by_role("heading", name="Similar pieces")).to_be_visible()
    page.goto("/account/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Popular right now")).to_be_visible()


@SCREENS
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_from_the_bag_to_an_order(browser: Browser, shop: str, screen: ViewportSize, scripts: bool) -> None:
    shopper = Shopper(browser, shop, screen, scripts)
    page = shopper.page
    page.goto("/c/?in_stock=1")
    shopper.cards.first.locator("h3 a").click()
    name = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("button", name="Add to bag").click()
    if scripts:
        expect(page.get_by_role("status").get_by_text("In your bag.")).to_be_visible()
        page.get_by_role("link", name="View bag").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your bag")
    expect(page.locator("#bag-count")).to_have_text("1 piece")
    page.get_by_label("Quantity").select_option("3")
    if not scripts:
        page.get_by_role("button", name="Update").click()
    expect(page.locator("#bag-count")).to_have_text("3 pieces")
    assert shopper.fits_the_screen()

    page.get_by_role("link", name="Check out").click()
    expect(page.get_by_role("button", name="Order as a guest")).to_be_visible()
    page.locator("main").get_by_role("link", name="Sign in").click()  # the bag comes along
    page.get_by_role("button", name="Bruno").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check out")
    assert shopper.fits_the_screen()
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_text("Thank you for your order")).to_be_visible()
    expect(page.locator("main")).to_contain_text(name)
    expect(page.locator("#bag-count")).to_be_empty()
    page.get_by_role("link", name="Orders").click()
    expect(page.locator(".order-list li").first).to_contain_text("1 article")
    assert shopper.problems == []


@SCREENS
@pytest.mark.parametrize("path", ["/", "/c/", "/search?q=qwertz", "/p/0100000001/", "/account/sign-in/", "/nowhere"])
def test_no_page_is_wider_than_the_screen(browser: Browser, shop: str, screen: ViewportSize, path: str) -> None:
    shopper = Shopper(browser, shop, screen)
    shopper.page.goto(path)
    assert shopper.fits_the_screen()
