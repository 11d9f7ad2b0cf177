"""A shopper's way through the shop in a real Chromium against a real gunicorn, with and without JavaScript."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from recsys_core.testing.release_fixture import FixtureRelease

pytestmark = pytest.mark.browser
REPOSITORY = Path(__file__).parents[2]
MANAGE = REPOSITORY / "django_site" / "manage.py"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SCREENS = pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """The system's Chromium; without one these tests are skipped, in CI they fail."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        missing = "no Chromium for the browser tests: sudo apt-get install chromium"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def home(fixture_release: FixtureRelease) -> Path:
    """The database and the demo logins, made by the commands that a starter runs."""
    root = fixture_release.home.root
    for command in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"], ["seed_demo_customers"]):
        subprocess.run([sys.executable, str(MANAGE), *command], env=environment(root), check=True, capture_output=True)
    return root


def environment(home: Path) -> dict[str, str]:
    given = {"RECSYS_HOME": str(home), "DEMO_LOGINS": "1", "PYTHONPATH": str(REPOSITORY), "PAGE_SIZE": "12"}
    return {**os.environ, **given, "DJANGO_SETTINGS_MODULE": "config.settings", "LOG_FORMAT": "text"}


@pytest.fixture(scope="module")
def shop(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running shop. Hides the fixture of the same name: nothing here runs in this process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = REPOSITORY / "django_site" / "gunicorn.conf.py"
    command = [sys.executable, "-m", "gunicorn", "--config", str(config), "--bind", f"127.0.0.1:{port}", "config.wsgi"]
    log = tmp_path_factory.mktemp("gunicorn") / "log"
    with log.open("w") as output, subprocess.Popen(command, env=environment(home), stderr=output) as server:
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def wait_until_ready(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(150):
        try:
            with urllib.request.urlopen(f"{address}/readyz") as answer:  # noqa: S310  our own server
                assert json.load(answer)["ready"]
                return
        except OSError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.2)
    pytest.fail(f"the shop did not come up: {log.read_text()}")


class Shopper:
    """A browser window that notes what went wrong in it."""

    def __init__(self, browser: Browser, shop: str, screen: dict[str, int], scripts: bool = True) -> None:
        options: Any = {"viewport": screen, "java_script_enabled": scripts, "base_url": shop}
        self.window: BrowserContext = browser.new_context(**options)
        self.page: Page = self.window.new_page()
        self.is_phone = screen == PHONE
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", lambda m: self.problems.append(m.text) if m.type in ("error", "warning") else None)

    def sign_in(self, name: str = "Bruno") -> None:
        self.page.goto("/account/sign-in/")
        self.page.get_by_role("button", name=name).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(f"For you, {name}")

    def open_filters(self) -> None:
        if self.is_phone and not self.page.locator("#filters").evaluate("e => e.open"):
            self.page.locator("#filters > summary").click()

    def open_facet(self, title: str) -> None:
        self.open_filters()
        facet = self.page.locator(".facet", has=self.page.locator("summary", has_text=title))
        if not facet.evaluate("e => e.open"):
            facet.locator("summary").click()

    def fits_the_screen(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))

    @property
    def cards(self) -> Any:
        return self.page.locator("#grid .card")


@SCREENS
def test_sign_in_filter_search_and_open_a_product(browser: Browser, shop: str, screen: dict[str, int]) -> None:
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
    picture = page.locator(".shown img")
    picture.evaluate("e => e.decode()")
    assert picture.evaluate("e => e.naturalWidth") > 0
    assert shopper.fits_the_screen()
    assert shopper.problems == []


@SCREENS
def test_suggestions_come_while_typing(browser: Browser, shop: str, screen: dict[str, int]) -> None:
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
def test_a_slip_is_put_right_and_can_be_insisted_on(browser: Browser, shop: str, screen: dict[str, int]) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto("/search?q=bleu+dres")
    expect(page.get_by_role("heading", level=1)).to_have_text("“blue dress”")
    page.get_by_role("link", name="“bleu dres”").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("bleu dres")


@SCREENS
def test_load_more_appends_and_back_restores_the_place(browser: Browser, shop: str, screen: dict[str, int]) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto("/c/ladieswear/")
    first = shopper.cards.first.locator("h3 a").get_attribute("href")
    page.get_by_role("link", name="Load more").click()
    expect(shopper.cards).to_have_count(24)
    expect(page).to_have_url(f"{shop}/c/ladieswear/?page=2")
    assert shopper.cards.first.locator("h3 a").get_attribute("href") == first
    assert page.evaluate("document.activeElement.closest('.card') === document.querySelectorAll('#grid .card')[12]")
    chosen = shopper.cards.nth(14).locator("h3 a").get_attribute("href")
    shopper.cards.nth(14).click()
    page.go_back()
    expect(page.locator(f"#grid a[href='{chosen}']")).to_be_visible()
    assert shopper.problems == []


@SCREENS
def test_sort_price_and_an_empty_result(browser: Browser, shop: str, screen: dict[str, int]) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto("/c/")
    page.get_by_label("Sort by").select_option("price-up")
    expect(page).to_have_url(f"{shop}/c/?sort=price-up")
    expect(page.locator("#listing:not(.htmx-request)")).to_be_visible()
    prices = [float(text.lstrip("€")) for text in page.locator("#grid .card .price").all_inner_texts()]
    assert prices == sorted(prices)
    shopper.open_facet("Price")
    page.get_by_label("To €").fill("0.01")
    page.get_by_label("To €").press("Enter")
    expect(page.get_by_text("No article fits all of these filters.")).to_be_visible()
    page.get_by_role("link", name="Any price").click()
    expect(page.locator(".total")).to_have_text("300 articles")
    assert shopper.problems == []


@SCREENS
def test_everything_works_without_javascript(browser: Browser, shop: str, screen: dict[str, int]) -> None:
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
def test_from_the_bag_to_an_order(browser: Browser, shop: str, screen: dict[str, int], scripts: bool) -> None:
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
    expect(page.locator("#bag-pieces")).to_have_text("1 piece")
    page.get_by_label("Quantity").select_option("3")
    if not scripts:
        page.get_by_role("button", name="Update").click()
    expect(page.locator("#bag-pieces")).to_have_text("3 pieces")
    assert shopper.fits_the_screen()

    page.get_by_role("link", name="Check out").click()  # a guest signs in first, and keeps the bag
    page.get_by_role("button", name="Bruno").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check out")
    assert shopper.fits_the_screen()
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_text("Thank you for your order")).to_be_visible()
    expect(page.locator("main")).to_contain_text(name)
    expect(page.locator("#bag-pieces")).to_be_empty()
    page.get_by_role("link", name="Orders").click()
    expect(page.locator(".order-list li").first).to_contain_text("1 article")
    assert shopper.problems == []


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


def test_the_keyboard_reaches_the_content_first(browser: Browser, shop: str) -> None:
    shopper = Shopper(browser, shop, DESKTOP)
    shopper.page.goto("/c/")
    shopper.page.keyboard.press("Tab")
    expect(shopper.page.get_by_role("link", name="Skip to content")).to_be_focused()
    shopper.page.keyboard.press("Enter")
    assert shopper.page.evaluate("document.activeElement.id") == "main"


@SCREENS
@pytest.mark.parametrize("path", ["/", "/c/", "/search?q=qwertz", "/p/0100000001/", "/account/sign-in/", "/nowhere"])
def test_no_page_is_wider_than_the_screen(browser: Browser, shop: str, screen: dict[str, int], path: str) -> None:
    shopper = Shopper(browser, shop, screen)
    shopper.page.goto(path)
    assert shopper.fits_the_screen()
