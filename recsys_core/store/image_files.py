"""Articles that have an image, by the names in the images folder."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

SUFFIX = ".jpg"
FURTHER_IMAGE = re.compile(rf"_\d+{re.escape(SUFFIX)}$")
"""End of the name of a further image of an article (``<article_id>_2.jpg``), which only the product page shows."""


def image_files(images: Path) -> dict[str, Path]:
    """``images/0NN/<article_id>.jpg`` by article_id, ascending; without further images, empty without the folder."""
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
                    yield from (Path(file.path) for file in files if _is_first_image(file.name))


def _is_first_image(name: str) -> bool:
    return name.endswith(SUFFIX) and not FURTHER_IMAGE.search(name)


def names_digest(article_ids: Iterable[str]) -> str:
    """One digest for a set of names."""
    return hashlib.sha256("\n".join(sorted(article_ids)).encode()).hexdigest()
