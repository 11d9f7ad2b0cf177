"""Does a release hold what its manifest says, and can the shop read it? Asked before it goes live."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from recsys_core.contracts.release import LISTS, MANIFEST, RECOMMENDATIONS, SECOND
from recsys_core.serving.release import Release
from recsys_core.store.artifacts import digest_of, file_digests

log = logging.getLogger(__name__)

CHUNK_ROWS = 65_536


class ReleaseDefectError(ValueError):
    """A release that must not go live."""


def verify_release(folder: Path, customers: Path | None = None) -> None:
    """Check files, counts and lists of the release in ``folder``; with a table of ``customers``, that each has one.

    Raises
    ------
    ReleaseDefectError
        Naming the first thing that is wrong.
    """
    release = Release(folder)
    manifest = release.manifest
    _check_files(folder, manifest)
    _check_counts(folder, release, manifest)
    _check_lists(folder, manifest)
    if customers is not None:
        _check_customers(folder, customers)
    _check_reading(release)
    log.info("release %s verified: %d customers, %d articles", release.id, len(release.lists), release.catalogue.size)


def _check_files(folder: Path, manifest: dict[str, Any]) -> None:
    found = {name: digest for name, digest in file_digests(folder).items() if name != MANIFEST}
    said = manifest["content"]
    if differing := sorted(name for name in found.keys() | said.keys() if found.get(name) != said.get(name)):
        raise ReleaseDefectError(f"{folder}: {', '.join(differing)} missing, extra or changed since the manifest")
    if digest_of(found) != manifest["content_sha256"] or manifest["content_sha256"][:8] not in manifest["id"]:
        raise ReleaseDefectError(f"{folder}: the manifest's content_sha256 is not that of its files")


def _check_counts(folder: Path, release: Release, manifest: dict[str, Any]) -> None:
    rows = manifest["rows"]
    recommendations = pq.ParquetFile(folder / RECOMMENDATIONS).metadata.num_rows
    for what, found, said in (
        ("articles", release.catalogue.size, rows["articles"]),
        ("customers with a list", len(release.lists), rows["customers"]),
        (f"rows of {RECOMMENDATIONS}", recommendations, rows["customers"]),
    ):
        if found != said:
            raise ReleaseDefectError(f"{folder}: {found} {what}, expected {said}")


def _check_lists(folder: Path, manifest: dict[str, Any]) -> None:
    for lists in (folder, folder / SECOND):
        if lists == folder or lists.exists():
            _check_lists_in(lists, manifest)


def _check_lists_in(folder: Path, manifest: dict[str, Any]) -> None:
    """Every list full, without duplicates, of articles in the catalogue; customers ascending and unique."""
    customer_ids = np.load(folder / LISTS / "customer_ids.npy", mmap_mode="r")
    article_idx = np.load(folder / LISTS / "article_idx.npy", mmap_mode="r")
    if article_idx.shape != (len(customer_ids), manifest["list_length"]):
        raise ReleaseDefectError(
            f"{folder}: lists of shape {article_idx.shape}, expected {manifest['list_length']} each"
        )
    for start in range(0, len(customer_ids), CHUNK_ROWS):
        ids = customer_ids[start : start + CHUNK_ROWS + 1]
        if not np.all(ids[:-1] < ids[1:]):
            raise ReleaseDefectError(f"{folder}: customers out of order or twice near row {start}")
        ordered = np.sort(article_idx[start : start + CHUNK_ROWS], axis=1)
        if ordered.size and not 0 <= ordered.min() <= ordered.max() < manifest["rows"]["articles"]:
            raise ReleaseDefectError(
                f"{folder}: an article outside the catalogue in rows {start}..{start + CHUNK_ROWS}"
            )
        if (twice := np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))).size:
            customer = customer_ids[start + twice[0]].decode()
            raise ReleaseDefectError(f"{folder}: an article stands twice on the list of customer {customer}")


def _check_customers(folder: Path, customers: Path) -> None:
    """Exactly the known customers have a list; both are in ascending order."""
    customer_ids = np.load(folder / LISTS / "customer_ids.npy", mmap_mode="r")
    row = 0
    for ids in _known_customers(customers):
        mine = customer_ids[row : row + len(ids)]
        if differing := np.flatnonzero(mine != ids[: len(mine)]).tolist():
            wanted, found = ids[differing[0]], mine[differing[0]]
            if found < wanted:
                raise ReleaseDefectError(f"{folder}: a list for customer {found.decode()}, whom nobody knows")
            raise ReleaseDefectError(f"{folder}: customer {wanted.decode()} has no list")
        if len(mine) < len(ids):
            raise ReleaseDefectError(f"{folder}: customer {ids[len(mine)].decode()} has no list")
        row += len(ids)
    if row != len(customer_ids):
        raise ReleaseDefectError(f"{folder}: lists for {len(customer_ids)} customers, {row} are known")


def _known_customers(customers: Path) -> Iterator[Any]:
    scanner = ds.dataset(customers, format="parquet").scanner(columns=["customer_id"], batch_size=CHUNK_ROWS)
    for batch in scanner.to_batches():
        if batch.num_rows:
            yield np.array([one.encode() for one in batch.column(0).to_pylist()], dtype=np.bytes_)


def _check_reading(release: Release) -> None:
    """Reads the release as the shop does, before customers do."""
    if len(release.fallback()) == 0:
        raise ReleaseDefectError(f"{release.path}: nothing to show to a guest")
    article = release.catalogue.article(0)
    if release.catalogue.index_of(article.article_id) != 0:
        raise ReleaseDefectError(f"{release.path}: article {article.article_id} is not found by its id")
    release.search_engine().search(article.prod_name)
