"""Articles that have an image, by the names in the images folder."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

SUFFIX = ".jpg"


def image_files(images: Path) -> dict[str, Path]:
    """``images/0NN/<article_id>.jpg`` by article_id, ascending; empty without the folder."""
    return dict(sorted((path.name.removesuffix(SUFFIX), path) for path in _files(images)))


def article_ids_with_image(images: Path) -> frozenset[str]:
    """Those of ``image_files``."""
    return frozenset(path.name.removesuffix(SUFFIX) for path in _files(images))


def _files(images: Path) -> Iterator[Path]:
    if not images.is_dir():
        return
    with os.scandir(images) as folders:
        for folder in folders:
            if folder.is_dir():
                with os.scandir(folder.path) as files:
                    yield from (Path(file.path) for file in files if file.name.endswith(SUFFIX))


def names_digest(article_ids: Iterable[str]) -> str:
    """One digest for a set of names."""
    return hashlib.sha256("\n".join(sorted(article_ids)).encode()).hexdigest()
