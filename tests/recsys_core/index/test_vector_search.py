"""Tests of the shop's searches in Milvus while people wait, against a real server."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recsys_core.contracts.columns import FACETS
from recsys_core.index.collection import ArticleCollection, ArticleVectors
from recsys_core.index.config import IndexConfig
from recsys_core.index.contents import describe
from recsys_core.index.server import milvus_client, read_server, registered_path, stage_path
from recsys_core.serving.facets import FacetSelection
from recsys_core.serving.vectors import VectorIndex, VectorSearch, VectorsUnavailableError, milvus_uri
from recsys_core.workspace import Workspace
from tests.recsys_core.index.conftest import article_vectors

N = 200


@pytest.fixture(scope="module")
def content() -> ArticleVectors:
    return article_vectors(N)


@pytest.fixture(scope="module")
def server(content: ArticleVectors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, Any]]]:
    """Address of a server, and what a manifest says of the collection in it."""
    workspace = Workspace(tmp_path_factory.mktemp("milvus"))
    with milvus_client(workspace, IndexConfig()) as client:
        ArticleCollection(client, "articles_x", "FLAT").ensure(content)
        running = read_server(stage_path(workspace))
        assert running
        yield running.uri, describe("articles_x", content.dim, "FLAT", {})


@pytest.fixture(scope="module")
def search(server: tuple[str, dict[str, Any]]) -> VectorSearch:
    return VectorSearch(server[0], budget=5.0)  # a busy machine is not what is tested


@pytest.fixture(scope="module")
def index(server: tuple[str, dict[str, Any]]) -> VectorIndex:
    found = VectorIndex.articles({"milvus": server[1]})
    assert found
    return found


def test_vectors_come_in_the_order_asked(search: VectorSearch, index: VectorIndex, content: ArticleVectors) -> None:
    found = search.vectors(index, [7, 3, N + 5])
    np.testing.assert_allclose(found[:2], content.vectors[[7, 3]], atol=1e-6)
    assert not found[2].any(), "an article that the collection lacks"


@pytest.mark.parametrize("facet", FACETS)
def test_the_nearest_under_a_filter_are_those_of_an_exact_search(
    search: VectorSearch, index: VectorIndex, content: ArticleVectors, facet: str
) -> None:
    values = np.array(content.articles.column(facet).to_pylist())
    price = np.asarray(content.articles.column("price").to_numpy())
    limit = float(np.median(price))
    wanted = FacetSelection({facet: {values[0], values[-1]}}, price_max=limit)
    query_vector = content.vectors[5]

    found, similarity = search.nearest(index, query_vector, N, wanted)

    allowed = np.flatnonzero(np.isin(values, list(wanted.values[facet])) & (price <= limit))
    exact = allowed[np.argsort(-(content.vectors[allowed] @ query_vector), kind="stable")]
    np.testing.assert_allclose(similarity, content.vectors[exact] @ query_vector, atol=1e-5)
    assert set(found.tolist()) == set(exact.tolist())


def test_values_with_quotes_are_values(search: VectorSearch, index: VectorIndex, content: ArticleVectors) -> None:
    strange = FacetSelection({"colour_group_name": {'Bl"ack', "a\\", '" or in_stock == true or "'}})
    found, _ = search.nearest(index, content.vectors[0], 5, strange)
    assert len(found) == 0


@pytest.mark.parametrize("odd", ["\x00", "\x08", "a\nb", "\u202e", "\x7f"])
def test_no_value_of_a_filter_upsets_milvus(
    search: VectorSearch, index: VectorIndex, content: ArticleVectors, odd: str
) -> None:
    found, _ = search.nearest(index, content.vectors[0], 5, FacetSelection({"colour_group_name": {odd}}))
    assert len(found) == 0
    assert len(search.nearest(index, content.vectors[0], 5, FacetSelection())[0]) == 5


def test_a_milvus_that_is_away_costs_its_budget_once(index: VectorIndex) -> None:
    away = VectorSearch("http://127.0.0.1:9", budget=0.1)
    with pytest.raises(VectorsUnavailableError, match=r"127\.0\.0\.1:9"):
        away.vectors(index, [1])
    started = time.monotonic()
    with pytest.raises(VectorsUnavailableError, match="a moment ago"):
        away.vectors(index, [1])
    assert time.monotonic() - started < 0.05


def test_a_collection_that_is_gone_is_said(server: tuple[str, dict[str, Any]], index: VectorIndex) -> None:
    uri, _ = server
    gone = replace(index, collection="articles_gone")
    patient = VectorSearch(uri, budget=5.0)
    with pytest.raises(VectorsUnavailableError, match="articles_gone"):
        patient.vectors(gone, [1])
    assert len(patient.vectors(index, [1])) == 1, "the others are still there"


def test_the_address_is_the_environments_or_the_homes(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MILVUS_URI", raising=False)
    assert milvus_uri(tmp_path) == ""
    registered_path(Workspace(tmp_path)).write_text('{"pid": 1, "port": 19530}')
    assert milvus_uri(tmp_path) == "http://127.0.0.1:19530"
    monkeypatch.setenv("MILVUS_URI", "http://milvus:19530")
    assert milvus_uri(tmp_path) == "http://milvus:19530"
