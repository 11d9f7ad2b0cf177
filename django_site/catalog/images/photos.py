"""Photographs on disk (``recsys_core/store/image_files.py`` finds them), and thumbnails made on first demand."""

import hashlib
import logging
import math
import struct
import tempfile
import zlib
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings
from PIL import Image, ImageOps

from catalog.per_release import per_release
from recsys_core.serving import Release
from recsys_core.serving.arrays import IdSet
from recsys_core.serving.uploads import FORMATS
from recsys_core.store.image_files import MAX_IMAGES, ImageFolder
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)

JPEG_QUALITY = 82
MAX_PIXELS = 50_000_000
"""A larger file is served as it is, never decoded (a small file can hold a bitmap of gigabytes)."""
LARGE_WIDTHS: Final = (1280, 1600, 2000, 2400)
"""Widths for the product page, beyond those of the cards (``settings.THUMBNAIL_WIDTHS``)."""
BEGINNINGS: Final = ((b"\xff\xd8", "image/jpeg"), (b"\x89PNG", "image/png"), (b"RIFF", "image/webp"))
"""First bytes of a file and its media type; others are served as JPEG, whatever they are."""
MAX_STEM_BYTES: Final = 200
ORIENTATION: Final = 0x0112
SIDEWAYS: Final = range(5, 9)
"""EXIF orientations that swap width and height."""
ODD: Final = (OSError, ValueError, SyntaxError, LookupError, TypeError, OverflowError, struct.error)
"""Errors that Pillow and its EXIF reader raise on malformed files, beside that of a bitmap too large."""
UNREADABLE: Final = (*ODD, Image.DecompressionBombError)
CACHED_SIZES: Final = 16_384
THUMBNAIL_FOLDERS: Final = 256
"""Each holds its share of ``settings.THUMBNAIL_CACHE_MB``, so that making room is a look at one of them."""
BLOCK_BYTES: Final = 4096
"""A file's bytes on disk are a multiple."""


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


def image_folder(release: Release) -> ImageFolder:
    """The shop's images of the articles of a release."""
    return _image_folder(release, Workspace(settings.RECSYS_WORKSPACE).images)


@per_release
def _image_folder(release: Release, images: Path) -> ImageFolder:
    return ImageFolder(images, IdSet(release.catalogue.article_ids))


def find_photo(folder: ImageFolder, article_id: str, number: int = 1) -> Photo | None:
    """The photograph of that number of an article that the release knows."""
    path = folder.find(article_id, number)
    try:
        found = path.stat() if path else None
    except FileNotFoundError:  # taken away just now
        return None
    return Photo(path, found.st_mtime, found.st_size) if path and found else None


def find_photos(folder: ImageFolder, article_id: str) -> dict[int, Photo]:
    """Photographs of the article by number; numbers may be left out, but without the first one there are none."""
    first = find_photo(folder, article_id)
    if first is None:
        return {}
    others = {number: find_photo(folder, article_id, number) for number in range(2, MAX_IMAGES + 1)}
    return {1: first, **{number: photo for number, photo in others.items() if photo}}


def content_type_of(content: bytes) -> str:
    """Media type by the first bytes: a file's suffix may be wrong."""
    return next((kind for beginning, kind in BEGINNINGS if content.startswith(beginning)), "image/jpeg")


def upright_size(photo: Photo) -> tuple[int, int] | None:
    """Width and height as shown, read from the file's header; None if it is no image, or too large to be scaled."""
    return _upright_size(photo.path, photo.tag)


@lru_cache(CACHED_SIZES)
def _upright_size(path: Path, tag: str) -> tuple[int, int] | None:
    """Cached by path and tag: a changed file is read again."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            return _upright(image) if image.width * image.height <= MAX_PIXELS else None
    except UNREADABLE:
        return None


def _upright(image: Image.Image) -> tuple[int, int]:
    width, height = image.size
    return (height, width) if image.getexif().get(ORIENTATION) in SIDEWAYS else (width, height)


def at_width(source: Photo, width: int) -> Photo:
    """``source`` scaled down to ``width`` pixels, from the disk cache after the first time.

    The original itself where it is no wider, or cannot be decoded. A thumbnail's name holds the source's time and
    size, so a changed image is made anew. It may be dropped at any time, to make room for a newer one.
    """
    scaled = replace(source, width=width)
    name = f"{_stem(source.path)}-{scaled.tag}.jpg"
    made = Path(settings.THUMBNAILS) / f"{zlib.crc32(name.encode()) % THUMBNAIL_FOLDERS:02x}" / name
    if not made.exists() and not _make(source.path, made, width):
        return source
    return replace(scaled, path=made)


def _make(source: Path, target: Path, width: int) -> bool:
    """Write the thumbnail atomically; False if there is none to make."""
    try:
        with Image.open(source, formats=FORMATS) as image:
            full_width, full_height = _upright(image)
            if full_width <= width or full_width * full_height > MAX_PIXELS:
                return False
            scale = width / full_width
            image.draft("RGB", (math.ceil(image.width * scale), math.ceil(image.height * scale)))
            upright = _in_colour(ImageOps.exif_transpose(image))
            small = upright.resize((width, round(full_height * scale)), Image.Resampling.LANCZOS)
    except UNREADABLE:
        log.warning("%s is no readable image: served as it is", source)
        return False
    try:
        _write(small, target)
        _make_room(target)
    except OSError as error:
        log.warning("%s cannot be written (%s): the image is served as it is", target, error)
        return False
    return True


def _stem(path: Path) -> str:
    """Beginning of the thumbnails' names: the file's name, without a suffix of JPEG; of a long one a digest."""
    name = path.name.removesuffix(".jpg")
    return name if len(name.encode()) <= MAX_STEM_BYTES else hashlib.sha256(name.encode()).hexdigest()


def _in_colour(image: Image.Image) -> Image.Image:
    """RGB; what is transparent stands on white, as for the encoder (``recsys_core/images/preprocessing.py``)."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        ground = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


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


def _make_room(newest: Path) -> None:
    """Drops the thumbnails that were made first from the folder of ``newest``, down to its share of the limit."""
    made: list[tuple[float, int, Path]] = []
    for path in newest.parent.iterdir():
        with suppress(FileNotFoundError):  # another process makes room, too
            found = path.stat()
            made.append((found.st_mtime, -(-found.st_size // BLOCK_BYTES) * BLOCK_BYTES, path))
    surplus = sum(size for _, size, _ in made) - settings.THUMBNAIL_CACHE_MB * 2**20 / THUMBNAIL_FOLDERS
    for _, size, path in sorted(made):
        if surplus > 0 and path != newest:
            path.unlink(missing_ok=True)
            surplus -= size
