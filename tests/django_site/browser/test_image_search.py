import base64
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from recsys_core.serving import Release, open_live
from scripts.shop_pages import DESKTOP
from tests.django_site.browser.shopper import SCREENS, Shopper
from tests.support.release_with_images import ReleaseWithImages

pytestmark = pytest.mark.browser
ADDRESS = "/search/image/"
DROPPED = """([target, data, type]) => {
  const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], "coat.jpg", { type: "image/jpeg" }));
  const event = type === "paste" ? new ClipboardEvent(type, { clipboardData: files, bubbles: true })
    : new DragEvent(type, { dataTransfer: files, bubbles: true, cancelable: true });
  document.querySelector(target).dispatchEvent(event);
}"""

SLOW_FIRST = """() => {
  const decode = window.createImageBitmap;
  let calls = 0;
  window.createImageBitmap = async (...given) => {
    const wait = calls++ === 0 ? 400 : 0;
    const bitmap = await decode(...given);
    await new Promise(done => setTimeout(done, wait));
    return bitmap;
  };
}"""
BROKEN: Any = {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"not an image"}
REFUSED: Any = {
    "name": "dot.gif",
    "mimeType": "image/gif",
    "buffer": base64.b64decode("R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs="),
}
"""The browser shows it, the shop takes no GIF."""


@pytest.fixture
def release(with_images: ReleaseWithImages) -> Release:
    return open_live(with_images.published.workspace)


def photo(with_images: ReleaseWithImages, idx: int) -> Any:
    return {"name": "coat.jpg", "mimeType": "image/jpeg", "buffer": with_images.images[idx]}


def search_by(page: Page, image: Any) -> None:
    page.get_by_label("Choose a picture").set_input_files(image)
    page.locator("main").get_by_role("button", name="Search", exact=True).click()


def first_card(page: Page) -> str:
    return (page.locator("#grid .card h3 a").first.get_attribute("href") or "").split("/")[2]


@SCREENS
def test_an_image_finds_what_looks_like_it(
    browser: Browser, shop: str, with_images: ReleaseWithImages, release: Release, screen: ViewportSize
) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto("/")
    page.get_by_role("link", name="Search by picture").click()
    page.get_by_label("Choose a picture").set_input_files(photo(with_images, 20))
    expect(page.get_by_role("img", name="Your picture")).to_be_visible()
    assert shopper.fits_the_screen()
    page.locator("main").get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Like your picture")
    expect(page.get_by_role("img", name="Your picture")).to_be_visible()
    assert first_card(page) == release.catalogue.article(20).article_id
    assert shopper.fits_the_screen()
    assert shopper.problems == []


@SCREENS
def test_the_results_are_narrowed_by_facets_and_similarity(
    browser: Browser, shop: str, with_images: ReleaseWithImages, screen: ViewportSize
) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto(ADDRESS)
    search_by(page, photo(with_images, 20))
    shopper.open_facet("Colour")
    page.locator("#facet-colour label", has_text="Beige").click()
    expect(page.get_by_role("link", name="Remove filter Colour: Beige")).to_be_visible()
    assert set(page.locator("#grid .card .detail").all_inner_texts()) == {"Beige"}
    all_beige = page.locator(".total").inner_text()
    page.get_by_label("At least this similar").fill("20")
    expect(page.get_by_role("link", name="Remove filter Similarity: at least 20 %")).to_be_visible()
    assert int(page.locator(".total").inner_text().split()[0]) < int(all_beige.split()[0])
    page.reload()
    expect(page.get_by_role("link", name="Remove filter Similarity: at least 20 %")).to_be_visible()
    assert shopper.problems == []


@SCREENS
def test_the_frame_is_drawn_with_pointer_and_keys(
    browser: Browser, shop: str, with_images: ReleaseWithImages, screen: ViewportSize
) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto(ADDRESS)
    page.get_by_label("Choose a picture").set_input_files(photo(with_images, 20))
    crop = page.locator("input[name=crop]")
    expect(crop).to_have_value("0.0000,0.0000,1.0000,1.0000")
    page.get_by_role("button", name="Lower right corner of the frame").press("ArrowLeft")
    page.get_by_role("button", name="Upper left corner of the frame").press("ArrowDown")
    expect(crop).to_have_value("0.0000,0.0200,0.9800,1.0000")

    stage = page.locator(".crop-stage").bounding_box()
    corner = page.get_by_role("button", name="Upper left corner of the frame").bounding_box()
    assert stage
    assert corner
    page.mouse.move(corner["x"] + 4, corner["y"] + 4)
    page.mouse.down()
    page.mouse.move(stage["x"] + 0.5 * stage["width"], stage["y"] + 0.25 * stage["height"], steps=4)
    page.mouse.up()
    left, top, right, bottom = map(float, crop.input_value().split(","))
    assert (left, top) == pytest.approx((0.5, 0.25), abs=0.02)
    assert (right, bottom) == (0.98, 1.0)
    assert shopper.problems == []


