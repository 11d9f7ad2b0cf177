"""Contents of a release's Milvus collections, their filling and checks, and their description in the manifest."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from recsys_core.contracts.release import CATALOGUE
from recsys_core.features.images import ImageEmbeddings
from recsys_core.index.checks import check_collection
from recsys_core.index.collection import METRIC, SEARCH_PARAMS, ArticleCollection, ArticleVectors, collection_name
from recsys_core.index.config import IndexConfig
from recsys_core.index.server import milvus_client
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)
ARTICLES: Final = "articles"
IMAGES: Final = "images"
"""Names of the two collections in manifests and in their own names."""


def read_articles(catalogue: Path, vectors: np.ndarray) -> ArticleVectors:
    """The articles of a ``catalogue/<key>/`` folder with their two-tower ``vectors`` (n_articles, dim)."""
    articles = pa.ipc.open_file(pa.memory_map(str(catalogue / CATALOGUE / "articles.arrow"))).read_all()
    return ArticleVectors.of_all(articles, vectors)


def read_images(embeddings: Path, articles: pa.Table) -> ArticleVectors | None:
    """The articles with an image, and its vectors; None without any."""
    images = ImageEmbeddings.open(embeddings, articles.column("article_id").to_numpy())
    return ArticleVectors.of_some(articles, images.vectors, images.present) if images.present.any() else None


def fill_collections(
    workspace: Workspace, config: IndexConfig, key: str, contents: Mapping[str, ArticleVectors], check_all: bool
) -> dict[str, dict[str, Any]]:
    """Fill the collections that lack something; returns the checks of these, or of all with ``check_all``.

    Raises
    ------
    IndexDefectError
        If a collection fails a check.
    MilvusUnreachableError
        If no Milvus answers.
    """
    checks: dict[str, dict[str, Any]] = {}
    with milvus_client(workspace, config) as client:
        for of, content in contents.items():
            collection = ArticleCollection(client, collection_name(key, of), config.index_type)
            if collection.ensure(content) or check_all:
                checks[of] = check_collection(collection, content, config.min_filtered_recall)
                log.info("Milvus collection %s: %s", collection.name, checks[of])
    return checks


def describe(name: str, dim: int, index_type: str, checks: dict[str, Any], of: str = ARTICLES) -> dict[str, Any]:
    """Returns the manifest's description of a collection: all that a client needs to search it."""
    return {
        "collections": {of: name},
        "dim": dim,
        "metric_type": METRIC,
        "index_type": index_type,
        "search_params": SEARCH_PARAMS[index_type],
        "checks": checks,
    }
