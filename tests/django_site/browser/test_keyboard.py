import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from scripts.shop_pages import DESKTOP
from tests.django_site.browser.shopper import SCREENS, Shopper

pytestmark = pytest.mark.browser


def test_the_keyboard_reaches_the_content_first(browser: Browser, shop: str) -> None:
    shopper = Shopper(browser, shop, DESKTOP)
    shopper.page.goto("/c/")
    shopper.page.keyboard.press("Tab")
    expect(shopper.page.get_by_role("link", name="Skip to content")).to_be_focused()
    shopper.page.keyboard.press("Enter")
    assert shopper.page.evaluate("document.activeElement.id") == "main"


@SCREENS
def test_tabbing_goes_through_the_header_to_the_cards_and_always_shows_where(
    browser: Browser, shop: str, screen: ViewportSize
) -> None:
    page = Shopper(browser, shop, screen).page
    page.goto("/c/ladieswear/")
    reached: list[str] = []
    while not page.evaluate("document.activeElement.matches('#grid .card h3 a')"):
        assert len(reached) < MAX_STEPS, f"no card after {reached}"
        page.keyboard.press("Tab")
        reached.append(page.evaluate(NAME))
        assert page.evaluate(IS_SHOWN), f"nothing shows that {reached[-1]} has the focus"
    assert reached[:3] == ["Skip to content", "Alderloom", "q"]
    assert any("Ladieswear" in name for name in reached)
    page.keyboard.press("Enter")
    expect(page.locator(".product")).to_be_visible()


MAX_STEPS = 80
NAME = "document.activeElement.innerText?.trim() || document.activeElement.id || document.activeElement.tagName"
IS_SHOWN = """() => {
  const focused = document.activeElement;
  const shown = focused.closest(".card h3") ? focused.closest(".card") : focused;
  const { outlineStyle, outlineWidth } = getComputedStyle(shown);
  const { width, height, left, right } = shown.getBoundingClientRect();
  const inSight = right > 0 && left < window.innerWidth;
  return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && width > 1 && height > 1 && inSight;
}"""
