from pathlib import Path

import pytest

from scripts import screenshots
from scripts.shop_pages import PAGES, at


def test_no_two_pages_share_an_image() -> None:
    assert len({page.name for page in PAGES}) == len(PAGES)


def test_the_gallery_shows_the_images_that_there_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(screenshots, "IMAGES", tmp_path)
    monkeypatch.setattr(
        screenshots,
        "PAGES",
        (
            screenshots.ShopPage("bag", "The bag", at("/bag/")),
            screenshots.ShopPage("session", "A session", at("/session/")),
        ),
    )
    (tmp_path / "bag-phone.webp").touch()
    assert screenshots.gallery().splitlines()[4:] == [
        "## The bag",
        "",
        '<img src="../images/shop/bag-phone.webp" width="200" alt="The bag, phone">',
    ]


def test_a_shop_that_does_not_answer_is_named() -> None:
    with (
        pytest.raises(ValueError, match=r"--base-url http://127\.0\.0\.1:9: no shop"),
        screenshots.found_or_started("http://127.0.0.1:9"),
    ):
        pass
