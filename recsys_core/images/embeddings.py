"""Vectors of the catalogue's images as a table: only what is new or changed goes through the encoder."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from tqdm import tqdm

from recsys_core.features.images import EMBEDDING_LENGTH
from recsys_core.images.album import Album, open_image, read_each
from recsys_core.images.encoder import FashionImageEncoder
from recsys_core.store.artifacts import DamagedArtifactError, atomic_path, check_files, open_artifact

log = logging.getLogger(__name__)

IMAGES_PER_PART: Final = 1024
"""Images a file; what a killed run goes on after."""
QUARANTINE: Final = "quarantine"
"""Folder beside the table: which images cannot be read, and why."""
MADE_BY: Final = "made_by.txt"
"""Beside the table: the encoder and the version of this code."""
SCHEMA: Final = pa.schema(
    [("article_id", pa.string()), ("embedding", pa.list_(pa.float32(), EMBEDDING_LENGTH)), ("sha256", pa.string())]
)
DAMAGED: Final = pa.schema([("article_id", pa.string()), ("file", pa.string()), ("reason", pa.string())])

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Counts:
    """Counts of a whole table."""

    images: int
    embedded: int
    """Through the encoder in this run; the others were known."""
    quarantined: int


def known_vectors(tables: Path, made_by: str) -> dict[tuple[str, str], Vector]:
    """Vectors by (article_id, SHA-256 of the image) in all tables below ``tables`` that say ``made_by``.

    Also in those that a killed run left: a slow encoder gets through a catalogue that changes every day. A table with a
    file that changed since it was made is left out.
    """
    known: dict[tuple[str, str], Vector] = {}
    for said in sorted(tables.glob(f"*/{MADE_BY}")):
        if not said.parent.is_symlink() and said.read_text() == made_by and _is_whole(said.parent):
            for part in sorted(said.parent.glob("*.parquet")):
                table = pq.read_table(part)
                keys = zip(table["article_id"].to_pylist(), table["sha256"].to_pylist(), strict=True)
                known |= dict(zip(keys, vectors_of(table), strict=True))
    return known


def _is_whole(table: Path) -> bool:
    made = open_artifact(table.parent.name, table)
    try:
        return made is None or bool(check_files(made, "recsys embed-images"))
    except DamagedArtifactError as damage:
        log.warning("its vectors are made again: %s", damage)
        return False


def vectors_of(table: pa.Table) -> Vector:
    """(n, EMBEDDING_LENGTH) of the column ``embedding``."""
    flat: Vector = table["embedding"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return flat.reshape(-1, EMBEDDING_LENGTH)


def write_embeddings(
    album: Album,
    checksums: list[str],
    encoder: FashionImageEncoder,
    known: Mapping[tuple[str, str], Vector],
    folder: Path,
    batch: int,
    made_by: str,
) -> Counts:
    """Write ``part-NNNNN.parquet`` and ``quarantine/part-NNNNN.parquet``; parts that are there already stay."""
    (folder / QUARANTINE).mkdir(exist_ok=True)
    (folder / MADE_BY).write_text(made_by)
    total = embedded = quarantined = 0
    with tqdm(total=len(album), desc="embedding images", unit=" images", mininterval=5, disable=None) as progress:
        for number, start in enumerate(range(0, len(album), IMAGES_PER_PART)):
            rows = range(start, min(start + IMAGES_PER_PART, len(album)))
            table_file = folder / f"part-{number:05d}.parquet"
            damaged_file = folder / QUARANTINE / table_file.name
            if not table_file.exists():
                writer = _Part(album.take(rows), checksums[rows.start : rows.stop], known)
                writer.embed(encoder, batch, progress)
                embedded += writer.embedded
                _write(writer.damaged(), damaged_file)
                _write(writer.table(), table_file)
            progress.n = rows.stop
            total += pq.read_metadata(table_file).num_rows
            quarantined += pq.read_metadata(damaged_file).num_rows
    return Counts(total, embedded, quarantined)


class _Part:
    """The vectors of some images."""

    def __init__(self, album: Album, checksums: list[str], known: Mapping[tuple[str, str], Vector]) -> None:
        self.album, self.checksums = album, checksums
        found = {i: known.get(key) for i, key in enumerate(zip(album.article_ids, checksums, strict=True))}
        self.vectors = {i: vector for i, vector in found.items() if vector is not None}
        self.defects: dict[int, str] = {}
        self.embedded = 0

    def embed(self, encoder: FashionImageEncoder, batch: int, progress: "tqdm[None]") -> None:
        wanted = [i for i in range(len(self.album)) if i not in self.vectors]
        progress.update(len(self.vectors))
        preprocessing = encoder.preprocessing
        for start in range(0, len(wanted), batch):
            rows = wanted[start : start + batch]
            files = [self.album.files[i] for i in rows]
            good, bad = read_each(files, lambda file: preprocessing(open_image(file, preprocessing.enough())))
            self.defects |= {rows[place]: str(defect) for place, defect in bad}
            if good:
                vectors = encoder.embed(np.stack([pixels for _, pixels in good]))
                self.vectors |= {rows[place]: vector for (place, _), vector in zip(good, vectors, strict=True)}
            self.embedded += len(good)
            progress.update(len(rows))

    def table(self) -> pa.Table:
        rows = sorted(self.vectors)
        values = np.stack([self.vectors[i] for i in rows]) if rows else np.zeros((0, EMBEDDING_LENGTH))
        flat = pa.array(values.astype(np.float32).ravel())
        columns = [
            pa.array([self.album.article_ids[i] for i in rows], pa.string()),
            pa.FixedSizeListArray.from_arrays(flat, EMBEDDING_LENGTH),
            pa.array([self.checksums[i] for i in rows], pa.string()),
        ]
        return pa.table(columns, schema=SCHEMA)

    def damaged(self) -> pa.Table:
        rows = sorted(self.defects)
        for i in rows:
            log.warning("%s is quarantined: %s", self.album.files[i], self.defects[i])
        names = [f"{self.album.files[i].parent.name}/{self.album.files[i].name}" for i in rows]
        columns = [[self.album.article_ids[i] for i in rows], names, [self.defects[i] for i in rows]]
        return pa.table([pa.array(column, pa.string()) for column in columns], schema=DAMAGED)


def _write(table: pa.Table, file: Path) -> None:
    with atomic_path(file) as fresh:
        pq.write_table(table, fresh)
