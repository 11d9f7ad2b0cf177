"""Photographs on disk: ``images/0NN/<article_id>.jpg``, and thumbnails made on first demand."""

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

log = logging.getLogger(__name__)

JPEG_QUALITY = 82
MAX_PIXELS = 50_000_000
"""A larger file is served as it is, never decoded (a small file can hold a bitmap of gigabytes)."""


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


def find_photo(images: Path, article_id: str) -> Photo | None:
    """The article's photograph. ``article_id`` must be alphanumeric: it becomes part of a path.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not (article_id.isascii() and article_id.isalnum()):
        raise ValueError(f"article_id {article_id!r}: expected ASCII letters and digits")
    path = images / article_id[:3] / f"{article_id}.jpg"
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return Photo(path, found.st_mtime, found.st_size) if found.st_size else None


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
            if image.width <= width or image.width * image.height > MAX_PIXELS:
                return False
            image.draft("RGB", (width, image.height * width // image.width))
            upright = ImageOps.exif_transpose(image).convert("RGB")
            height = round(upright.height * width / upright.width)
            small = upright.resize((width, height), Image.Resampling.LANCZOS)
    except (UnidentifiedImageError, OSError):
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
