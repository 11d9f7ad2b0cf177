"""The shop's image files: the one rule of which file shows which article (docs/data-contracts.md).

The first image of an article is called by the article's id, or by the id's encoded form (``contracts/article_ids.py``);
further ones have ``_2`` to ``_8`` behind that name. Each ends in one of ``SUFFIXES``, in small or capital letters, and
lies in ``images/<first three characters of the name>/``, in ``images/`` itself, or in any other folder there.
"""

import hashlib
import logging
import os
import re
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from recsys_core.contracts.article_ids import MAX_NAME_LENGTH, decode, encode, file_name

log = logging.getLogger(__name__)

SUFFIXES: Final = (".jpg", ".jpeg", ".png", ".webp")
MAX_IMAGES: Final = 8
"""Images of one article: the first one, then those with the numbers 2 to 8."""
FURTHER: Final = re.compile(rf"(.+)_([2-{MAX_IMAGES}])", re.DOTALL)
FOLDER_LENGTH: Final = 3
"""Characters of the name that the folder of its file is called by."""
RECHECK_SECONDS: Final = 60.0
"""Seconds after which ``ImageFolder`` looks again for files at unusual paths."""
MAX_EXAMPLES: Final = 3

WRONG_SUFFIX: Final = f"no {', '.join(SUFFIXES)}"
NO_ARTICLE: Final = "no such article"
SECOND_FILE: Final = "two files for one image"
EMPTY: Final = "empty, or a broken link"
TOO_DEEP: Final = "folder within a folder"

Key = tuple[str, int]
"""article_id and number of an image; the first is 1."""


@dataclass(frozen=True)
class ImageFiles:
    """Files by article and number, and what lies there besides."""

    files: dict[Key, Path]
    ignored: dict[str, list[str]]
    """Paths, below the folder, of the files that show no article, by the reason."""

    @property
    def first(self) -> dict[str, Path]:
        """The first image of each article that has one, by article_id, ascending."""
        return {article_id: self.files[article_id, number] for article_id, number in sorted(self.files) if number == 1}

    @property
    def ignored_counts(self) -> dict[str, int]:
        """Number of ignored files by the reason."""
        return {reason: len(paths) for reason, paths in sorted(self.ignored.items())}

    def log_ignored(self) -> None:
        """Warn of files that are ignored, by the reason."""
        for reason, paths in sorted(self.ignored.items()):
            named = ", ".join(paths[:MAX_EXAMPLES]) + (", ..." if len(paths) > MAX_EXAMPLES else "")
            log.warning("image files ignored, %s: %d (%s)", reason, len(paths), named)


def find_images(images: Path, known: Collection[str] | None = None) -> ImageFiles:
    """All image files below ``images``; none without the folder.

    Of several files for one image the first counts: in the folder of the name's first three characters, then in
    ``images/``, then in other folders by name; the encoded name before the id itself; suffixes in their order.

    Parameters
    ----------
    known
        article_ids of the shop. ``x_2.jpg`` is the first image of the article ``x_2`` if there is one, else the second
        of ``x``. None: every name is an article's, and one that ends in ``_2`` to ``_8`` that of a further image.
    """
    best, ignored = _find(images, _Names(known))
    return ImageFiles({key: images / file.path for key, file in best.items()}, ignored)


def article_ids_with_image(images: Path, known: Collection[str] | None = None) -> frozenset[str]:
    """Those that ``find_images`` finds a first image of."""
    return frozenset(find_images(images, known).first)


def image_names(images: Path) -> frozenset[str]:
    """Names of all image files without suffix: with the known articles they decide which article has an image."""
    return frozenset(file.stem for file in _files(images) if not file.defect)


def names_digest(names: Iterable[str]) -> str:
    """One digest for a set of names."""
    return hashlib.sha256("\n".join(sorted(names)).encode(errors="surrogateescape")).hexdigest()


def _find(images: Path, names: "_Names", but_usual: bool = False) -> tuple[dict[Key, "_File"], dict[str, list[str]]]:
    """The file of each image, and paths that are ignored by reason; ``but_usual``: of files at unusual paths alone."""
    best: dict[Key, _File] = {}
    ignored: dict[str, list[str]] = {}
    for file in _files(images, but_usual):
        key = None if file.defect else names.owner(file.stem)
        if key is None:
            ignored.setdefault(file.defect or NO_ARTICLE, []).append(file.printable_path)
        elif (other := best.get(key)) is None:
            best[key] = file
        else:
            best[key], second = sorted((file, other), key=lambda each: each.rank(key))
            ignored.setdefault(SECOND_FILE, []).append(second.printable_path)
    return best, {reason: sorted(paths) for reason, paths in ignored.items()}


class ImageFolder:
    """Finds the images of one article at a time, by the rule of ``find_images``.

    Files in the folder of their name's first three characters are looked for there, so a new one is found at once. The
    paths of all others are kept; after ``RECHECK_SECONDS`` a folder that changed is read again.
    """

    def __init__(self, images: Path, known: Collection[str]) -> None:
        self._images, self._known, self._names = images, known, _Names(known)
        self._elsewhere: dict[Key, str] = {}
        self._seen: dict[str, int] | None = None
        self._checked = -RECHECK_SECONDS
        self._reading = threading.Lock()

    def find(self, article_id: str, number: int = 1) -> Path | None:
        """The image of that number of an article that is known; None without one."""
        for path in self._usual_paths(article_id, number):
            if _size(path):
                return Path(path)
        found = self._others().get((article_id, number))
        return self._images / found if found and _size(f"{self._images}/{found}") else None

    def _usual_paths(self, article_id: str, number: int) -> Iterator[str]:
        for name in self._names.of(article_id):
            stem = name + _ending(number)
            is_of_another = number > 1 and stem in self._known
            if (folder := name[:FOLDER_LENGTH]) not in (".", "..") and not is_of_another:
                yield from (f"{self._images}/{folder}/{stem}{suffix}" for suffix in SUFFIXES)

    def _others(self) -> dict[Key, str]:
        with self._reading:
            if time.monotonic() - self._checked >= RECHECK_SECONDS:
                if (now := _modified(self._images)) != self._seen:
                    found, _ = _find(self._images, self._names, but_usual=True)
                    self._elsewhere = {key: file.path for key, file in found.items()}
                    self._seen = now
                self._checked = time.monotonic()
            return self._elsewhere


