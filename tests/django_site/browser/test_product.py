import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from recsys_core.serving import open_live
from tests.django_site.browser.shopper import SCREENS, Shopper
from tests.support.release_with_images import ReleaseWithImages

pytestmark = pytest.mark.browser
DRESS = "0100004001"


@SCREENS
def test_a_product_leads_on_to_others(
    browser: Browser, shop: str, with_images: ReleaseWithImages, screen: ViewportSize
) -> None:
    release = open_live(with_images.published.workspace)
    goes_with = release.catalogue.article(int(release.related(release.catalogue.index_of(DRESS) or 0, "goes_with")[0]))
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto(f"/p/{DRESS}/")
    expect(page.get_by_role("heading", name="Goes well with")).to_be_visible()
    expect(page.get_by_role("heading", name="Similar pieces")).to_be_visible()
    expect(page.get_by_role("heading", name="Same style")).to_be_visible()
    assert shopper.fits_the_screen()
    page.get_by_role("region", name="Goes well with").locator("h3 a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(goes_with.prod_name)
    assert shopper.problems == []


@SCREENS
def test_another_colour_is_one_click_away(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto(f"/p/{DRESS}/")
    before = page.locator(".colours h2 span").inner_text()
    page.locator("a.variant").first.click()
    expect(page.locator(".colours h2 span")).not_to_have_text(before)
    expect(page.locator(".variant[aria-current=true]")).to_be_visible()
    assert shopper.problems == []


@SCREENS
def test_all_that_is_similar_is_a_listing_with_facets(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto(f"/p/{DRESS}/")
    page.get_by_role("link", name="See all of Similar pieces").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Like Ella dress")
    shopper.open_facet("Colour")
    page.locator("#facet-colour label", has_text="Beige").click()
    expect(page.get_by_role("link", name="Remove filter Colour: Beige")).to_be_visible()
    assert set(page.locator("#grid .card .detail").all_inner_texts()) == {"Beige"}
    assert shopper.problems == []


@SCREENS
def test_a_guest_finds_what_is_popular_in_each_collection(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto("/")
    row = page.get_by_role("region", name="Popular in Menswear")
    expect(row.locator(".card").first).to_be_visible()
    row.get_by_role("link", name="See all").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Menswear")
    assert shopper.problems == []
