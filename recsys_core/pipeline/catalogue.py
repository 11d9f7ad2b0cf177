"""``recsys catalogue``: the articles as the shop shows them, the related articles of each, and the text search."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
from numpy.typing import NDArray

from recsys_core.contracts.features import ARTICLES
from recsys_core.contracts.release import CATALOGUE, RELATED, SEARCH
from recsys_core.data.stock import Stock
from recsys_core.features.images import ImageEmbeddings
from recsys_core.features.snapshot import Snapshot
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.stage import Stage, Work
from recsys_core.pipeline.train_retrievers import TWO_TOWER, retriever_spec
from recsys_core.release.catalogue import catalogue_table, write_catalogue
from recsys_core.release.related import related_articles_of
from recsys_core.search.fit import fit_search, texts_digest
from recsys_core.store.artifacts import Artifact, ArtifactSpec, DamagedArtifactError, check_files
from recsys_core.store.image_files import find_images

log = logging.getLogger(__name__)
VERSION = 7


def catalogue_spec(plan: BuildPlan) -> ArtifactSpec:
    """Artifact spec of the articles as the shop shows them; a new or changed image makes a new artifact."""
    inputs = {"snapshot": snapshot_spec(plan).key, "two_tower": retriever_spec(plan, TWO_TOWER).key}
    inputs |= {"images": plan.image_names} | plan.image_inputs
    return ArtifactSpec("catalogue", VERSION, inputs, plan.eligibility | plan.stock_params, "recsys catalogue")


def write(work: Work) -> None:
    """Write catalogue, related articles and search.

    Raises
    ------
    ValueError
        If snapshot and vectors do not belong together.
    """
    snapshot = Snapshot.open(work.inputs["snapshot"])
    write_with(work, snapshot, article_vectors(work.inputs[TWO_TOWER], snapshot.n_articles))


def write_with(work: Work, snapshot: Snapshot, vectors: NDArray[np.float32] | None) -> None:
    """Write it with similar articles by these vectors (n_articles, dim), rows L2-normalised; None: without them."""
    articles = read_articles(work.inputs["snapshot"])
    article_ids = articles.column("article_id").to_numpy()
    stock = Stock.open(work.stock, article_ids) if work.stock else None
    images = ImageEmbeddings.open(work.image_embeddings, article_ids) if work.image_embeddings else None
    days = work.config.rules.sold_within_days
    found = find_images(work.images, frozenset(article_ids))
    found.log_ignored()
    table = catalogue_table(articles, days, found.first.keys(), None if stock is None else stock.anywhere)
    write_catalogue(table, work.folder / CATALOGUE)
    in_stock = np.asarray(table.column("in_stock").to_numpy(), dtype=bool)
    (work.folder / RELATED).mkdir()
    for relation, nearest in related_articles_of(snapshot, vectors, in_stock, images):
        np.save(work.folder / RELATED / f"{relation}.npy", nearest)
    work.summary["search"] = fit_search(table, work.folder / SEARCH, fitted=_fitted_on_the_same(table, work.earlier()))
    work.summary.update(_counts(table) | {"images_ignored": found.ignored_counts})


def read_articles(snapshot: Path) -> pa.Table:
    """All articles of a snapshot, by article_idx."""
    return ds.dataset(snapshot / ARTICLES, format="parquet").to_table().sort_by("article_idx")


def article_vectors(two_tower: Path, n_articles: int) -> NDArray[np.float32]:
    """(n_articles, dim) float32, memory-mapped."""
    vectors: NDArray[np.float32] = np.load(two_tower / "article_vectors.npy", mmap_mode="r")
    if len(vectors) != n_articles:
        raise ValueError(f"{two_tower} has {len(vectors)} article vectors, the snapshot {n_articles} articles")
    return vectors


def n_articles_of(catalogue: Artifact) -> int:
    """Number of articles of a catalogue artifact."""
    return int(catalogue.summary["articles"])


def _fitted_on_the_same(table: pa.Table, earlier: Sequence[Artifact]) -> Path | None:
    """The search of an earlier catalogue whose articles had the same texts; None if there is none, or it is damaged."""
    texts = texts_digest(table)
    same = next((each for each in earlier if each.summary.get("search", {}).get("texts") == texts), None)
    try:
        return check_files(same, "recsys catalogue").path / SEARCH if same else None
    except DamagedArtifactError as damage:
        log.warning("the search is fitted anew: %s", damage)
        return None


def _counts(table: pa.Table) -> dict[str, Any]:
    flags = {name: int(np.sum(table.column(name).to_numpy())) for name in ("in_stock", "has_image")}
    return {"articles": table.num_rows, **flags}


STAGE = Stage(
    "catalogue",
    VERSION,
    inputs=lambda plan: {"snapshot": snapshot_spec(plan), TWO_TOWER: retriever_spec(plan, TWO_TOWER)},
    output=catalogue_spec,
    run=write,
)
