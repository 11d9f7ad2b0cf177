from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from recsys_core.features.images import ImageEmbeddings
from recsys_core.images import embeddings
from recsys_core.images.album import Album, open_image
from recsys_core.images.embeddings import QUARANTINE, Counts, known_vectors, write_embeddings
from recsys_core.images.encoder import FashionImageEncoder
from tests.recsys_core.images.catalogue import write_catalogue
from tests.support.encoders import small_encoder


@pytest.fixture(scope="module")
def encoder() -> FashionImageEncoder:
    return small_encoder()


@pytest.fixture
def album(tmp_path: Path) -> Album:
    write_catalogue(tmp_path / "images", 10)
    return Album.open(tmp_path / "images")


def write(album: Album, encoder: FashionImageEncoder, folder: Path, known: Path | None = None) -> Counts:
    folder.mkdir(exist_ok=True)
    vectors = known_vectors(known, "this one") if known else {}
    return write_embeddings(album, album.checksums(), encoder, vectors, folder, batch=4, made_by="this one")


def test_the_table_holds_what_the_encoder_makes_of_each_image(
    album: Album, encoder: FashionImageEncoder, tmp_path: Path
) -> None:
    assert write(album, encoder, tmp_path / "table") == Counts(images=10, embedded=10, quarantined=0)
    found = ImageEmbeddings.open(tmp_path / "table", album.article_ids).vectors
    pixels = np.stack([encoder.preprocessing(open_image(file)) for file in album.files])
    np.testing.assert_allclose(found, encoder.embed(pixels), atol=1e-5)


def test_only_new_and_changed_images_go_through_the_encoder(
    album: Album, encoder: FashionImageEncoder, tmp_path: Path
) -> None:
    (tmp_path / "tables").mkdir()
    write(album, encoder, tmp_path / "tables" / ".draft-of-a-killed-run")
    Image.new("RGB", (80, 120), "red").save(album.files[3])
    Image.new("RGB", (80, 120), "blue").save(album.files[0].with_name("0999999999.jpg"))
    album.files[5].unlink()
    now = Album.open(tmp_path / "images")

    assert write(now, encoder, tmp_path / "new", tmp_path / "tables") == Counts(10, embedded=2, quarantined=0)

    write(now, encoder, tmp_path / "from-scratch")
    for one, other in ((tmp_path / name / "part-00000.parquet" for name in ("new", "from-scratch")),):
        assert pq.read_table(one)["article_id"].to_pylist() == list(now.article_ids)
        for left, right in zip(*(pq.read_table(table)["embedding"].to_pylist() for table in (one, other)), strict=True):
            np.testing.assert_allclose(left, right, atol=1e-5)


def test_a_damaged_image_is_quarantined_with_its_reason(
    album: Album, encoder: FashionImageEncoder, tmp_path: Path
) -> None:
    album.files[2].write_bytes(b"\xff\xd8 broken")
    assert write(album, encoder, tmp_path / "table") == Counts(9, embedded=9, quarantined=1)
    (row,) = pq.read_table(tmp_path / "table" / QUARANTINE / "part-00000.parquet").to_pylist()
    assert row["article_id"] == album.article_ids[2]
    assert row["file"] == f"{album.files[2].parent.name}/{album.files[2].name}"
    assert "JPEG" in row["reason"]
    kept = pq.read_table(tmp_path / "table" / "part-00000.parquet")["article_id"].to_pylist()
    assert album.article_ids[2] not in kept


def test_a_killed_run_goes_on_after_its_last_file(
    album: Album, encoder: FashionImageEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "IMAGES_PER_PART", 4)
    write(album, encoder, tmp_path / "whole")
    write(album, encoder, tmp_path / "table")
    for late in ("part-00002.parquet", "part-00001.parquet"):
        (tmp_path / "table" / late).unlink()

    assert write(album, encoder, tmp_path / "table") == Counts(10, embedded=6, quarantined=0)
    for part in range(3):
        one, other = (tmp_path / name / f"part-{part:05d}.parquet" for name in ("whole", "table"))
        assert one.read_bytes() == other.read_bytes()


def test_vectors_of_another_encoder_are_not_known(album: Album, encoder: FashionImageEncoder, tmp_path: Path) -> None:
    write(album, encoder, tmp_path / "table")
    assert len(known_vectors(tmp_path, "this one")) == 10
    assert known_vectors(tmp_path, "another") == {}
