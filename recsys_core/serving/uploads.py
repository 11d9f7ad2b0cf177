"""Images from strangers: what is looked at before anything decodes them."""

from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image, UnidentifiedImageError

MAX_UPLOAD_BYTES: Final = 10 * 1024 * 1024
MAX_PIXELS: Final = 25_000_000
"""Largest image; what cameras call 24 megapixels (5712 x 4284) is below it."""
MIN_SIDE_PIXELS: Final = 32
FORMATS: Final = ("JPEG", "PNG", "WEBP")
PROGRAMMES: Final = (b"<?php", b"<script", b"<html", b"<!doctype", b"<svg ", b"<svg>", b"%!ps-adobe")
"""Marks, in small letters, of a file that is an image and something else besides. Cameras write none of them; by
chance one of some thousand images of 10 MB would."""
ZIP_END: Final = b"PK\x05\x06"
"""Begins the last 22 bytes, and a comment, of an archive."""
TOO_LARGE: Final = f"The file has more than {MAX_UPLOAD_BYTES // 2**20} MB. Choose a smaller picture."
ACCEPTED: Final = "a JPEG, PNG or WebP picture"


class UploadRefusedError(ValueError):
    """A file that is not looked at; the message is for the shopper."""


@dataclass(frozen=True)
class Crop:
    """A rectangle of an image, in parts of its width and height from the upper left."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0

    @classmethod
    def read(cls, text: str) -> "Crop":
        """From "left,top,right,bottom"; the whole image where that makes no sense.

        >>> Crop.read("0.1,0,0.9,1")
        Crop(left=0.1, top=0.0, right=0.9, bottom=1.0)
        >>> Crop.read("0.9,0,0.1,1")
        Crop(left=0.0, top=0.0, right=1.0, bottom=1.0)
        """
        try:
            left, top, right, bottom = (round(float(part), 4) for part in text.split(","))
        except ValueError:
            return cls()
        sensible = 0 <= left < right <= 1 and 0 <= top < bottom <= 1
        return cls(left, top, right, bottom) if sensible else cls()

    def __str__(self) -> str:
        return ",".join(f"{part:.4f}" for part in (self.left, self.top, self.right, self.bottom))


def check_image(data: bytes) -> None:
    """Look at an upload's header alone: nothing is decoded.

    Raises
    ------
    UploadRefusedError
        If it is empty, too large in bytes or pixels, too small, of another format, or of a second one besides.
    """
    if not data:
        raise UploadRefusedError(f"The file is empty. Choose {ACCEPTED}.")
    if len(data) > MAX_UPLOAD_BYTES:
        raise UploadRefusedError(TOO_LARGE)
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        raise UploadRefusedError(f"The file is no picture that can be read. Choose {ACCEPTED}.") from None
    if width * height > MAX_PIXELS:
        raise UploadRefusedError(
            f"The picture has {width * height / 1e6:.1f} megapixels, {MAX_PIXELS // 10**6} are the most. "
            "Choose a smaller one."
        )
    if _is_something_else_too(data):
        raise UploadRefusedError(f"The file is more than a picture. Choose {ACCEPTED}.")
    if min(width, height) < MIN_SIDE_PIXELS:
        raise UploadRefusedError(f"The picture is only {width} x {height} pixels. Choose a larger one.")


def _is_something_else_too(data: bytes) -> bool:
    """True if a browser, a server or an unpacker could take it for a programme or an archive."""
    archive = data.rfind(ZIP_END)
    comment = int.from_bytes(data[archive + 20 : archive + 22], "little")
    if archive >= 0 and archive + 22 + comment == len(data):
        return True
    if b"%PDF-" in data[:1024]:
        return True
    small = data.lower()
    return any(programme in small for programme in PROGRAMMES)
