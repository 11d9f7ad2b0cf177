"""Files that are no images, against a running shop with a real encoder: refused, and no harm done."""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from random import Random

import httpx
import psutil
import pytest
from PIL import Image

from scripts.shop_server import encoder_running, environment, prepare, serving
from tests.support.release_with_images import release_with_images

pytestmark = [pytest.mark.services]

MAX_GROWTH_BYTES = 150 << 20
"""Bytes that the shop's workers and the encoder may grow by: what Python keeps of the largest upload, not a leak."""


def image(draw: Random, kind: str = "JPEG") -> bytes:
    made = BytesIO()
    noise = Image.frombytes("RGB", (12, 16), draw.randbytes(12 * 16 * 3))
    noise.resize((240, 320)).save(made, kind)
    return made.getvalue()


def truncated(draw: Random) -> bytes:
    whole = image(draw, draw.choice(["JPEG", "PNG", "WEBP"]))
    return whole[: draw.randrange(1, len(whole) * 8 // 10)]


def scrambled(draw: Random) -> bytes:
    """A PNG whose pixels do not fit their checksum."""
    data = bytearray(image(draw, "PNG"))
    for _ in range(40):
        data[draw.randrange(60, len(data) - 20)] ^= 0xFF
    return bytes(data)


def of_another_kind(draw: Random) -> bytes:
    made = BytesIO()
    Image.new("RGB", (64, 96), "teal").save(
        made, draw.choice(["GIF", "TIFF", "BMP", "EPS", "PPM", "ICO", "PCX", "TGA"])
    )
    return made.getvalue()


def no_image(draw: Random) -> bytes:
    heads = [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7\n",
        b"PK\x03\x04",
        b"\x7fELF",
        b"#!/bin/sh\n",
        b"MZ",
    ]
    return draw.choice(heads) + draw.randbytes(draw.randrange(2000))


def described_oddly(draw: Random) -> bytes:
    """An image whose EXIF is no EXIF."""
    made = BytesIO()
    exif = draw.choice([b"Exif\x00\x00garbage", b"MM\x00*\x00\x00", b"Exif\x00\x00MM\x00"])
    Image.new("RGB", (64, 96), "teal").save(made, draw.choice(["PNG", "WEBP"]), exif=exif)
    return made.getvalue()


def polyglot(draw: Random) -> bytes:
    hidden = [b"<?php system($_GET['c']); ?>", b"<script>alert(1)</script>", b"<svg onload=alert(1)>", zipped()]
    if draw.random() < 0.3:
        return b"GIF89a/*" + draw.randbytes(60) + b"*/=1;alert(1)"
    return image(draw, draw.choice(["JPEG", "PNG", "WEBP"])) + draw.choice(hidden)


def zipped() -> bytes:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.php", "<?php ?>")
    return archive.getvalue()


def bomb(draw: Random) -> bytes:
    """A PNG that claims to be large, or is: 10,000 x 10,000 pixels of nothing pack well."""
    width, height = draw.choice([(10_000, 10_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1), (26_000_000, 1)])
    rows = zlib.compress(bytes(1 + 3 * 10_000) * 200) if draw.random() < 0.5 else b""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


def tiny(draw: Random) -> bytes:
    made = BytesIO()
    Image.new("RGB", (draw.randrange(1, 31), draw.randrange(1, 31))).save(made, "PNG")
    return made.getvalue()


ODD: tuple[Callable[[Random], bytes], ...] = (
    truncated,
    scrambled,
    described_oddly,
    of_another_kind,
    no_image,
    polyglot,
    bomb,
    tiny,
    lambda draw: b"",
    lambda draw: b"\xff\xd8\xff\xe0" + draw.randbytes(draw.randrange(4000)),
    lambda draw: image(draw) + bytes(11 << 20) if draw.random() < 0.1 else draw.randbytes(draw.randrange(5000)),
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Gunicorn, an encoder process and Milvus Lite; its address."""
    from tests.support.encoders import add_encoder, have_live_release_name, small_encoder

    with release_with_images(tmp_path_factory.mktemp("odd")) as made:
        workspace = made.published.workspace
        have_live_release_name(workspace, add_encoder(workspace, small_encoder(), "small"))
        env = environment(workspace, MILVUS_URI=made.milvus_uri, LOG_LEVEL="WARNING", WEB_WORKERS="1")
        prepare(env)
        with encoder_running(workspace, env), serving(env) as address:
            yield address


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Of all processes that this one started."""
    before = memory()
    yield
    assert memory() - before < MAX_GROWTH_BYTES


def memory() -> int:
    return sum(process.memory_info().rss for process in psutil.Process().children(recursive=True))


def send(shopper: httpx.Client, data: bytes) -> httpx.Response:
    form = "/search/image/"
    if "csrftoken" not in shopper.cookies:
        shopper.get(form)
    return shopper.post(
        form,
        data={"csrfmiddlewaretoken": shopper.cookies["csrftoken"]},
        files={"image": ("holiday.jpg", data, "image/jpeg")},
        headers={"Referer": f"{shopper.base_url}{form}"},
    )


@pytest.mark.parametrize("files", [10 * len(ODD), pytest.param(1000, marks=pytest.mark.full)])
def test_odd_files_are_refused_and_an_image_is_served_after_them(shop: str, files: int) -> None:
    draw = Random(11)
    with httpx.Client(base_url=shop, timeout=60, trust_env=False) as shopper:
        assert send(shopper, image(draw)).status_code == 302
        with bounded_memory():
            for number in range(files):
                data = ODD[number % len(ODD)](draw)
                answer = send(shopper, data)
                assert 400 <= answer.status_code < 500, (number, answer.status_code, data[:40])
                assert 'class="notice error"' in answer.text, number
        served = send(shopper, image(draw))
        assert served.status_code == 302
        assert shopper.get(served.headers["Location"]).headers["X-Fallback-Tier"] == "image"
