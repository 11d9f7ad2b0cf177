import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.django_site.browser.shopper import SCREENS, Shopper

pytestmark = pytest.mark.browser


@SCREENS
def test_the_heart_saves_and_gives_up_without_leaving_the_page(
    browser: Browser, shop: str, screen: ViewportSize
) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto("/c/")
    heart = shopper.cards.first.locator(".heart")
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#live")).to_have_text("Saved")
    assert page.url == f"{shop}/c/"
    name = shopper.cards.first.locator("h3").inner_text()
    page.get_by_role("link", name="Saved").click()
    expect(shopper.cards).to_have_count(1)
    expect(shopper.cards.first).to_contain_text(name)
    shopper.cards.first.locator(".heart").click()
    expect(shopper.cards.first.locator(".heart")).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(page.get_by_role("heading", name="Nothing saved yet")).to_be_visible()
    assert shopper.problems == []


@SCREENS
def test_a_keyboard_saves_too(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    shopper.page.goto("/c/")
    heart = shopper.cards.first.locator(".heart")
    heart.press("Enter")
    expect(heart).to_have_attribute("aria-pressed", "true")


@SCREENS
def test_signing_in_keeps_what_a_guest_saved_and_put_into_the_bag(
    browser: Browser, shop: str, screen: ViewportSize
) -> None:
    member = Shopper(browser, shop, screen)
    username = f"keeper-{screen['width']}"
    member.join(username)
    put_and_save(member, 0)

    guest = Shopper(browser, shop, screen)
    put_and_save(guest, 1)
    guest.log_in(username)
    expect(guest.page.locator("#bag-count")).to_have_text("2 pieces")
    guest.page.goto("/account/saved/")
    expect(guest.cards).to_have_count(2)
    assert guest.problems == []


def put_and_save(shopper: Shopper, number: int) -> None:
    """Take the article at this place of what is in stock."""
    page = shopper.page
    page.goto("/c/?in_stock=1")
    shopper.cards.nth(number).locator("h3 a").click()
    heart = page.locator(".product .heart")
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Add to bag").click()
    expect(page.get_by_text("In your bag.")).to_be_visible()