class _Names:
    """Articles by the names of their files."""

    def __init__(self, known: Collection[str] | None) -> None:
        self._known = known

    def owner(self, stem: str) -> Key | None:
        """Article and number of an image by its file's name without suffix; None if there is no such article."""
        further = FURTHER.fullmatch(stem)
        if self._known is None:
            return (_decoded(further[1]), int(further[2])) if further else (_decoded(stem), 1)
        if (article_id := self._article(stem)) is not None:
            return article_id, 1
        if further and (article_id := self._article(further[1])) is not None:
            return article_id, int(further[2])
        return None

    def of(self, article_id: str) -> list[str]:
        """Names that the first image of a known article may have, without suffix, the encoded one first."""
        encoded = file_name(article_id)
        is_own = encoded != article_id and _is_legal(article_id) and self._article(article_id) == article_id
        return [encoded, article_id] if is_own else [encoded]

    def _article(self, name: str) -> str | None:
        assert self._known is not None  # noqa: S101 (for mypy: its callers asked)
        if "~~" in name and name in self._long:
            return self._long[name]
        if (decoded := _decoded(name)) in self._known and file_name(decoded) == name:
            return decoded
        return name if name in self._known else None

    @cached_property
    def _long(self) -> dict[str, str]:
        """Articles whose names end in a digest, by name."""
        known = self._known or ()
        return {file_name(each): each for each in known if len(encode(each)) > MAX_NAME_LENGTH}


class _File(NamedTuple):
    folder: str
    """Empty for ``images/`` itself."""
    stem: str
    suffix: str
    defect: str
    """Reason for which it cannot be an image; empty if it can."""

    @property
    def path(self) -> str:
        name = self.stem + self.suffix
        return f"{self.folder}/{name}" if self.folder else name

    @property
    def printable_path(self) -> str:
        return self.path.encode(errors="replace").decode()

    def is_usual(self, key: Key) -> bool:
        """True if ``ImageFolder`` looks for it at its path."""
        return self.folder == self._name(key)[:FOLDER_LENGTH] and self.suffix in SUFFIXES

    def rank(self, key: Key) -> tuple[object, ...]:
        """Of the files of one image the least counts; those at a usual path are the least."""
        name = self._name(key)
        suffix, is_own_name = SUFFIXES.index(self.suffix.lower()), name != file_name(key[0])
        if self.is_usual(key):
            return 0, is_own_name, suffix
        is_in_a_folder = bool(self.folder) and self.folder != name[:FOLDER_LENGTH]
        return 1, is_in_a_folder, not self.folder, self.folder, is_own_name, suffix, self.suffix

    def _name(self, key: Key) -> str:
        """The name without the number of a further image."""
        return self.stem.removesuffix(_ending(key[1]))


def _ending(number: int) -> str:
    return "" if number == 1 else f"_{number}"


def _files(images: Path, but_usual: bool = False) -> Iterator[_File]:
    """Everything in the folder and in the folders there; ``but_usual``: without most files at usual paths."""
    if not images.is_dir():
        return
    with os.scandir(images) as entries:
        for entry in entries:
            if entry.is_dir():
                with os.scandir(entry.path) as inner:
                    yield from (
                        _file(entry.name, each)
                        for each in inner
                        if not (but_usual and _looks_usual(entry.name, each.name))
                    )
            else:
                yield _file("", entry)


def _looks_usual(folder: str, file: str) -> bool:
    """True only for files that ``ImageFolder`` finds at a usual path, whatever their number."""
    stem, dot, suffix = file.rpartition(".")
    return stem[:FOLDER_LENGTH] == folder and len(stem) >= FOLDER_LENGTH + 2 and dot + suffix in SUFFIXES


def _file(folder: str, entry: "os.DirEntry[str]") -> _File:
    stem, dot, suffix = entry.name.rpartition(".")
    if entry.is_dir():
        return _File(folder, entry.name, "", TOO_DEEP)
    if not stem or f".{suffix.lower()}" not in SUFFIXES:
        return _File(folder, stem, dot + suffix, WRONG_SUFFIX)
    return _File(folder, stem, dot + suffix, "" if _size(entry.path) else EMPTY)


def _size(path: str) -> int:
    """Bytes of a file; 0 if there is none, or none of that name can be."""
    try:
        return os.stat(path).st_size  # noqa: PTH116  dozens a page: a Path takes longer than the look
    except (OSError, ValueError):
        return 0


def _modified(images: Path) -> dict[str, int]:
    """Times, in nanoseconds, when the folder and the folders there last got or lost a file."""
    if not images.is_dir():
        return {}
    with os.scandir(images) as entries:
        inner = {entry.name: entry.stat().st_mtime_ns for entry in entries if entry.is_dir()}
    return {"": images.stat().st_mtime_ns, **inner}


def _decoded(name: str) -> str:
    try:
        return decode(name)
    except ValueError:
        return name


def _is_legal(name: str) -> bool:
    """True if files may be called so; of a name that is too long there is none."""
    return "/" not in name
