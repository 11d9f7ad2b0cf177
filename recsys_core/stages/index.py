"""Stage ``index``: the release's Milvus collections, checked before anything names them."""

import logging
from typing import Any, Final

import pyarrow as pa

from recsys_core.contracts.release import CATALOGUE
from recsys_core.index.checks import check_collection, without_timing
from recsys_core.index.collection import (
    METRIC,
    SEARCH_PARAMS,
    ArticleCollection,
    ArticleVectors,
    collection_name,
)
from recsys_core.index.server import milvus_client
from recsys_core.lineage import Lineage
from recsys_core.stages.catalogue import article_vectors
from recsys_core.stages.images import images_now
from recsys_core.store.artifacts import Artefact, write_json

log = logging.getLogger(__name__)


ARTICLES: Final = "articles"
PICTURES: Final = "pictures"


def build_index(lineage: Lineage) -> Artefact:
    """Fill and check the collections of articles and of their pictures; ``index/<key>/checks.json`` is the record.

    The record may be there while a collection is not (another server, lost data): it is filled and checked again then.

    Raises
    ------
    FileNotFoundError
        If the catalogue or the two-tower vectors are missing.
    IndexDefect
        If the collection fails a check.
    MilvusUnreachable
        If no Milvus answers.
    """
    recipe, config = lineage.index, lineage.config.index
    contents = {ARTICLES: read_content(lineage)}
    pictures = read_pictures(lineage, contents[ARTICLES].articles)
    if pictures:
        contents[PICTURES] = pictures
    found = lineage.store.find(recipe)
    checks: dict[str, dict[str, Any]] = {}
    with milvus_client(lineage.home, config) as client:
        for of, content in contents.items():
            collection = ArticleCollection(client, collection_name(recipe.key, of), config.index_type)
            if collection.ensure(content) or not found:
                checks[of] = check_collection(collection, content, config.min_filtered_recall)
                log.info("Milvus collection %s: %s", collection.name, checks[of])
    if found:
        return found
    with lineage.store.build(recipe) as draft:
        said = {
            of: describe(collection_name(recipe.key, of), content.dim, config.index_type, checks[of], of)
            for of, content in contents.items()
        }
        write_json(draft.path / "checks.json", {of: without_timing(each) for of, each in checks.items()})
        draft.summary |= said[ARTICLES]
        if pictures:
            model = _model_of(lineage)
            draft.summary[PICTURES] = {"encoder": model, "milvus": said[PICTURES]}
    return lineage.store.require(recipe, "recsys index")


def read_content(lineage: Lineage) -> ArticleVectors:
    """The catalogue's articles and their two-tower vectors."""
    catalogue = lineage.store.require(lineage.catalogue, "recsys catalogue")
    two_tower = lineage.store.require(lineage.two_tower, "recsys train-retrievers")
    articles = pa.ipc.open_file(pa.memory_map(str(catalogue.path / CATALOGUE / "articles.arrow"))).read_all()
    return ArticleVectors.of_all(articles, article_vectors(two_tower, articles.num_rows))


def read_pictures(lineage: Lineage, articles: pa.Table) -> ArticleVectors | None:
    """The articles with a picture, and its vectors; None without any, or where nobody knows which encoder made them."""
    images = images_now(lineage, articles.column("article_id").to_numpy()) if _model_of(lineage) else None
    if images is None or not images.present.any():
        return None
    return ArticleVectors.of_some(articles, images.vectors, images.present)


def _model_of(lineage: Lineage) -> str | None:
    """The encoder whose vectors are current: without it a shopper's picture cannot be compared with them."""
    made = lineage.embeddings
    return str(made.summary["model"]) if made else None


def describe(name: str, dim: int, index_type: str, checks: dict[str, Any], of: str = "articles") -> dict[str, Any]:
    """What the manifest says about the collection: all that a client needs to search it."""
    return {
        "collections": {of: name},
        "dim": dim,
        "metric_type": METRIC,
        "index_type": index_type,
        "search_params": SEARCH_PARAMS[index_type],
        "checks": checks,
    }
