import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from recsys_core.serving.uploads import (
    MAX_PIXELS,
    MAX_UPLOAD_BYTES,
    MIN_SIDE_PIXELS,
    Crop,
    UploadRefusedError,
    check_image,
)

GUIDES = Path(__file__).parents[3] / "docs" / "guides"


def image(kind: str, size: tuple[int, int] = (64, 96)) -> bytes:
    made = BytesIO()
    Image.new("RGB", size, "teal").save(made, kind)
    return made.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header says any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    ended = struct.pack(">I", len(header)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + ended + struct.pack(">I", 99) + b"IDAT"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_images_of_the_web_are_taken(kind: str) -> None:
    check_image(image(kind))


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "BMP", "EPS", "PPM"])
def test_other_formats_are_refused_whatever_their_name(kind: str) -> None:
    with pytest.raises(UploadRefusedError, match="JPEG, PNG or WebP"):
        check_image(image(kind))


@pytest.mark.parametrize(
    "data", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"\xff\xd8\xff", b"x" * 1000]
)
def test_what_is_no_image_is_refused(data: bytes) -> None:
    with pytest.raises(UploadRefusedError, match="no picture that can be read"):
        check_image(data)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(UploadRefusedError, match="empty"):
        check_image(b"")


def test_a_file_that_is_too_large_is_refused() -> None:
    data = image("PNG")
    with pytest.raises(UploadRefusedError, match="more than 10 MB"):
        check_image(data + bytes(MAX_UPLOAD_BYTES))


@pytest.mark.parametrize("size", [(10_000, 10_000), (60_000, 60_000), (1, MAX_PIXELS + 1)])
def test_a_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    with pytest.raises(UploadRefusedError, match=r"megapixels|no picture"):
        check_image(png_that_claims(*size))


def test_the_limit_of_pixels_is_the_one_that_messages_and_guides_name() -> None:
    with pytest.raises(UploadRefusedError, match=r"has 25\.1 megapixels, 25 are the most"):
        check_image(png_that_claims(5020, 5000))
    check_image(png_that_claims(5000, 5000))
    for guide in ("storefront", "images"):
        assert "25 megapixels" in (GUIDES / f"{guide}.md").read_text()


@pytest.mark.parametrize("size", [(6000, 4000), (5712, 4284)])
def test_what_cameras_call_24_megapixels_is_taken_without_decoding(size: tuple[int, int]) -> None:
    check_image(png_that_claims(*size))


def zipped() -> bytes:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.txt", "text")
        file.comment = b"a comment"
    return archive.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("hidden", [b"<?php system($_GET['c']); ?>", b"<ScRiPt>alert(1)</script>", b"<svg onload=x>"])
def test_an_image_that_is_a_programme_too_is_refused(kind: str, hidden: bytes) -> None:
    with pytest.raises(UploadRefusedError, match="more than a picture"):
        check_image(image(kind) + hidden)


def test_an_image_that_is_an_archive_too_is_refused() -> None:
    with pytest.raises(UploadRefusedError, match="more than a picture"):
        check_image(image("JPEG") + zipped())
    check_image(image("JPEG") + b"PK\x05\x06 within a film" + bytes(100))


def test_a_phones_image_with_its_film_behind_it_is_taken() -> None:
    described = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "on the beach <3"
    Image.new("RGB", (64, 96), "teal").save(described, "JPEG", exif=exif, comment=b"<?xpacket begin='' ?>")
    check_image(described.getvalue() + b"\x00\x00\x00\x18ftypmp42" + bytes(5000))


def test_a_dot_is_refused() -> None:
    with pytest.raises(UploadRefusedError, match="only 8 x 96 pixels"):
        check_image(image("PNG", (8, 96)))
    check_image(image("PNG", (MIN_SIDE_PIXELS, MIN_SIDE_PIXELS)))


@pytest.mark.parametrize(
    "text",
    ["", "a,b,c,d", "0,0,1", "0.5,0,0.5,1", "-0.1,0,1,1", "0,0,1,1.1", "nan,0,1,1", "0.10001,0,0.10003,1"],
)
def test_a_crop_that_makes_no_sense_is_the_whole_image(text: str) -> None:
    assert Crop.read(text) == Crop(0, 0, 1, 1)


def test_a_crop_is_written_as_it_is_read() -> None:
    crop = Crop(0.125, 0.25, 0.75, 1)
    assert Crop.read(str(crop)) == crop
