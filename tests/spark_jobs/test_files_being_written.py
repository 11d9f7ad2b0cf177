"""Files that change while an ingest reads them."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from recsys_core.store.artifacts import ArtifactStore
from recsys_core.workspace import Workspace
from spark_jobs.batches import ensure_batch
from spark_jobs.io import REMEMBERED_BYTES, Checksums
from spark_jobs.raw_file import RawFile, RawRows
from spark_jobs.schemas import kaggle_sources
from tests.spark_jobs.conftest import TRANSACTIONS

(SOURCE,) = (source for source in kaggle_sources() if source.contract.name == "transactions")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "transactions_train.csv"
    path.write_text(TRANSACTIONS)
    return path


def test_a_file_that_grows_while_its_checksum_is_taken_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.file_digest

    def while_written(file: Any, name: str) -> Any:
        found = digest(file, name)
        with path.open("a") as upload:
            upload.write("2020-09-03,anna,")
        return found

    monkeypatch.setattr(hashlib, "file_digest", while_written)
    with pytest.raises(ValueError, match=r"^transactions_train\.csv is being written: it changed while it was read"):
        Checksums(Workspace(path.parent)).of(path)


def test_a_file_that_changed_since_its_checksum_is_refused_by_what_it_holds(path: Path) -> None:
    file = RawFile(path, "transactions_train.csv", Checksums(Workspace(path.parent)).of(path), SOURCE)
    file.check_unchanged()
    os.utime(path, (1, 1))  # written again with the same bytes
    file.check_unchanged()
    path.write_text(TRANSACTIONS.replace("anna", "dora"))
    with pytest.raises(ValueError, match=r"transactions_train\.csv is being written"):
        file.check_unchanged()


def test_checksums_of_large_files_alone_are_remembered(tmp_path: Path) -> None:
    workspace, small, large = Workspace(tmp_path / "workspace"), tmp_path / "small", tmp_path / "large"
    workspace.root.mkdir()
    small.write_bytes(b"x")
    large.write_bytes(b"x" * REMEMBERED_BYTES)
    before = [Checksums(workspace).of(path) for path in (small, large)]
    (name,) = json.loads((workspace.root / "checksums.json").read_text())
    assert name.startswith(f"{large}|{REMEMBERED_BYTES}|")
    assert [Checksums(workspace).of(path) for path in (small, large)] == before


class Uploaded(RawFile):
    """A file to which rows are added once Spark has its first ones."""

    def read(self, spark: SparkSession, frames: Path) -> RawRows:
        rows = super().read(spark, frames)
        with self.path.open("a") as upload:
            upload.write("2020-09-03,anna,0000000001,0.05,2\n")
        return rows


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_rows_of_a_file_that_changed_are_not_kept_under_its_checksum(path: Path) -> None:
    workspace = Workspace(path.parent)
    store, checksum = ArtifactStore(workspace), Checksums(workspace).of(path)
    with pytest.raises(ValueError, match="is being written"):
        ensure_batch(store, Uploaded(path, path.name, checksum, SOURCE), 1.0)
    assert not list((workspace.root / "batches").glob("[!.]*"))

    path.write_text(TRANSACTIONS)
    kept = ensure_batch(store, RawFile(path, path.name, checksum, SOURCE), 1.0)
    assert kept.summary["rows_in"] == 4
