"""Every kind of page that the shop has, and how a browser comes to it: ``PAGES``, one line each.

Images are taken of them (``scripts/screenshots.py``) and barriers looked for in them (``tests/django_site/browser``).
Nothing here knows a release: articles and departments are found as a shopper finds them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from tests.support.release_with_images import photograph

AGAIN_AFTER_MS = 11_000
DESKTOP: Final[ViewportSize] = {"width": 1280, "height": 900}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
SCREENS: Final = {"desktop": DESKTOP, "phone": PHONE}

GUEST, CUSTOMER, STAFF = "guest", "customer", "staff"
STATISTICS: Final = "statistics"
"""Cookie of the choice about statistics; with it no page asks."""
Way = Callable[[Page], object]
"""Brings a fresh window of the shop to a page."""


@dataclass(frozen=True)
class ShopPage:
    name: str
    title: str
    way: Way
    who: str = GUEST
    screens: tuple[str, ...] = tuple(SCREENS)


def at(path: str) -> Way:
    return lambda page: page.goto(path)


def collection(page: Page) -> None:
    """The first one of the menu, after "New in"."""
    page.goto("/c/")
    page.goto(_address(page, ".menu li:nth-child(2) a"))


def product(page: Page) -> None:
    """The best-seller of what is in stock."""
    page.goto("/c/?in_stock=1")
    page.goto(_address(page, "#grid .card h3 a"))


def department(page: Page) -> None:
    product(page)
    page.goto(_address(page, ".trail li:nth-child(2) a"))


def facets(page: Page) -> None:
    """The drawer of filters, which is always open on a wide screen."""
    collection(page)
    if not page.locator("#filters").evaluate("drawer => drawer.open"):
        page.locator("#filters > summary").click()


def filtered_to_nothing(page: Page) -> None:
    page.goto("/c/?in_stock=1&price_max=0.01")


def suggestions(page: Page) -> None:
    page.goto("/")
    page.get_by_role("combobox", name="Search the shop").press_sequentially("dre")
    page.get_by_role("option").first.wait_for()


def session(page: Page) -> None:
    product(page)
    page.goto("/session/")


def home_after_a_session(page: Page) -> None:
    product(page)
    page.goto("/")
    page.locator("#inspired").wait_for()


def image_chosen(page: Page) -> None:
    """The frame stands around the chosen image; where there is no encoder the page says so."""
    buffer, kind = _image_of_a_product(page)
    page.goto("/search/image/")
    if page.locator("#image").count():
        image = {"name": "dress", "mimeType": kind, "buffer": buffer}
        page.locator("#image").set_input_files(image)  # type: ignore[arg-type]
        page.locator("#crop-frame").wait_for()


def _image_of_a_product(page: Page) -> tuple[bytes, str]:
    """Image of a product as somebody might have saved it; a made-up one where the shop draws its images."""
    product(page)
    shown = page.request.get(page.locator("main img").first.get_attribute("src") or "")
    kind = shown.headers["content-type"]
    return (photograph(7), "image/jpeg") if "svg" in kind else (shown.body(), kind)


def image_searched(page: Page) -> None:
    image_chosen(page)
    if not page.locator("#image").count():
        return
    page.locator(".image-form .button").click()
    page.locator("#grid, [role=alert]").first.wait_for()
    if not page.locator("#grid").count():  # on a busy machine Milvus may be late: the shop asks it again after 10 s
        page.wait_for_timeout(AGAIN_AFTER_MS)
        image_chosen(page)
        page.locator(".image-form .button").click()
        page.locator("#grid").wait_for()


def like(page: Page) -> None:
    product(page)
    page.goto(_address(page, ".row .more a"))


def bag(page: Page) -> None:
    if "Your bag is empty" in _text_of(page, "/bag/"):
        _put_into_the_bag(page, 3)
    page.goto("/bag/")


def checkout(page: Page) -> None:
    bag(page)
    page.goto("/bag/checkout/")


def order_as_a_guest(page: Page) -> None:
    checkout(page)
    page.get_by_role("button", name="Order as a guest").click()
    page.get_by_text("Thank you for your order").wait_for()


def sold_out(page: Page) -> None:
    """The last article by price: those that are sold out stand at the end."""
    page.goto("/c/?sort=price-up&page=9999")
    page.goto(page.locator("#grid .card h3 a").last.get_attribute("href") or "")


def orders(page: Page) -> None:
    """Ordered now, unless this customer ordered before."""
    if "not ordered anything" in _text_of(page, "/account/orders/"):
        checkout(page)
        page.get_by_role("button", name="Place order").click()
    page.goto("/account/orders/")


def order(page: Page) -> None:
    orders(page)
    page.goto(_address(page, ".order-list a"))


def saved(page: Page) -> None:
    if "Nothing saved yet" in _text_of(page, "/account/saved/"):
        page.goto("/c/?in_stock=1")
        for number in range(4):
            heart = page.locator("#grid .card .heart").nth(number)
            heart.click()
            page.locator(f".heart[value='{heart.get_attribute('value')}'][aria-pressed=true]").first.wait_for()
    page.goto("/account/saved/")


def preferences(page: Page) -> None:
    """Preferences with an article that is not for this customer."""
    if "Not for me" not in _text_of(page, "/account/preferences/"):
        page.goto("/")
        page.goto(_address(page, "#grid .card:has(.reason) h3 a"))
        page.get_by_role("button", name="Not for me").first.click()
    page.goto("/account/preferences/")


def _put_into_the_bag(page: Page, items: int) -> None:
    page.goto("/c/?in_stock=1")
    cards = page.locator("#grid .card h3 a")
    for path in [cards.nth(number).get_attribute("href") or "" for number in range(items)]:
        page.goto(path)
        page.get_by_role("button", name="Add to bag").click()
        page.get_by_text("In your bag.").wait_for()


def _text_of(page: Page, path: str) -> str:
    page.goto(path)
    return page.locator("main").inner_text()


def _address(page: Page, link: str) -> str:
    return page.locator(link).first.get_attribute("href") or ""


PAGES: Final = (
    ShopPage("home-guest", "The front page for a guest", at("/")),
    ShopPage("home-customer", "A customer's own selection", at("/"), CUSTOMER),
    ShopPage("home-session", "The front page after looking around", home_after_a_session),
    ShopPage("collection", "A collection", collection),
    ShopPage("department", "A department", department),
    ShopPage("everything", "The whole shop", at("/c/")),
    ShopPage("filters", "Filters", facets, screens=("phone",)),
    ShopPage("filtered-to-nothing", "Filters that leave nothing", filtered_to_nothing),
    ShopPage("product", "A product", product),
    ShopPage("product-sold-out", "A product that is sold out", sold_out),
    ShopPage("search", "Search, with a slip put right", at("/search?q=bleu+dres")),
    ShopPage("search-nothing", "Search without a result", at("/search?q=qwertz")),
    ShopPage("search-empty", "Search without words", at("/search")),
    ShopPage("suggestions", "Suggestions while typing", suggestions),
    ShopPage("session", "Inspired by this visit", session),
    ShopPage("image-search", "Search by picture", image_chosen),
    ShopPage("image-search-results", "What a picture leads to", image_searched),
    ShopPage("like", "More like this", like),
    ShopPage("saved-empty", "Nothing saved yet", at("/account/saved/")),
    ShopPage("saved", "Saved", saved),
    ShopPage("bag-empty", "An empty bag", at("/bag/")),
    ShopPage("bag", "The bag", bag),
    ShopPage("sign-in", "Sign in", at("/account/sign-in/")),
    ShopPage("sign-up", "Sign up", at("/account/sign-up/")),
    ShopPage("password-reset", "A forgotten password", at("/account/password/")),
    ShopPage("email", "The e-mail address", at("/account/preferences/email/"), CUSTOMER),
    ShopPage("privacy", "Privacy", at("/privacy/")),
    ShopPage("help", "Help", at("/help/")),
    ShopPage("account", "The account", at("/account/"), CUSTOMER),
    ShopPage("preferences", "Preferences", preferences, CUSTOMER),
    ShopPage("checkout", "Check out", checkout, CUSTOMER),
    ShopPage("checkout-guest", "Check out without an account", checkout),
    ShopPage("order-guest", "A guest's order", order_as_a_guest),
    ShopPage("order", "An order", order, CUSTOMER),
    ShopPage("orders", "Orders", orders, CUSTOMER),
    ShopPage("delete", "Delete the account", at("/account/delete/"), CUSTOMER),
    ShopPage("experiment", "For staff: the experiment", at("/staff/experiment/"), STAFF),
    ShopPage("rules", "For staff: the business rules", at("/staff/rules/"), STAFF),
    ShopPage("api", "The API's description", at("/api/v1/docs")),
    ShopPage("not-found", "A page that is not there", at("/nowhere")),
)


class Windows:
    """Opens browser windows of a shop, each signed in as who is asked for; nobody signs in twice."""

    def __init__(self, browser: Browser, shop: str, staff: tuple[str, str] | None = None) -> None:
        self.browser, self.shop = browser, shop
        self.staff = staff
        """Username and password; without them the pages of staff cannot be opened."""
        self._states: dict[str, object] = {}

    def open(self, who: str, screen: ViewportSize) -> BrowserContext:
        if who != GUEST and who not in self._states:
            self._states[who] = self._sign_in(who)
        state: object = self._states.get(who)
        window = self.browser.new_context(base_url=self.shop, viewport=screen, storage_state=state)  # type: ignore[arg-type]
        window.add_cookies([{"name": STATISTICS, "value": "yes", "url": self.shop}])
        return window

    def _sign_in(self, who: str) -> object:
        with self.browser.new_context(base_url=self.shop) as window:
            page = window.new_page()
            page.goto("/account/sign-in/")
            if who == CUSTOMER:
                page.locator(".people button").first.click()
            elif self.staff:
                page.get_by_label("Username").fill(self.staff[0])
                page.get_by_label("Password").fill(self.staff[1])
                page.locator("main").get_by_role("button", name="Sign in").click()
            page.locator(".account", has_not_text="Sign in").wait_for()
            return window.storage_state()
