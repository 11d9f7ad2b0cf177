from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core.features.images import EMBEDDING_LENGTH, ImageEmbeddings


def write(path: Path, vectors: dict[str, list[float]], length: int = EMBEDDING_LENGTH) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    padded = [vector + [0.0] * (length - len(vector)) for vector in vectors.values()]
    embedding = pa.array(padded, pa.list_(pa.float32(), length))
    pq.write_table(pa.table({"article_id": pa.array(list(vectors), pa.string()), "embedding": embedding}), path)


def test_vectors_stand_in_the_order_asked_for_normalised(tmp_path: Path) -> None:
    write(tmp_path / "part-0.parquet", {"b": [3.0, 4.0], "gone": [1.0]})
    write(tmp_path / "part-1.parquet", {"a": [0.0, 2.0]})

    images = ImageEmbeddings.open(tmp_path, ["a", "b", "none"])

    np.testing.assert_allclose(images.vectors[:, :2], [[0, 1], [0.6, 0.8], [0, 0]], rtol=1e-6)
    assert images.vectors.shape == (3, EMBEDDING_LENGTH)
    assert images.present.tolist() == [True, True, False]


def test_other_lengths_and_values_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "short" / "part-0.parquet", {"a": [1.0]}, length=64)
    write(tmp_path / "nan" / "part-0.parquet", {"a": [float("nan")]})

    with pytest.raises(ValueError, match="expected article_id and 128 floats of embedding"):
        ImageEmbeddings.open(tmp_path / "short", ["a"])
    with pytest.raises(ValueError, match="no number"):
        ImageEmbeddings.open(tmp_path / "nan", ["a"])
