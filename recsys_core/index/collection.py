"""Articles as a Milvus collection: two-tower or image vectors, with the attributes a search is filtered by."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pymilvus import DataType, MilvusClient
from tqdm import tqdm

from recsys_core.contracts.columns import FACETS
from recsys_core.serving.vectors import ID, VECTOR, id_of

log = logging.getLogger(__name__)

ALIAS: Final = "articles_live"
"""Points at the live release's collection, for people who look around. The shop goes by its manifest."""
METRIC: Final = "IP"
"""Cosine of unit vectors; asked for cosines, Milvus Lite measures every vector's length in every search."""
INSERT_BATCH_ROWS: Final = 4096
MAX_TEXT_LENGTH: Final = 1024
POLL_SECONDS: Final = 0.2
STRONG: Final = {"consistency_level": "Strong"}
"""Reads what was just written; Milvus's default may lag behind by seconds."""

BUILD_PARAMS: Final[dict[str, dict[str, int]]] = {
    "FLAT": {},
    "IVF_FLAT": {"nlist": 1024},
    "HNSW": {"M": 32, "efConstruction": 360},
}
SEARCH_PARAMS: Final[dict[str, dict[str, int]]] = {"FLAT": {}, "IVF_FLAT": {"nprobe": 256}, "HNSW": {"ef": 512}}


@dataclass(frozen=True)
class ArticleVectors:
    """Contents of a collection, row by row."""

    articles: pa.Table
    """Columns of the catalogue: FACETS, article_id, price, in_stock."""
    vectors: NDArray[np.float32]
    """(n_rows, dim), rows L2-normalised."""
    article_idx: NDArray[np.int64]
    """(n_rows,) ascending."""

    @classmethod
    def of_all(cls, articles: pa.Table, vectors: NDArray[np.float32]) -> Self:
        """Row ``i`` of both is ``article_idx`` i."""
        return cls(articles, vectors, np.arange(len(vectors), dtype=np.int64))

    @classmethod
    def of_some(cls, articles: pa.Table, vectors: NDArray[np.float32], present: NDArray[np.bool_]) -> Self:
        """The articles that are ``present`` (n_articles,)."""
        idx = np.flatnonzero(present)
        return cls(articles.take(idx), vectors[idx], idx.astype(np.int64))

    @property
    def dim(self) -> int:
        return int(self.vectors.shape[1])

    def rows_of(self, article_idx: Sequence[int]) -> NDArray[np.int64]:
        """Rows of articles that it holds."""
        return np.searchsorted(self.article_idx, np.asarray(article_idx, np.int64)).astype(np.int64)

    def __len__(self) -> int:
        return len(self.vectors)


def collection_name(key: str, of: str = "articles") -> str:
    """Name of the collection ``of`` articles or images that belongs to the index with this key."""
    return f"{of}_{key}"


@dataclass(frozen=True)
class ArticleCollection:
    """One collection on one server. Reads are strongly consistent."""

    client: MilvusClient
    name: str
    index_type: str

    def ensure(self, content: ArticleVectors) -> bool:
        """Have it filled, indexed and loaded; True if it had to be built.

        A whole one is used again; one that a killed run left half filled is dropped and built anew.
        """
        if self.client.has_collection(self.name):
            self._make_searchable()
            if (rows := self.count_rows()) == len(content):
                log.info("Milvus collection %s is there with %d rows", self.name, rows)
                return False
            log.info("Milvus collection %s holds %d of %d rows: built anew", self.name, rows, len(content))
            self.client.drop_collection(self.name)
        _create(self, content.dim)
        for start in tqdm(range(0, len(content), INSERT_BATCH_ROWS), desc="milvus", unit=" batches", disable=None):
            self.client.insert(self.name, list(_rows(content, start, start + INSERT_BATCH_ROWS)))
        self._make_searchable()
        log.info("Milvus collection %s filled with %d rows", self.name, len(content))
        return True

    def _make_searchable(self) -> None:
        """Write all rows, index them, then load.

        In this order, as a server searches rows that are not indexed yet by a makeshift index, which finds a third of
        the nearest and fewer than asked for.
        """
        self.client.flush(self.name)  # until then Milvus Lite scans its memory table row by row
        if not self.client.list_indexes(self.name):
            index = self.client.prepare_index_params()
            params = BUILD_PARAMS[self.index_type]
            index.add_index(VECTOR, index_type=self.index_type, metric_type=METRIC, params=params)
            self.client.create_index(self.name, index)  # returns when every row is in it
        while self._is_indexing():  # begun by a run that was killed
            time.sleep(POLL_SECONDS)
        self.client.load_collection(self.name)

    def _is_indexing(self) -> bool:
        (index,) = self.client.list_indexes(self.name)
        return self.client.describe_index(self.name, index)["state"] in ("Unissued", "InProgress")

    def count_rows(self) -> int:
        (row,) = self.client.query(self.name, filter="", output_fields=["count(*)"], **STRONG)
        return int(row["count(*)"])

    def query(self, expression: str, limit: int) -> list[int]:
        """article_idx of up to ``limit`` rows that match a filter expression."""
        rows = self.client.query(self.name, filter=expression, output_fields=[ID], limit=limit, **STRONG)
        return [int(row[ID]) for row in rows]

    def search(self, queries: NDArray[np.float32], k: int, expression: str = "") -> list[list[int]]:
        """article_idx of the nearest ``k`` of each query (n_queries, dim), nearest first."""
        found = self.client.search(
            self.name,
            data=queries.tolist(),
            anns_field=VECTOR,
            filter=expression,
            limit=k,
            search_params={"metric_type": METRIC, "params": SEARCH_PARAMS[self.index_type]},
            **STRONG,
        )
        return [[id_of(hit) for hit in hits] for hits in found]


def drop_collections(client: MilvusClient, names: set[str]) -> None:
    """Drop collections by their own names; an alias is refused, as it would drop what it points at."""
    if ALIAS in names:
        raise ValueError(f"{ALIAS} is an alias: name the collection to drop")
    for name in sorted(names & set(client.list_collections())):
        client.drop_collection(name)
        log.info("Milvus collection %s dropped", name)


def point_alias(client: MilvusClient, name: str) -> None:
    """Point ``articles_live`` at a collection."""
    aliased = [alias for one in client.list_collections() for alias in client.list_aliases(one)["aliases"]]
    if ALIAS in aliased:
        client.alter_alias(name, ALIAS)
    else:
        client.create_alias(name, ALIAS)


def _create(collection: ArticleCollection, dim: int) -> None:
    client = collection.client
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field(ID, DataType.INT64, is_primary=True)
    schema.add_field(VECTOR, DataType.FLOAT_VECTOR, dim=dim)
    schema.add_field("article_id", DataType.VARCHAR, max_length=MAX_TEXT_LENGTH)
    for facet in FACETS:
        schema.add_field(facet, DataType.VARCHAR, max_length=MAX_TEXT_LENGTH)
    schema.add_field("price", DataType.FLOAT)
    schema.add_field("in_stock", DataType.BOOL)
    client.create_collection(collection.name, schema=schema)


def _rows(content: ArticleVectors, start: int, stop: int) -> Iterator[dict[str, Any]]:
    columns = ["article_id", *FACETS, "price", "in_stock"]
    articles = content.articles.select(columns).slice(start, stop - start).to_pylist()
    for offset, article in enumerate(articles):
        row = start + offset
        yield {ID: int(content.article_idx[row]), VECTOR: content.vectors[row].tolist(), **article}
