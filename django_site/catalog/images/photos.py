"""Photographs on disk: ``images/0NN/<article_id>.jpg`` and further ones, and thumbnails made on first demand."""

import logging
import math
import struct
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings
from PIL import Image, ImageOps

log = logging.getLogger(__name__)

JPEG_QUALITY = 82
MAX_PIXELS = 50_000_000
"""A larger file is served as it is, never decoded (a small file can hold a bitmap of gigabytes)."""
LARGE_WIDTHS: Final = (1280, 1600, 2000, 2400)
"""Widths for the product page, beyond those of the cards (``settings.THUMBNAIL_WIDTHS``)."""
MAX_PHOTOS: Final = 8
"""Photographs of one article: ``<article_id>.jpg``, then ``<article_id>_2.jpg`` to ``<article_id>_8.jpg``."""
ORIENTATION: Final = 0x0112
SIDEWAYS: Final = range(5, 9)
"""EXIF orientations that swap width and height."""
ODD: Final = (OSError, ValueError, SyntaxError, LookupError, TypeError, OverflowError, struct.error)
"""Errors that Pillow and its EXIF reader raise on malformed files, beside that of a bitmap too large."""
UNREADABLE: Final = (*ODD, Image.DecompressionBombError)
CACHED_SIZES: Final = 16_384


@dataclass(frozen=True)
class Photo:
    path: Path
    modified: float
    size: int
    width: int | None = None

    @property
    def tag(self) -> str:
        """Changes whenever the file does."""
        return f"{int(self.modified * 1000):x}-{self.size:x}-{self.width or 'full'}"


def find_photo(images: Path, article_id: str, number: int = 1) -> Photo | None:
    """The article's photograph of that number. ``article_id`` must be alphanumeric: it becomes part of a path.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not (article_id.isascii() and article_id.isalnum()):
        raise ValueError(f"article_id {article_id!r}: expected ASCII letters and digits")
    name = article_id if number == 1 else f"{article_id}_{number}"
    path = images / article_id[:3] / f"{name}.jpg"
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return Photo(path, found.st_mtime, found.st_size) if found.st_size else None


def find_photos(images: Path, article_id: str) -> dict[int, Photo]:
    """Photographs of the article by number; numbers may be left out, but without the first one there are none."""
    first = find_photo(images, article_id)
    if first is None:
        return {}
    others = {number: find_photo(images, article_id, number) for number in range(2, MAX_PHOTOS + 1)}
    return {1: first, **{number: photo for number, photo in others.items() if photo}}


def upright_size(photo: Photo) -> tuple[int, int] | None:
    """Width and height as shown, read from the file's header; None if it is no JPEG, or too large to be scaled."""
    return _upright_size(photo.path, photo.tag)


@lru_cache(CACHED_SIZES)
def _upright_size(path: Path, tag: str) -> tuple[int, int] | None:
    """Cached by path and tag: a changed file is read again."""
    try:
        with Image.open(path, formats=["JPEG"]) as image:
            return _upright(image) if image.width * image.height <= MAX_PIXELS else None
    except UNREADABLE:
        return None


def _upright(image: Image.Image) -> tuple[int, int]:
    width, height = image.size
    return (height, width) if image.getexif().get(ORIENTATION) in SIDEWAYS else (width, height)


def at_width(source: Photo, width: int) -> Photo:
    """``source`` scaled down to ``width`` pixels, from the disk cache after the first time.

    The original itself where it is no wider, or cannot be decoded. A thumbnail's name holds the source's time and
    size, so a changed image is made anew.
    """
    made = Path(settings.THUMBNAILS) / str(width) / source.path.parent.name / f"{source.path.stem}-{source.tag}.jpg"
    if not made.exists() and not _make(source.path, made, width):
        return source
    return Photo(made, source.modified, source.size, width)


def _make(source: Path, target: Path, width: int) -> bool:
    """Write the thumbnail atomically; False if there is none to make."""
    try:
        with Image.open(source, formats=["JPEG"]) as image:
            full_width, full_height = _upright(image)
            if full_width <= width or full_width * full_height > MAX_PIXELS:
                return False
            scale = width / full_width
            image.draft("RGB", (math.ceil(image.width * scale), math.ceil(image.height * scale)))
            upright = ImageOps.exif_transpose(image).convert("RGB")
            small = upright.resize((width, round(full_height * scale)), Image.Resampling.LANCZOS)
    except UNREADABLE:
        log.warning("%s is no readable JPEG: served as it is", source)
        return False
    try:
        _write(small, target)
    except OSError as error:
        log.warning("%s cannot be written (%s): the image is served as it is", target, error)
        return False
    return True


def _write(small: Image.Image, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".part", delete=False) as file:
        part = Path(file.name)
        try:
            small.save(file, "JPEG", quality=JPEG_QUALITY, progressive=True, optimize=True)
            file.flush()
            part.chmod(0o644)
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
