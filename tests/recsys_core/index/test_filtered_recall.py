"""Image search under filters of every width: all that match are found, and in the right order.

On Milvus Lite with FLAT, and on a real server with FLAT and with what a cluster may be told to use.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from recsys_core.index.collection import ArticleCollection, ArticleVectors
from recsys_core.index.config import IndexConfig
from recsys_core.index.contents import describe
from recsys_core.index.server import milvus_client, read_server, stage_path
from recsys_core.serving.facets import FacetSelection
from recsys_core.serving.vectors import VectorIndex, VectorSearch
from recsys_core.workspace import Workspace
from tests.recsys_core.index.conftest import article_vectors
from tests.recsys_core.index.real_milvus import real_milvus

pytestmark = [pytest.mark.services]

N, DIM, POOL = 10_000, 128, 240
SHARES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005)
QUERIES = 3
ROWS = 6_000
"""From 5,000 on or so a server searches rows without an index by a makeshift one."""
FLOORS = {"HNSW": 0.9, "IVF_FLAT": 0.9}
"""Recall against exact search at every share. Random vectors are the hardest there are; the gate of `recsys index`
judges the shop's own."""


@pytest.fixture(scope="module")
def content() -> ArticleVectors:
    """Half of the articles have an image; their price is their rank in a random order, so it filters by share."""
    everything = article_vectors(2 * N, DIM)
    prices = pa.array(np.random.default_rng(1).permutation(2 * N).astype(np.float64) // 2 / N)
    priced = everything.articles.set_column(everything.articles.schema.get_field_index("price"), "price", prices)
    return ArticleVectors.of_some(priced, everything.vectors, np.arange(2 * N) % 2 == 1)


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    workspace = Workspace(tmp_path_factory.mktemp("lite"))
    with milvus_client(workspace, IndexConfig()):
        running = read_server(stage_path(workspace))
        assert running
        yield running.uri


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_milvus(tmp_path_factory.mktemp("server")) as uri:
        yield uri


def fill(uri: str, content: ArticleVectors, index_type: str, monkeypatch: pytest.MonkeyPatch) -> VectorIndex:
    name = f"images_{index_type.lower()}"
    monkeypatch.setenv("MILVUS_URI", uri)
    with milvus_client(Workspace.from_env(), IndexConfig()) as client:
        ArticleCollection(client, name, index_type).ensure(content)
    said = describe(name, DIM, index_type, {}, "images")
    found = VectorIndex.images({"images": {"encoder": "x", "milvus": said}})
    assert found
    return found


def recalls(uri: str, index: VectorIndex, content: ArticleVectors) -> dict[float, float]:
    """By share, of the nearest that match; an answer shorter than it could be fails at once."""
    search, prices = VectorSearch(uri, budget=30.0), content.articles.column("price").to_numpy()
    found = {}
    for share in SHARES:
        limit = float(np.sort(prices)[round(share * len(content)) - 1])
        allowed = np.flatnonzero(prices.astype(np.float32) <= np.float32(limit))
        expected = min(POOL, len(allowed))
        hits = 0
        for query in content.vectors[: QUERIES * 7 : 7]:
            idx, similarity = search.nearest(index, query, POOL, FacetSelection(price_max=limit))
            assert len(idx) == len(set(idx.tolist())) == expected, share
            assert np.all(np.diff(similarity) <= 1e-6)
            exact = np.sort(content.vectors[allowed] @ query)[::-1]
            rows = content.rows_of(idx.tolist())
            assert np.isin(rows, allowed).all()
            hits += int(np.sum(content.vectors[rows] @ query >= exact[expected - 1] - 1e-5))
        found[share] = hits / (QUERIES * expected)
    return found


def test_flat_on_milvus_lite_is_exact_at_every_share(
    lite: str, content: ArticleVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = fill(lite, content, "FLAT", monkeypatch)
    assert recalls(lite, index, content) == dict.fromkeys(SHARES, 1.0)


def test_flat_on_a_server_is_exact_at_every_share(
    server: str, content: ArticleVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = fill(server, content, "FLAT", monkeypatch)
    assert recalls(server, index, content) == dict.fromkeys(SHARES, 1.0)


@pytest.mark.full
@pytest.mark.parametrize("index_type", FLOORS)
def test_an_approximate_index_on_a_server_fills_its_pages_with_nearly_the_nearest(
    server: str, content: ArticleVectors, index_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = slice(0, ROWS)
    some = ArticleVectors(content.articles.slice(0, ROWS), content.vectors[rows], content.article_idx[rows])
    found = recalls(server, fill(server, some, index_type, monkeypatch), some)
    assert min(found.values()) >= FLOORS[index_type], found
