"""A real Chromium against a real gunicorn: one of each for all tests of this folder."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from scripts.shop_pages import Windows
from scripts.shop_server import add_staff, environment, manage, prepare, serving
from tests.django_site.conftest import save_photo
from tests.support.browser import system_browser
from tests.support.release_with_images import ReleaseWithImages, release_with_images
from tests.support.tiny_encoder import running

STAFF = ("boss", "a-long-password")
PHOTOGRAPHED = "0100002001"
"""The one article with photographs. It is in stock, and the third colour of its product is not."""
PHOTO_SIZES = ((1400, 2100), (900, 900), (1000, 1500))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with system_browser() as browser:
        yield browser


@pytest.fixture(scope="package")
def with_images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReleaseWithImages]:
    """A release with vectors of its images in a real Milvus Lite, and an encoder beside it."""
    root = tmp_path_factory.mktemp("browser")
    for number, size in enumerate(PHOTO_SIZES, 1):
        name = PHOTOGRAPHED if number == 1 else f"{PHOTOGRAPHED}_{number}"
        save_photo(root / "raw" / "images" / PHOTOGRAPHED[:3] / f"{name}.jpg", size)
    with release_with_images(root, articles=300, customers=50) as made, running(made.published.workspace):
        yield made


@pytest.fixture(scope="package")
def shop(with_images: ReleaseWithImages, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running shop. Hides the fixture of the same name: nothing here runs in this process."""
    given = {"DEMO_LOGINS": "1", "PAGE_SIZE": "12", "LOG_FORMAT": "text", "EMAIL_URL": "console:"}
    given["SIGN_UPS_PER_HOUR"] = "0"  # all tests join from one address
    env = environment(with_images.published.workspace, DJANGO_SETTINGS_MODULE="tests.support.site_settings", **given)
    prepare(env)
    manage(env, "seed_demo_customers")
    add_staff(env, *STAFF)
    with serving(env, tmp_path_factory.mktemp("gunicorn") / "log") as address:
        yield address


@pytest.fixture(scope="package")
def windows(browser: Browser, shop: str) -> Windows:
    return Windows(browser, shop, STAFF)
