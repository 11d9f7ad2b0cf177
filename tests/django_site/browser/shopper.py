from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from scripts.shop_pages import PHONE, STATISTICS
from scripts.shop_pages import SCREENS as SIZES

SCREENS = pytest.mark.parametrize("screen", list(SIZES.values()), ids=list(SIZES))


PASSWORD = "linen-and-wool-7"


def painted(page: Page) -> None:
    """Wait until what was asked for the next frame has happened."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")


class Shopper:
    """A browser window that notes what went wrong in it."""

    def __init__(
        self, browser: Browser, shop: str, screen: ViewportSize, scripts: bool = True, chose: bool = True
    ) -> None:
        options: Any = {"viewport": screen, "java_script_enabled": scripts, "base_url": shop}
        self.window: BrowserContext = browser.new_context(**options)
        if chose:  # else every page asks about statistics
            self.window.add_cookies([{"name": STATISTICS, "value": "yes", "url": shop}])
        self.page: Page = self.window.new_page()
        self.is_phone = screen == PHONE
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda m: self.problems.append(m.text) if m.type in ("error", "warning") else None)

    def sign_in(self, name: str = "Bruno") -> None:
        self.page.goto("/account/sign-in/")
        self.page.get_by_role("button", name=name).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(f"For you, {name}")

    def join(self, username: str, age: str = "") -> None:
        """Sign up, as a customer whom the release does not know."""
        self.page.goto("/account/sign-up/")
        self.fill_in_and_join(username, age)
        expect(self.page.get_by_role("heading", level=1)).to_have_text(f"For you, {username.capitalize()}")

    def fill_in_and_join(self, username: str, age: str = "") -> None:
        self.page.get_by_label("First name").fill(username.capitalize())
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_label("Password confirmation").fill(PASSWORD)
        if age:
            self.page.get_by_label("Your age").select_option(age)
        self.page.get_by_role("button", name="Join").click()

    def log_in(self, username: str, password: str = PASSWORD) -> None:
        self.page.goto("/account/sign-in/")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(password)
        self.page.locator("main").get_by_role("button", name="Sign in").click()
        expect(self.page.locator(".account")).not_to_contain_text("Sign in")

    def open_filters(self) -> None:
        if self.is_phone and not self.page.locator("#filters").evaluate("e => e.open"):
            self.page.locator("#filters > summary").click()
            painted(self.page)  # the page brings the opened filters into view

    def open_facet(self, title: str) -> None:
        self.open_filters()
        facet = self.page.locator(".facet", has=self.page.locator("summary", has_text=title))
        if not facet.evaluate("e => e.open"):
            facet.locator("summary").click()

    def fits_the_screen(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))

    @property
    def cards(self) -> Locator:
        return self.page.locator("#grid .card")
