import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.django_site.browser.shopper import SCREENS, Shopper

pytestmark = pytest.mark.browser


@SCREENS
def test_load_more_appends_and_back_restores_the_place(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto("/c/ladieswear/")
    first = shopper.cards.first.locator("h3 a").get_attribute("href")
    page.get_by_role("link", name="Load more").click()
    expect(shopper.cards).to_have_count(24)
    expect(page).to_have_url(f"{shop}/c/ladieswear/?page=2&since=1")
    assert shopper.cards.first.locator("h3 a").get_attribute("href") == first
    assert page.evaluate("document.activeElement.closest('.card') === document.querySelectorAll('#grid .card')[12]")
    chosen = shopper.cards.nth(14).locator("h3 a").get_attribute("href")
    with page.expect_request("**/events/click") as noted:
        shopper.cards.nth(14).click()
    assert (chosen or "none").split("/")[2] in str(noted.value.post_data_buffer), "the article is noted"
    page.go_back()
    expect(page.locator(f"#grid a[href='{chosen}']")).to_be_in_viewport()
    assert shopper.problems == []


@SCREENS
def test_sort_price_and_an_empty_result(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto("/c/")
    page.get_by_label("Sort by").select_option("price-up")
    expect(page).to_have_url(f"{shop}/c/?sort=price-up")
    expect(page.locator("#listing:not(.htmx-request)")).to_be_visible()
    in_stock = page.locator("#grid .card:not(:has(.tag)) .price").all_inner_texts()
    prices = [float(text.lstrip("€")) for text in in_stock]
    assert len(prices) > 1
    assert prices == sorted(prices)
    shopper.open_facet("Price")
    page.get_by_label("To €").fill("0.01")
    page.get_by_label("To €").press("Enter")
    expect(page.get_by_text("No article fits all of these filters.")).to_be_visible()
    page.get_by_role("link", name="Any price").click()
    expect(page.locator(".total")).to_have_text("300 articles")
    assert shopper.problems == []
