"""Reads the image embeddings: one vector for each article that has an image.

``<workspace>/image_embeddings/current/*.parquet`` holds ``article_id`` (string) and ``embedding``
(fixed_size_list<float32>[128]). A workspace without the table has no images, or has not embedded them yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.features.snapshot import FloatArray

EMBEDDING_LENGTH = 128


@dataclass(frozen=True)
class ImageEmbeddings:
    """Embeddings of a snapshot's articles."""

    vectors: FloatArray
    """(n_articles, EMBEDDING_LENGTH), rows L2-normalised; zero where the article has none."""

    @classmethod
    def open(cls, folder: Path, article_ids: Sequence[str] | npt.NDArray[np.object_]) -> "ImageEmbeddings":
        """The embeddings of ``article_ids`` (n_articles,), unique outside ids, in their order.

        Raises
        ------
        ValueError
            If the table has other columns, or an embedding another length or a value that is no number.
        """
        table = _read(folder)
        row = pd.Index(article_ids).get_indexer(pd.Index(table["article_id"].to_numpy(zero_copy_only=False)))
        values = table["embedding"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        if not np.isfinite(values).all():
            raise ValueError(f"{folder}: an embedding holds a value that is no number")
        vectors = np.zeros((len(article_ids), EMBEDDING_LENGTH), np.float32)
        vectors[row[row >= 0]] = values.reshape(-1, EMBEDDING_LENGTH)[row >= 0]
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
        return cls(vectors)

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """(n_articles,) whether the article has an embedding."""
        return np.asarray(self.vectors.any(axis=1))


def _read(folder: Path) -> pa.Table:
    expected = pa.schema(
        [("article_id", pa.string()), ("embedding", pa.list_(pa.float32(), EMBEDDING_LENGTH))],
    )
    parts = [pq.read_table(part) for part in sorted(folder.glob("*.parquet"))]
    try:
        return pa.concat_tables([part.select(expected.names).cast(expected) for part in parts])
    except (KeyError, pa.ArrowException) as error:
        raise ValueError(f"{folder}: expected article_id and {EMBEDDING_LENGTH} floats of embedding: {error}") from None
