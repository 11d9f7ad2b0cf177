"""Which articles have a picture, by the names in the images folder."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

SUFFIX = ".jpg"


def article_ids_with_picture(images: Path) -> frozenset[str]:
    """article_ids with ``images/0NN/<article_id>.jpg``; empty without the folder."""
    if not images.is_dir():
        return frozenset()
    return frozenset(name.removesuffix(SUFFIX) for name in _names(images) if name.endswith(SUFFIX))


def _names(images: Path) -> Iterable[str]:
    with os.scandir(images) as folders:
        for folder in folders:
            if folder.is_dir():
                with os.scandir(folder.path) as files:
                    yield from (file.name for file in files)


def names_digest(article_ids: Iterable[str]) -> str:
    """One digest for a set of names."""
    return hashlib.sha256("\n".join(sorted(article_ids)).encode()).hexdigest()
