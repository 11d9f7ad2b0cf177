import os
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from catalog.images import photos
from recsys_core.store.image_files import ImageFolder
from recsys_core.workspace import Workspace
from tests.django_site.conftest import FURTHER_PHOTOS, PHOTO_SIZE, PHOTOGRAPHED, save_photo

pytestmark = pytest.mark.django_db
ADDRESS = f"/img/{PHOTOGRAPHED}.jpg"


def size_of(content: bytes) -> tuple[int, int]:
    return Image.open(BytesIO(content)).size


def test_a_photograph_is_served_as_it_is(client: Client, shop: Settings) -> None:
    response = client.get(ADDRESS)
    source = Workspace(shop.RECSYS_WORKSPACE).images / "010" / f"{PHOTOGRAPHED}.jpg"
    assert response.content == source.read_bytes()
    assert response["Content-Type"] == "image/jpeg"


def test_browsers_keep_it(client: Client) -> None:
    response = client.get(ADDRESS)
    assert response["Cache-Control"] == "public, max-age=604800, immutable"
    assert "Cookie" not in response.get("Vary", "")
    assert {"ETag", "Last-Modified"} <= set(response.headers)


def test_an_unchanged_image_is_not_sent_again(client: Client) -> None:
    first = client.get(ADDRESS, {"w": "240"})
    by_tag = client.get(ADDRESS, {"w": "240"}, headers={"If-None-Match": first["ETag"]})
    by_date = client.get(ADDRESS, {"w": "240"}, headers={"If-Modified-Since": first["Last-Modified"]})
    assert (by_tag.status_code, by_tag.content) == (304, b"")
    assert by_date.status_code == 304
    assert "immutable" in by_tag["Cache-Control"]


def test_widths_have_tags_of_their_own(client: Client) -> None:
    tags = {client.get(ADDRESS, query)["ETag"] for query in ({}, {"w": "240"}, {"w": "480"})}
    assert len(tags) == 3


def test_a_thumbnail_has_the_width_asked_for(client: Client) -> None:
    assert size_of(client.get(ADDRESS, {"w": "240"}).content) == (240, 360)


def test_nothing_is_scaled_up(client: Client) -> None:
    assert size_of(client.get(ADDRESS, {"w": "960"}).content) == PHOTO_SIZE


def test_a_further_photograph_is_served_like_the_first(client: Client) -> None:
    address = f"/img/{PHOTOGRAPHED}_2.jpg"
    whole, small = client.get(address), client.get(address, {"w": "240"})
    assert (size_of(whole.content), size_of(small.content)) == (FURTHER_PHOTOS[2], (240, 320))
    assert small["Cache-Control"] == "public, max-age=604800, immutable"
    assert client.get(address, {"w": "240"}, headers={"If-None-Match": small["ETag"]}).status_code == 304
    assert client.get(address, {"w": "241"}).status_code == 404


def test_a_further_photograph_has_no_placeholder(client: Client) -> None:
    missing = [client.get(f"/img/{PHOTOGRAPHED}_{number}.jpg") for number in ("3", "1", "9", "02", "2_2")]
    assert [response.status_code for response in missing] == [404] * 5
    assert client.get(f"/img/{PHOTOGRAPHED}_2.jpg").status_code == 200


@pytest.mark.parametrize(("width", "size"), [("1280", (1280, 1707)), ("2400", FURTHER_PHOTOS[2])])
def test_large_widths_go_as_far_as_the_file(client: Client, width: str, size: tuple[int, int]) -> None:
    assert size_of(client.get(f"/img/{PHOTOGRAPHED}_2.jpg", {"w": width}).content) == size


def test_an_image_stored_sideways_is_measured_upright(tmp_path: Path, shop: Settings) -> None:
    """It is 600 pixels wide as shown: 480 are made of them, 720 are not."""
    path = tmp_path / "images" / "012" / "0123456789.jpg"
    path.parent.mkdir(parents=True)
    exif = Image.Exif()
    exif[photos.ORIENTATION] = 6
    Image.new("RGB", (900, 600), "teal").save(path, "JPEG", exif=exif)
    assert photos.upright_size(find(tmp_path)) == (600, 900)
    assert Image.open(photos.at_width(find(tmp_path), 480).path).size == (480, 720)
    assert photos.at_width(find(tmp_path), 720).path == path


def test_what_is_transparent_stands_on_white(tmp_path: Path, shop: Settings) -> None:
    path = tmp_path / "images" / "0123456789.PNG"
    path.parent.mkdir(parents=True)
    Image.new("RGBA", (600, 900), (255, 0, 0, 0)).save(path, "PNG")
    assert photos.upright_size(find(tmp_path)) == (600, 900)
    small = Image.open(photos.at_width(find(tmp_path), 240).path)
    assert (small.format, small.size, small.getpixel((0, 0))) == ("JPEG", (240, 360), (255, 255, 255))


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("WEBP", "image/webp"), ("JPEG", "image/jpeg")])
def test_the_media_type_is_that_of_the_content(kind: str, media_type: str) -> None:
    """The name may say another: shops rename files."""
    file = BytesIO()
    Image.new("RGB", (4, 6)).save(file, kind)
    assert photos.content_type_of(file.getvalue()) == media_type


def test_a_thumbnail_is_made_once(client: Client, shop: Settings) -> None:
    client.get(ADDRESS, {"w": "240"})
    made = [path for path in Path(shop.THUMBNAILS).rglob("*") if path.is_file()]
    stamp = made[0].stat().st_mtime_ns
    client.get(ADDRESS, {"w": "240"})
    assert [path.name for path in Path(shop.THUMBNAILS).rglob("*") if path.is_file()] == [made[0].name]
    assert made[0].stat().st_mtime_ns == stamp


