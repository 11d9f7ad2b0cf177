"""Examples for an encoder of our own: the catalogue's images, shrunk, with attributes of their articles."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from recsys_core.images.album import Album, open_image, read_each
from recsys_core.images.losses import UNKNOWN_LABEL
from recsys_core.store.artifacts import atomic_path

log = logging.getLogger(__name__)

ATTRIBUTES: Final = ("product_type_name", "colour_group_name", "graphical_appearance_name")
"""Told from the image while it learns: type, colour, pattern."""
CROP_MARGIN: Final = 1.5
"""Images are kept at this multiple of the encoder's size, so that a part of one has pixels enough."""
MAX_VALIDATION_IMAGES: Final = 400
VALIDATION_SHARE: Final = 0.08
"""Images of the training part that decide when it has learned enough."""
READ_BATCH_IMAGES: Final = 256

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Rows of the images by what they are for. A product is wholly in one part."""

    learned: IntArray
    validated: IntArray
    held_out: IntArray


@dataclass(frozen=True)
class Examples:
    """Images and what is known of their articles, row by row."""

    images: NDArray[np.uint8]
    """(n, 3, height, width), memory-mapped."""
    products: IntArray
    """(n,) the product code of each, as a number."""
    labels: Mapping[str, IntArray]
    """Labels (n,) by attribute: its value as a number, UNKNOWN_LABEL where it has none."""

    @property
    def classes(self) -> dict[str, int]:
        return {name: int(values.max(initial=UNKNOWN_LABEL)) + 1 for name, values in self.labels.items()}


def split_by_product(products: Sequence[str], held_out: float, seed: int) -> Split:
    """Whole products at random until ``held_out`` of the images are held out, then some more to validate on.

    >>> split = split_by_product(["a", "a", "b", "c", "d", "e"], 0.5, seed=1)
    >>> len(split.held_out) >= 3
    True
    """
    codes = pd.Series(list(products))
    sizes = codes.value_counts(sort=False)
    order = np.random.default_rng(seed).permutation(np.sort(sizes.index.to_numpy(dtype=object)))
    before = np.concatenate([[0], sizes.loc[order].to_numpy().cumsum()[:-1]])
    wanted = held_out * len(codes)
    validated = wanted + min(MAX_VALIDATION_IMAGES, VALIDATION_SHARE * len(codes))
    part = pd.Series(np.where(before < wanted, 2, np.where(before < validated, 1, 0)), index=order)
    parts = part.loc[codes].to_numpy()
    return Split(*(np.flatnonzero(parts == number) for number in (0, 1, 2)))


def label(articles: pd.DataFrame, learned: IntArray) -> dict[str, IntArray]:
    """ATTRIBUTES of the articles as numbers; a value that no learned image has is unknown."""
    labels = {}
    for name in ATTRIBUTES:
        values = articles[name]
        known = sorted(values.iloc[learned].dropna().unique())
        codes = pd.Categorical(values, categories=known).codes.astype(np.int64)
        labels[name] = np.where(codes < 0, UNKNOWN_LABEL, codes)
    return labels


def sizes_kept(height: int, width: int) -> tuple[int, int]:
    """Height and width at which images are kept for an encoder of this size."""
    return round(CROP_MARGIN * height), round(CROP_MARGIN * width)


def shrink_images(album: Album, size: tuple[int, int], target: Path) -> tuple[NDArray[np.uint8], IntArray]:
    """Decode every image once, into the file ``target``; those that are there already are not read again.

    Returns
    -------
    images, readable
        (n_readable, 3, height, width), memory-mapped; the rows of ``album`` that they are of.
    """
    rows_file = target.with_suffix(".rows.npy")
    if not rows_file.exists():
        _write_images(album, size, target, rows_file)
    rows: IntArray = np.load(rows_file)
    return np.load(target, mmap_mode="r")[: len(rows)], rows


def _write_images(album: Album, size: tuple[int, int], target: Path, rows_file: Path) -> None:
    height, width = size

    def small(file: Path) -> NDArray[np.uint8]:
        image = open_image(file, (2 * width, 2 * height))
        return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR)).transpose(2, 0, 1)

    rows: list[int] = []
    shape = (len(album), 3, height, width)
    with atomic_path(target) as fresh:
        images = np.lib.format.open_memmap(fresh, mode="w+", dtype=np.uint8, shape=shape)
        progress = tqdm(range(0, len(album), READ_BATCH_IMAGES), desc="reading images", unit=" batches", disable=None)
        for start in progress:
            files = album.files[start : start + READ_BATCH_IMAGES]
            good, bad = read_each(files, small)
            for place, defect in bad:
                log.warning("%s is left out: %s", files[place], defect)
            for place, image in good:
                images[len(rows)] = image
                rows.append(start + place)
        images.flush()
    with atomic_path(rows_file) as fresh, fresh.open("wb") as file:
        np.save(file, np.array(rows, np.int64))
