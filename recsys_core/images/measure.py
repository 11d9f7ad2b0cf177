"""Measures of an encoder beside a histogram of colours: recognition of altered images, precision by type."""

from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

Vectors = NDArray[np.float32]

TOP_K: Final = 10
CUT: Final = (0.7, 0.9)
"""Part of width and height that an altered image keeps."""
CROP_JITTER: Final = 0.2
"""Largest change of brightness, contrast and saturation."""
JPEG_QUALITY: Final = 40
HISTOGRAM_BINS: Final = 4
"""Bins of each colour channel: 64 in all."""
HISTOGRAM_SIZE: Final = (64, 96)
BLOCK_QUERIES: Final = 256
"""Queries compared at a time."""


def alter(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The image as somebody passes it on: cut to 70 to 90 %, mirrored, lit otherwise, saved as a poor JPEG."""
    part = rng.uniform(*CUT)
    width, height = (max(1, round(part * side)) for side in image.size)
    left, top = (
        int(rng.integers(0, whole - kept + 1)) for whole, kept in zip(image.size, (width, height), strict=True)
    )
    altered = image.convert("RGB").crop((left, top, left + width, top + height))
    altered = altered.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        altered = enhance(altered).enhance(rng.uniform(1 - CROP_JITTER, 1 + CROP_JITTER))
    file = BytesIO()
    altered.save(file, "JPEG", quality=JPEG_QUALITY)
    return Image.open(file)


def colour_histogram(image: Image.Image) -> Vectors:
    """(bins ** 3,) roots of the shares of the pixels by colour: a cosine is then Bhattacharyya's coefficient."""
    pixels = np.asarray(image.convert("RGB").resize(HISTOGRAM_SIZE, Image.Resampling.BILINEAR)) // (
        256 // HISTOGRAM_BINS
    )
    code = (pixels[..., 0] * HISTOGRAM_BINS + pixels[..., 1]) * HISTOGRAM_BINS + pixels[..., 2]
    counts = np.bincount(code.ravel(), minlength=HISTOGRAM_BINS**3).astype(np.float32)
    shares: Vectors = counts / counts.sum()
    return np.sqrt(shares)


def share_found(altered: Vectors, vectors: Vectors, rows: NDArray[np.int64], top: int = TOP_K) -> float:
    """Share of ``altered`` (n_queries, dim) that have their original, one of ``rows`` of ``vectors``, in the top."""
    found = 0
    for start in range(0, len(rows), BLOCK_QUERIES):
        scores = altered[start : start + BLOCK_QUERIES] @ vectors.T
        own = scores[np.arange(len(scores)), rows[start : start + BLOCK_QUERIES]]
        found += int(np.sum((scores > own[:, None]).sum(axis=1) < top))
    return found / len(rows)


def nearest(vectors: Vectors, rows: NDArray[np.int64], top: int = TOP_K) -> NDArray[np.int64]:
    """(n_queries, top) rows most alike to each of ``rows``, itself left out, most alike first."""
    blocks = []
    for start in range(0, len(rows), BLOCK_QUERIES):
        queries = rows[start : start + BLOCK_QUERIES]
        scores = vectors[queries] @ vectors.T
        scores[np.arange(len(queries)), queries] = -np.inf
        blocks.append(np.argsort(-scores, axis=1, kind="stable")[:, :top])
    return np.concatenate(blocks)


def precision(neighbours: NDArray[np.int64], rows: NDArray[np.int64], values: NDArray[np.object_]) -> float:
    """Share of the neighbours that have their query's value; queries without one are not asked.

    >>> precision(np.array([[1, 2], [0, 2]]), np.array([0, 1]), np.array(["Dress", "Dress", "Hat"], dtype=object))
    0.5
    """
    known = np.array([isinstance(value, str) for value in values[rows]], dtype=bool)
    if not known.any():
        return 0.0
    same: NDArray[np.bool_] = values[neighbours[known]] == values[rows[known]][:, None]
    return float(same.mean())
