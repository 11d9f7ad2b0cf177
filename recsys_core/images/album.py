"""The catalogue's images: which there are, what they hold, and which cannot be read."""

import struct
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Final, TypeVar

from PIL import Image, UnidentifiedImageError

from recsys_core.images.preprocessing import upright_in_colour
from recsys_core.serving.uploads import FORMATS
from recsys_core.store.artifacts import digest_of, sha256_of
from recsys_core.store.image_files import find_images

T = TypeVar("T")
READER_THREADS: Final = 2
UNREADABLE: Final = "unreadable"
MAX_PIXELS: Final = 100_000_000
"""A shop's own images may be larger than what shoppers send, but not without end."""


ODD: Final = (
    OSError,
    SyntaxError,
    EOFError,
    TypeError,
    KeyError,
    IndexError,
    OverflowError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
"""Errors, beside ValueError, that Pillow and its EXIF readers raise on malformed files."""


class DamagedImageError(ValueError):
    """An image of the catalogue that cannot be read."""


@dataclass(frozen=True)
class Album:
    """Images by article_id, ascending."""

    article_ids: tuple[str, ...]
    files: tuple[Path, ...]
    ignored: Mapping[str, int] = field(default_factory=dict)
    """Files in the folder that are nobody's image, by the reason."""

    @classmethod
    def open(cls, images: Path, known: Collection[str] | None = None) -> "Album":
        """First images of the ``known`` articles (None: of whatever the names say); empty without the folder."""
        found = find_images(images, known)
        found.log_ignored()
        first = found.first
        return cls(tuple(first), tuple(first.values()), found.ignored_counts)

    def __len__(self) -> int:
        return len(self.files)

    def take(self, rows: Iterable[int]) -> "Album":
        chosen = list(rows)
        return Album(tuple(self.article_ids[i] for i in chosen), tuple(self.files[i] for i in chosen))

    def checksums(self) -> list[str]:
        """SHA-256 of every file, in order; ``UNREADABLE`` of what cannot be read."""
        with ThreadPoolExecutor(READER_THREADS) as readers:
            return list(readers.map(_checksum, self.files))

    def digest(self, checksums: Sequence[str]) -> str:
        """One digest for all the images and whose they are."""
        return digest_of(dict(zip(self.article_ids, checksums, strict=True)))


def _checksum(file: Path) -> str:
    try:
        return sha256_of(file)
    except OSError:
        return UNREADABLE


def open_image(file: Path | BytesIO, at_least: tuple[int, int] | None = None) -> Image.Image:
    """An image upright and in RGB; a JPEG decoded at a smaller scale where ``at_least`` (width, height) allows it.

    Raises
    ------
    DamagedImageError
        If it is no JPEG, PNG or WebP, is broken off or odd, or has too many pixels.
    """
    try:
        with Image.open(file, formats=FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise DamagedImageError(f"{width} x {height} pixels, {MAX_PIXELS // 10**6} million are the most")
            if at_least:
                image.draft("RGB", at_least)
            return upright_in_colour(image)
    except UnidentifiedImageError:
        raise DamagedImageError(f"no {', '.join(FORMATS)}") from None
    except DamagedImageError:
        raise
    except (ValueError, *ODD) as error:
        raise DamagedImageError(str(error) or type(error).__name__) from None


def read_each(
    files: Sequence[Path], read: Callable[[Path], T]
) -> tuple[list[tuple[int, T]], list[tuple[int, DamagedImageError]]]:
    """``read`` of every file, a few at a time: (place, result) of the readable ones, (place, defect) of the others."""

    def attempt(numbered: tuple[int, Path]) -> tuple[int, T | DamagedImageError]:
        place, file = numbered
        try:
            return place, read(file)
        except DamagedImageError as defect:
            return place, defect

    with ThreadPoolExecutor(READER_THREADS) as readers:
        results = list(readers.map(attempt, enumerate(files)))
    good = [(place, result) for place, result in results if not isinstance(result, DamagedImageError)]
    return good, [(place, result) for place, result in results if isinstance(result, DamagedImageError)]