@SCREENS
@pytest.mark.parametrize(("way", "target"), [("drop", "#drop"), ("paste", "body")])
def test_an_image_may_be_dropped_or_pasted(
    browser: Browser, shop: str, with_images: ReleaseWithImages, screen: ViewportSize, way: str, target: str
) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto(ADDRESS)
    page.evaluate(DROPPED, [target, base64.b64encode(with_images.images[4]).decode(), way])
    expect(page.get_by_role("img", name="Your picture")).to_be_visible()
    page.locator("main").get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Like your picture")
    assert shopper.problems == []


@SCREENS
def test_it_works_without_scripts(
    browser: Browser, shop: str, with_images: ReleaseWithImages, release: Release, screen: ViewportSize
) -> None:
    page = Shopper(browser, shop, screen, scripts=False).page
    page.goto(ADDRESS)
    search_by(page, photo(with_images, 20))
    expect(page.get_by_role("heading", level=1)).to_have_text("Like your picture")
    assert first_card(page) == release.catalogue.article(20).article_id


@SCREENS
def test_a_file_that_is_no_image_is_said(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto(ADDRESS)
    search_by(page, BROKEN)
    expect(page.get_by_role("alert")).to_contain_text("no picture that can be read")
    expect(page.get_by_label("Choose a picture")).to_be_visible()


def test_a_file_that_cannot_be_shown_has_no_frame_of_the_one_before(
    browser: Browser, shop: str, with_images: ReleaseWithImages
) -> None:
    page = Shopper(browser, shop, DESKTOP).page
    page.goto(ADDRESS)
    page.get_by_label("Choose a picture").set_input_files(photo(with_images, 20))
    page.get_by_role("button", name="Lower right corner of the frame").press("ArrowLeft")
    expect(page.locator("input[name=crop]")).to_have_value("0.0000,0.0000,0.9800,1.0000")
    page.get_by_label("Choose a picture").set_input_files(BROKEN)
    expect(page.locator("#crop-area")).to_be_hidden()
    expect(page.locator("input[name=crop]")).to_have_value("")


def test_of_two_quick_choices_the_second_is_shown(browser: Browser, shop: str, with_images: ReleaseWithImages) -> None:
    page = Shopper(browser, shop, DESKTOP).page
    page.goto(ADDRESS)
    page.evaluate(SLOW_FIRST)
    for idx in (20, 4):
        page.get_by_label("Choose a picture").set_input_files(photo(with_images, idx))
    expect(page.get_by_role("img", name="Your picture")).to_be_visible()
    shown = page.evaluate("document.getElementById('crop-image').toDataURL()")
    page.wait_for_timeout(600)
    assert page.evaluate("document.getElementById('crop-image').toDataURL()") == shown


def test_a_refused_image_stands_above_no_results(browser: Browser, shop: str, with_images: ReleaseWithImages) -> None:
    page = Shopper(browser, shop, DESKTOP).page
    page.goto(ADDRESS)
    search_by(page, photo(with_images, 20))
    expect(page.get_by_role("img", name="Your picture")).to_be_visible()
    results = page.url
    page.goto(ADDRESS)
    page.get_by_label("Choose a picture").set_input_files(REFUSED)
    expect(page.get_by_role("img", name="Your picture")).to_be_visible()
    page.locator("main").get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto(results)
    expect(page.get_by_role("heading", level=1)).to_have_text("Like your picture")
    page.wait_for_timeout(300)
    expect(page.locator("#searched-image")).to_be_hidden()


def test_a_form_in_place_of_results_works(browser: Browser, shop: str, with_images: ReleaseWithImages) -> None:
    shopper = Shopper(browser, shop, DESKTOP)
    page = shopper.page
    page.goto(ADDRESS)
    search_by(page, photo(with_images, 20))
    expect(page.get_by_role("heading", level=1)).to_have_text("Like your picture")
    page.evaluate("address => htmx.ajax('GET', address, '#listing')", ADDRESS)
    page.get_by_label("Choose a picture").set_input_files(photo(with_images, 4))
    expect(page.get_by_role("img", name="Your picture")).to_be_visible()
    expect(page.locator("#crop-frame button")).to_have_count(2)
    assert shopper.problems == []


def test_a_drag_that_the_system_takes_away_is_over(browser: Browser, shop: str, with_images: ReleaseWithImages) -> None:
    page = Shopper(browser, shop, DESKTOP).page
    page.goto(ADDRESS)
    page.get_by_label("Choose a picture").set_input_files(photo(with_images, 20))
    corner = page.get_by_role("button", name="Upper left corner of the frame")
    corner.hover()
    page.mouse.down()
    corner.dispatch_event("pointercancel")
    page.mouse.move(600, 600, steps=4)
    expect(page.locator("input[name=crop]")).to_have_value("0.0000,0.0000,1.0000,1.0000")


@SCREENS
def test_any_card_leads_to_more_like_it(browser: Browser, shop: str, screen: ViewportSize) -> None:
    shopper = Shopper(browser, shop, screen)
    page = shopper.page
    page.goto("/c/")
    card = shopper.cards.nth(1)
    name = card.locator("h3").inner_text()
    card.hover()
    card.get_by_role("link", name=f"More like {name}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Like {name}")
    expect(shopper.cards.first).to_be_visible()
    assert shopper.problems == []
