import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from scripts.shop_pages import PHONE
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


@SCREENS
def test_a_pin_of_staff_stands_where_it_was_put(browser: Browser, shop: str, screen: ViewportSize) -> None:
    article_id, position = ("0100099001", 1) if screen == PHONE else ("0100098001", 2)
    staff = Shopper(browser, shop, screen)
    staff.log_in(*STAFF)
    page = staff.page
    page.goto(f"/staff/articles/{article_id}/")
    expect(page.locator("#content")).to_contain_text(article_id)
    page.goto("/staff/merchandising/pin/add/")
    page.get_by_label("Article").fill(article_id)
    page.get_by_label("Position").fill(str(position))
    page.locator("[name=starts_0]").fill("2020-01-01")
    page.locator("[name=starts_1]").fill("00:00")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was added successfully")

    shopper = Shopper(browser, shop, screen)
    card = shopper.cards.nth(position - 1).locator("h3 a")
    for _ in range(12):  # another worker's campaigns are at most some seconds old
        shopper.page.goto("/")
        if card.get_attribute("href") == f"/p/{article_id}/":
            break
        shopper.page.wait_for_timeout(500)
    expect(card).to_have_attribute("href", f"/p/{article_id}/")
    expect(shopper.cards.nth(position - 1)).to_contain_text("Picked by the shop")

    page.goto("/staff/merchandising/pin/")
    page.locator("#result_list tbody th a").first.click()
    page.locator(".deletelink").click()
    page.locator("#content form [type=submit]").click()
    expect(page.locator(".messagelist")).to_contain_text("was deleted successfully")


@SCREENS
def test_staff_see_why_an_article_is_on_a_customers_list(browser: Browser, shop: str, screen: ViewportSize) -> None:
    staff = Shopper(browser, shop, screen)
    staff.log_in(*STAFF)
    page = staff.page
    page.goto("/staff/accounts/customerprofile/?q=Bruno")
    page.get_by_role("link", name="Why these articles").first.click()
    expect(page.locator("#content")).to_contain_text("Because you bought")


@SCREENS
def test_without_airflow_staff_are_told_how_to_try_other_rules(
    browser: Browser, shop: str, screen: ViewportSize
) -> None:
    staff = Shopper(browser, shop, screen)
    staff.log_in(*STAFF)
    staff.page.goto("/staff/what-if/")
    staff.page.get_by_label("Sold in the last days").fill("14")
    staff.page.locator("#content form").get_by_role("button").first.click()
    expect(staff.page.locator("#content")).to_contain_text("recsys what-if")
