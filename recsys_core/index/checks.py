"""Checks of a collection before a release that names it goes live. All read with strong consistency."""

import logging
import time
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recsys_core.contracts.columns import FACETS
from recsys_core.index.collection import ArticleCollection, ArticleVectors
from recsys_core.serving.vectors import ID

log = logging.getLogger(__name__)

IDS_PER_PAGE: Final = 10_000
"""Below Milvus's limit of 16,384 rows an answer."""
SELF_HIT_SAMPLE: Final = 100
RECALL_QUERIES: Final = 20
TOP_K: Final = 100
SHARES: Final = (0.3, 0.03, 0.003, 0.0007)
"""Selectivities at which filtered search is compared with exact search."""
SCORE_TOLERANCE: Final = 1e-5
SEED: Final = 5
TIMING: Final = "median_ms"
"""The one thing in the record that differs between equal runs."""


class IndexDefectError(ValueError):
    """A collection that must not go live."""


@dataclass(frozen=True)
class Filter:
    """A filter as Milvus's expression and as a mask over the rows."""

    expression: str
    mask: NDArray[np.bool_]

    @property
    def share(self) -> float:
        return float(self.mask.mean())


def check_collection(collection: ArticleCollection, content: ArticleVectors, min_recall: float) -> dict[str, Any]:
    """Count, presence of every id, self-hit and filtered recall; the record of what was found.

    Raises
    ------
    IndexDefectError
        Naming the collection, what was found and what was expected.
    """
    name = f"Milvus collection {collection.name}"
    if (rows := collection.count_rows()) != len(content):
        raise IndexDefectError(f"{name} holds {rows} rows, expected {len(content)}")
    if missing := len(content) - count_known_ids(collection, content.article_idx):
        raise IndexDefectError(f"{name} lacks {missing} of {len(content)} article_idx")
    random = np.random.default_rng(SEED)
    hits, sample = self_hits(collection, content, random)
    if hits < sample:
        raise IndexDefectError(f"in {name} only {hits} of {sample} vectors find themselves first")
    recall = [filtered_recall(collection, content, one, random) for one in choose_filters(content)]
    worst = min(recall, key=lambda found: float(found["recall"]))
    if worst["recall"] < min_recall:
        raise IndexDefectError(f"{name}: recall {worst} is below {min_recall}: change index.index_type")
    return {"rows": rows, "ids_present": rows, "self_hits": hits, "self_hit_sample": sample, "recall": recall}


def count_known_ids(collection: ArticleCollection, article_idx: NDArray[np.int64]) -> int:
    """Counts the ids of ``article_idx``, ascending, that the collection holds."""
    known = 0
    for start in range(0, len(article_idx), IDS_PER_PAGE):
        page = article_idx[start : start + IDS_PER_PAGE]
        expression = f"{ID} >= {page[0]} and {ID} <= {page[-1]}"
        found = collection.query(expression, IDS_PER_PAGE)
        known += len(set(found) & set(page.tolist()))
    return known


def self_hits(collection: ArticleCollection, content: ArticleVectors, random: np.random.Generator) -> tuple[int, int]:
    """(vectors that find themselves first, or one whose score is the same up to rounding; vectors tried)."""
    sample = random.choice(len(content), min(SELF_HIT_SAMPLE, len(content)), replace=False)
    found = collection.search(content.vectors[sample], 1)
    hits = 0
    for query, nearest in zip(content.vectors[sample], found, strict=True):
        first = content.vectors[content.rows_of(nearest[:1])]
        hits += any(first @ query >= query @ query - SCORE_TOLERANCE)
    return hits, len(sample)


def choose_filters(content: ArticleVectors) -> list[Filter]:
    """No filter, stock, and the facet values whose shares of the catalogue are nearest to ``SHARES``."""
    everything = np.ones(len(content), dtype=bool)
    in_stock = np.asarray(content.articles.column("in_stock").to_numpy(), dtype=bool)
    chosen = [Filter("", everything), Filter("in_stock == true", in_stock)]
    columns = {facet: np.array(content.articles.column(facet).to_pylist()) for facet in FACETS}
    values = [
        (facet, str(value), count / len(content))
        for facet, column in columns.items()
        for value, count in zip(*np.unique(column, return_counts=True), strict=True)
    ]
    for share in SHARES:
        facet, value, _ = min(values, key=lambda one: abs(np.log(one[2] / share)))
        chosen.append(Filter(f"{facet} == {quoted(value)}", columns[facet] == value))
    return list({one.expression: one for one in chosen if one.mask.any()}.values())


def without_timing(checks: dict[str, Any]) -> dict[str, Any]:
    """The record as equal runs write it."""
    recall = [{name: value for name, value in one.items() if name != TIMING} for one in checks["recall"]]
    return {**checks, "recall": recall}


def quoted(value: str) -> str:
    """A string literal of Milvus's filter language."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def filtered_recall(
    collection: ArticleCollection, content: ArticleVectors, wanted: Filter, random: np.random.Generator
) -> dict[str, Any]:
    """Share of the exact nearest that Milvus returns under a filter; articles tied with the last one count.

    An answer outside the filter, or shorter than it could be, lowers it.
    """
    queries = content.vectors[random.integers(0, len(content), RECALL_QUERIES)]
    allowed = np.flatnonzero(wanted.mask)
    expected = min(TOP_K, len(allowed))
    scores = queries @ content.vectors[allowed].T
    edge = -np.partition(-scores, expected - 1, axis=1)[:, expected - 1]
    hits, seconds = 0, []
    for query, needed in zip(queries, edge, strict=True):
        started = time.perf_counter()
        (found,) = collection.search(query[None], TOP_K, wanted.expression)
        seconds.append(time.perf_counter() - started)
        rows = content.rows_of(sorted(set(found)))
        inside = rows[wanted.mask[rows]]
        hits += int(np.sum(content.vectors[inside] @ query >= needed - SCORE_TOLERANCE))
    return {
        "filter": wanted.expression,
        "share": round(wanted.share, 5),
        "recall": round(hits / (expected * RECALL_QUERIES), 4),
        TIMING: round(1000 * float(np.median(seconds)), 1),
    }
