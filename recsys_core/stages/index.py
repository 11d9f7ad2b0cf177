"""Stage ``index``: the release's Milvus collection, checked before anything names it."""

import logging
from typing import Any

import pyarrow as pa

from recsys_core.artefacts import Artefact, write_json
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

log = logging.getLogger(__name__)


def build_index(lineage: Lineage) -> Artefact:
    """Fill and check the collection; ``index/<key>/checks.json`` is the record.

    The record may be there while the collection is not (another server, lost data): it is filled and checked
    again then.

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
    name = collection_name(recipe.key)
    content = read_content(lineage)
    with milvus_client(lineage.home, config) as client:
        collection = ArticleCollection(client, name, config.index_type)
        built = collection.ensure(content)
        found = lineage.store.find(recipe)
        if found and not built:
            return found
        checks = check_collection(collection, content, config.min_filtered_recall)
    log.info("Milvus collection %s: %s", name, checks)
    if found:
        return found
    with lineage.store.build(recipe) as draft:
        write_json(draft.path / "checks.json", without_timing(checks))
        draft.summary |= describe(name, content.dim, config.index_type, checks)
    return lineage.store.require(recipe, "recsys index")


def read_content(lineage: Lineage) -> ArticleVectors:
    """The catalogue's articles and their vectors."""
    catalogue = lineage.store.require(lineage.catalogue, "recsys catalogue")
    two_tower = lineage.store.require(lineage.two_tower, "recsys train-retrievers")
    articles = pa.ipc.open_file(pa.memory_map(str(catalogue.path / CATALOGUE / "articles.arrow"))).read_all()
    return ArticleVectors(articles, article_vectors(two_tower, articles.num_rows))


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
