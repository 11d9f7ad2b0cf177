import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from scripts.shop_pages import DESKTOP
from tests.django_site.browser.shopper import PASSWORD, SCREENS, Shopper

pytestmark = pytest.mark.browser


def test_after_signing_out_back_does_not_bring_the_list_back(browser: Browser, shop: str) -> None:
    shopper = Shopper(browser, shop, DESKTOP)
    shopper.sign_in("Clara")
    shopper.page.get_by_role("button", name="Sign out").click()
    expect(shopper.page.get_by_role("heading", name="Popular right now")).to_be_visible()
    shopper.page.go_back()
    expect(shopper.page.get_by_role("link", name="Sign in").first).to_be_visible()
    assert "Clara" not in shopper.page.content()
    stored = shopper.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "htmx-history-cache" not in stored, "pages must not be kept in the browser's storage"


@SCREENS
def test_who_joins_sees_what_the_age_likes(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    shopper.join(f"newcomer-{screen['width']}", age="30-34")
    expect(shopper.page.locator("main")).to_contain_text("popular with ages 30–34")
    assert shopper.fits_the_screen()
    assert shopper.problems == []


@SCREENS
def test_a_join_that_does_not_fit_says_why(browser: Browser, shop: str, screen: ViewportSize) -> None:
    page = Shopper(browser, shop, screen).page
    page.goto("/account/sign-up/")
    page.get_by_label("First name").fill("Nadia")
    page.get_by_label("Username").fill("nadia")
    page.get_by_label("Password", exact=True).fill("12345678")
    page.get_by_label("Password confirmation").fill("12345678")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_text("This password is entirely numeric.")).to_be_visible()
    expect(page.get_by_label("Username")).to_have_value("nadia")


@SCREENS
def test_the_feed_keeps_to_the_collections_and_the_age_chosen(
    browser: Browser, shop: str, screen: ViewportSize
) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    shopper.join(f"chooser-{screen['width']}")
    page.goto("/account/preferences/")
    page.get_by_label("Menswear").check()
    page.get_by_label("Your age").select_option("50-59")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").get_by_text("Your selection follows.")).to_be_visible()
    expect(page.get_by_label("Menswear")).to_be_checked()
    page.goto("/")
    expect(page.locator("main")).to_contain_text("ages 50–59")
    everything = page.locator(".total").inner_text()
    assert everything != "0 articles"
    page.goto("/?collection=Menswear")
    expect(page.locator(".total")).to_have_text(everything)
    assert shopper.problems == []


@SCREENS
def test_what_is_not_for_me_leaves_the_feed_until_it_is_shown_again(
    browser: Browser, shop: str, screen: ViewportSize
) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    shopper.sign_in("Dario")
    first = shopper.cards.first.locator("h3 a").get_attribute("href") or ""
    page.goto(first)
    page.get_by_role("button", name="Not for me").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("For you, Dario")
    expect(page.locator(f"#grid a[href='{first}']")).to_have_count(0)
    page.goto("/account/preferences/")
    page.get_by_role("button", name="Show again").click()
    expect(page.get_by_role("heading", name="Not for me")).to_have_count(0)
    page.goto("/")
    expect(shopper.cards.first.locator("h3 a")).to_have_attribute("href", first)
    assert shopper.problems == []


@SCREENS
def test_deleting_the_account_takes_the_password_and_ends_the_login(
    browser: Browser, shop: str, screen: ViewportSize
) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    shopper.join(f"leaver-{screen['width']}")
    page.goto("/account/")
    page.get_by_role("link", name="Delete my account").click()
    page.get_by_label("Your password").fill("a-wrong-password")
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_text("That is not your password.")).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_text("Your account and your data are deleted.")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