def test_a_changed_image_gets_a_new_thumbnail(tmp_path: Path, shop: Settings) -> None:
    path = tmp_path / "images" / "012" / "0123456789.jpg"
    save_photo(path, (600, 900))
    old = photos.at_width(find(tmp_path), 240)
    save_photo(path, (600, 600))
    os.utime(path, (1, 1))
    new = photos.at_width(find(tmp_path), 240)
    assert (Image.open(old.path).size, Image.open(new.path).size) == ((240, 360), (240, 240))


def test_the_oldest_thumbnails_make_room_for_new_ones(
    tmp_path: Path, shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Room for three files of one block each."""
    monkeypatch.setattr(photos, "THUMBNAIL_FOLDERS", 1)
    shop.THUMBNAIL_CACHE_MB = 3 * photos.BLOCK_BYTES / 2**20
    save_photo(tmp_path / "images" / "012" / "0123456789.jpg", (900, 30))
    for age, width in enumerate((720, 240, 480)):
        os.utime(photos.at_width(find(tmp_path), width).path, (age, age))
    photos.at_width(find(tmp_path), 360)
    assert widths(shop) == [240, 360, 480]
    photos.at_width(find(tmp_path), 720)
    assert widths(shop) == [360, 480, 720]


def widths(shop: Settings) -> list[int]:
    return sorted(size_of(path.read_bytes())[0] for path in Path(shop.THUMBNAILS).rglob("*.jpg"))


def test_a_thumbnail_that_is_dropped_before_it_is_read_is_made_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[photos.Photo] = []
    at_width = photos.at_width

    def dropped_at_first(source: photos.Photo, width: int) -> photos.Photo:
        made.append(at_width(source, width))
        if len(made) == 1:
            made[0].path.unlink()
        return made[-1]

    monkeypatch.setattr(photos, "at_width", dropped_at_first)
    assert size_of(client.get(ADDRESS, {"w": "240"}).content) == (240, 360)


def find(folder: Path) -> photos.Photo:
    found = photos.find_photo(ImageFolder(folder / "images", {"0123456789"}), "0123456789")
    assert found is not None
    return found


@pytest.mark.parametrize("width", ["241", "0", "-240", "99999", "24O", "240px", "٢٤٠"])
def test_other_widths_are_refused(client: Client, shop: Settings, width: str) -> None:
    assert client.get(ADDRESS, {"w": width}).status_code == 404
    assert not Path(shop.THUMBNAILS).exists()


@pytest.mark.parametrize(
    "path",
    [
        "/img/../../secret-key.jpg",
        "/img/..%2f..%2fweb%2fsecret-key.jpg",
        "/img/%2e%2e/%2e%2e/x.jpg",
        "/img/010%2f0100000001.jpg",
        "/img/0100000001.jpg%00.png",
        "/img/0100000001.png",
        "/img/.jpg",
        f"/img/{'0' * 300}.jpg",
        "/img/٠١٠٠٠٠٠٠٠١.jpg",
    ],
)
def test_only_article_numbers_name_images(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_broken_file_is_served_as_it_is_and_makes_no_thumbnail(tmp_path: Path, shop: Settings) -> None:
    path = tmp_path / "images" / "012" / "0123456789.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"GIF89a not a photograph")
    assert photos.at_width(find(tmp_path), 240).path == path
    assert photos.upright_size(find(tmp_path)) is None
    assert not Path(shop.THUMBNAILS).exists()


def test_on_a_full_disk_the_image_is_served_as_it_is(
    tmp_path: Path, shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_photo(tmp_path / "images" / "012" / "0123456789.jpg")
    monkeypatch.setattr(Path, "replace", lambda self, target: (_ for _ in ()).throw(OSError("disk full")))
    assert photos.at_width(find(tmp_path), 240) == find(tmp_path)
    assert not [path for path in Path(shop.THUMBNAILS).rglob("*") if path.is_file()]


def test_a_thumbnail_that_cannot_be_saved_leaves_no_part_of_it(
    tmp_path: Path, shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_photo(tmp_path / "images" / "012" / "0123456789.jpg")
    monkeypatch.setattr(Image.Image, "save", lambda *_, **__: (_ for _ in ()).throw(OSError("disk full")))
    assert photos.at_width(find(tmp_path), 240) == find(tmp_path)
    assert not [path for path in Path(shop.THUMBNAILS).rglob("*") if path.is_file()]


def test_without_a_photograph_a_placeholder_is_served(client: Client) -> None:
    response = client.get("/img/0100000002.jpg")
    assert response["Content-Type"] == "image/svg+xml"
    assert "immutable" not in response["Cache-Control"]
    assert client.get("/img/0100000002.jpg", headers={"If-None-Match": response["ETag"]}).status_code == 304


def test_an_unknown_article_has_no_image(client: Client) -> None:
    assert client.get("/img/0999999999.jpg").status_code == 404


def test_an_image_needs_neither_cookie_nor_session(client: Client, signed_in: Client) -> None:
    response = signed_in.get(ADDRESS)
    assert not response.cookies
    assert response["Cache-Control"].startswith("public")


@pytest.mark.parametrize("header", ["Sec-GPC", "DNT"])
def test_no_cookie_is_taken_away_with_an_answer_for_everybody(client: Client, header: str) -> None:
    client.cookies["visitor"] = "0" * 32
    response = client.get(ADDRESS, headers={header: "1"})
    assert response["Cache-Control"].startswith("public")
    assert not response.cookies
    assert client.get("/", headers={header: "1"}).cookies["visitor"]["max-age"] == 0
