"""Takes images of every kind of page for docs/guides/storefront-pages.md: ``make screenshots``.

The shop is the one at ``--base-url``, or the one on port 8000. If none runs, a made-up shop is started. The script
signs in as the first demo customer, who afterwards has an order, a full bag and an article that is "not for me". Staff
pages need the login in ``SHOP_STAFF`` (username:password); without it their images stay as they are.
"""

import argparse
import io
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from tqdm import tqdm

from scripts.browser import chromium
from scripts.environment import REPOSITORY
from scripts.shop_pages import PAGES, SCREENS, STAFF, ShopPage, Windows
from scripts.shop_server import add_staff, environment, is_ready, manage, prepare, serving
from tests.support.release_fixture import build_release

USUAL = "http://127.0.0.1:8000"
IMAGES = REPOSITORY / "docs" / "images" / "shop"
GALLERY = REPOSITORY / "docs" / "guides" / "storefront-pages.md"
WEBP_QUALITY = 78
MAX_TOTAL_BYTES = 3_000_000
"""Most bytes of all images together: the repository keeps every one that was ever committed."""
WIDTHS = {"desktop": 640, "phone": 200}
"""Widths in the gallery, in pixels."""


def main() -> int:
    args = parse_args()
    args.to.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        shop, staff = stack.enter_context(found_or_started(args.base_url))
        browser = chromium(stack.enter_context(sync_playwright()))
        windows = Windows(browser, shop, staff)
        chosen = [page for page in PAGES if args.only in page.name and (staff or page.who != STAFF)]
        for page in tqdm(chosen, desc="pages", unit=" pages", disable=None):
            for screen in page.screens:
                take(windows, page, screen, args.to / file_name(page, screen))
        browser.close()
    if args.to == IMAGES:
        GALLERY.write_text(gallery(), encoding="utf-8")
    size = sum(path.stat().st_size for path in args.to.glob("*.webp"))
    print(f"{len(list(args.to.glob('*.webp')))} images in {args.to}, {size / 1e6:.1f} MB", file=sys.stderr)
    if size > MAX_TOTAL_BYTES:
        print(f"more than {MAX_TOTAL_BYTES / 1e6:.0f} MB: lower WEBP_QUALITY, or drop a page", file=sys.stderr)
    return 0 if size <= MAX_TOTAL_BYTES else 1


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url", help=f"address of a running shop with DEMO_LOGINS=1 (default: tries {USUAL})")
    parser.add_argument("--to", type=Path, default=IMAGES, help="folder of the images")
    parser.add_argument("--only", default="", metavar="TEXT", help="only pages with this in their name")
    return parser.parse_args()


@contextmanager
def found_or_started(base_url: str | None) -> Iterator[tuple[str, tuple[str, str] | None]]:
    """A shop's address and the login of its staff, where that is known.

    Raises
    ------
    ValueError
        If no shop answers where one was said to be.
    """
    if base_url and not is_ready(base_url):
        raise ValueError(f"--base-url {base_url}: no shop with a live release answers there")
    if base_url or is_ready(USUAL):
        username, _, password = os.environ.get("SHOP_STAFF", "").partition(":")
        yield base_url or USUAL, (username, password) if password else None
        return
    with TemporaryDirectory() as folder:
        print("no shop is running: taking images of a made-up one", file=sys.stderr)
        given = {"DEMO_LOGINS": "1", "LOG_LEVEL": "WARNING", "LOG_FORMAT": "text", "EMAIL_URL": "console:"}
        env = environment(build_release(Path(folder)).workspace, **given)
        staff = ("staff", secrets.token_urlsafe())
        prepare(env)
        manage(env, "seed_demo_customers")
        add_staff(env, *staff)
        with serving(env, Path(folder) / "log") as address:
            yield address, staff


def take(windows: Windows, shown: ShopPage, screen: str, path: Path) -> None:
    with windows.open(shown.who, SCREENS[screen]) as window:
        page = window.new_page()
        shown.way(page)
        settle(page)
        image = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide")))
    image.convert("RGB").save(path, "WEBP", quality=WEBP_QUALITY, method=6)


def settle(page: Page) -> None:
    """Wait until rows that come later and images in sight are there."""
    page.wait_for_load_state("networkidle")
    page.mouse.move(0, 0)
    page.evaluate("Promise.all([...document.images].filter(i => i.complete).map(i => i.decode().catch(() => {})))")


def file_name(page: ShopPage, screen: str) -> str:
    return f"{page.name}-{screen}.webp"


def gallery() -> str:
    """The guide's page, in the order of PAGES."""
    lines = ["# The storefront's pages", "", "Made by `make screenshots`, at desktop and at phone width.", ""]
    for page in PAGES:
        shown = [image for screen in page.screens if (image := _shown(page, screen))]
        lines += [f"## {page.title}", "", *shown, ""] if shown else []
    return "\n".join(lines)


def _shown(page: ShopPage, screen: str) -> str:
    if not (IMAGES / file_name(page, screen)).exists():
        return ""
    source = f"../images/shop/{file_name(page, screen)}"
    return f'<img src="{source}" width="{WIDTHS[screen]}" alt="{page.title}, {screen}">'


if __name__ == "__main__":
    sys.exit(main())
