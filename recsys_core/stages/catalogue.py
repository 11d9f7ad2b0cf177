"""Stage ``catalogue``: what the shop shows of the articles, what stands beside each, and the text search."""

import logging
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
from numpy.typing import NDArray

from recsys_core.contracts.features import ARTICLES
from recsys_core.contracts.release import CATALOGUE, RELATED, SEARCH
from recsys_core.features.snapshot import Snapshot
from recsys_core.lineage import Lineage
from recsys_core.release.catalogue import catalogue_table, write_catalogue
from recsys_core.release.related import related_articles_of
from recsys_core.search.fit import fit_search
from recsys_core.stages.images import images_now
from recsys_core.stages.stock import stock_now
from recsys_core.store.artifacts import Artefact
from recsys_core.store.image_files import article_ids_with_picture

log = logging.getLogger(__name__)


def build_catalogue(lineage: Lineage) -> Artefact:
    """Build ``catalogue/<key>/`` (catalogue, related, search), or find it.

    Raises
    ------
    FileNotFoundError
        If the snapshot or the two-tower vectors are missing; names the command that makes them.
    ValueError
        If snapshot and vectors do not belong together.
    """
    recipe = lineage.catalogue
    found = lineage.store.find(recipe)
    if found:
        return found
    snapshot = lineage.store.require(lineage.snapshot, "recsys features")
    two_tower = lineage.store.require(lineage.two_tower, "recsys train-retrievers")
    articles = read_articles(snapshot)
    vectors = article_vectors(two_tower, articles.num_rows)
    pictures = article_ids_with_picture(lineage.home.images)
    stock = stock_now(lineage, articles.column("article_id").to_numpy())
    images = images_now(lineage, articles.column("article_id").to_numpy())
    with lineage.store.build(recipe) as draft:
        days = lineage.config.rules.sold_within_days
        table = catalogue_table(articles, days, pictures, None if stock is None else stock.anywhere)
        write_catalogue(table, draft.path / CATALOGUE)
        in_stock = np.asarray(table.column("in_stock").to_numpy(), dtype=bool)
        (draft.path / RELATED).mkdir()
        for relation, nearest in related_articles_of(Snapshot.open(snapshot.path), vectors, in_stock, images):
            np.save(draft.path / RELATED / f"{relation}.npy", nearest)
        draft.summary["search"] = fit_search(table, draft.path / SEARCH)
        draft.summary |= _counts(table)
    return lineage.store.require(recipe, "recsys catalogue")


def read_articles(snapshot: Artefact) -> pa.Table:
    """All articles of a snapshot, by article_idx."""
    return ds.dataset(snapshot.path / ARTICLES, format="parquet").to_table().sort_by("article_idx")


def article_vectors(two_tower: Artefact, n_articles: int) -> NDArray[np.float32]:
    """(n_articles, dim) float32, memory-mapped."""
    vectors: NDArray[np.float32] = np.load(two_tower.path / "article_vectors.npy", mmap_mode="r")
    if len(vectors) != n_articles:
        raise ValueError(f"{two_tower.path} has {len(vectors)} article vectors, the snapshot {n_articles} articles")
    return vectors


def _counts(table: pa.Table) -> dict[str, Any]:
    flags = {name: int(np.sum(table.column(name).to_numpy())) for name in ("in_stock", "has_image")}
    return {"articles": table.num_rows, **flags}
