import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from scripts.shop_pages import PHONE, order
from tests.django_site.browser.shopper import SCREENS, Shopper

pytestmark = pytest.mark.browser


@SCREENS
def test_who_never_ordered_is_shown_where_to_go(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    shopper.join(f"looker-{screen['width']}")
    shopper.page.goto("/account/orders/")
    shopper.page.get_by_role("link", name="Look around").click()
    expect(shopper.page).to_have_url(f"{shop}/")


@SCREENS
def test_the_history_keeps_what_an_order_held_and_cost(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    shopper.join(f"buyer-{screen['width']}")
    order(page)
    lines = page.locator(".bag-lines li")
    expect(lines).to_have_count(3)
    prices = [float(text.lstrip("€")) for text in lines.locator(".price").all_inner_texts()]
    expect(page.locator(".total-price")).to_have_text(f"€{sum(prices):.2f}")
    page.locator(".trail").get_by_role("link", name="Orders").click()
    expect(page.locator(".order-list li")).to_have_count(1)
    expect(page.locator(".order-list li")).to_contain_text(f"€{sum(prices):.2f}")
    assert shopper.fits_the_screen()
    assert shopper.problems == []


def test_a_guest_orders_without_scripts_and_finds_the_order_after_joining(browser: Browser, shop: str) -> None:
    shopper = Shopper(browser, shop, PHONE, scripts=False)
    page = shopper.page
    page.goto("/c/?in_stock=1")
    shopper.cards.first.locator("h3 a").click()
    page.get_by_role("button", name="Add to bag").click()
    page.get_by_role("link", name="Check out").click()
    assert shopper.fits_the_screen()
    page.get_by_role("button", name="Order as a guest").click()
    expect(page.get_by_text("Thank you for your order")).to_be_visible()
    expect(page.get_by_text("You can see this order in this browser")).to_be_visible()
    ordered = page.get_by_role("heading", level=1).inner_text()
    assert shopper.fits_the_screen()
    page.get_by_role("link", name="create an account").click()
    shopper.fill_in_and_join("former-guest")
    expect(page.get_by_role("heading", level=1)).to_have_text(ordered)
    page.locator(".trail").get_by_role("link", name="Orders").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your orders")
    expect(page.locator(".order-list li")).to_contain_text(ordered)
    assert shopper.problems == []
