from dataclasses import replace

import numpy as np
import pytest
from pymilvus import MilvusClient

from recsys_core.index.checks import (
    IndexDefectError,
    check_collection,
    choose_filters,
    quoted,
)
from recsys_core.index.collection import (
    ALIAS,
    ArticleCollection,
    ArticleVectors,
    drop_collections,
    point_alias,
)
from tests.recsys_core.index.conftest import article_vectors

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def content() -> ArticleVectors:
    return article_vectors(500)


@pytest.fixture
def collection(client: MilvusClient, content: ArticleVectors, request: pytest.FixtureRequest) -> ArticleCollection:
    name = "".join(c if c.isalnum() else "_" for c in request.node.name)
    collection = ArticleCollection(client, name, "FLAT")
    collection.ensure(content)
    return collection


def test_a_whole_collection_passes_all_checks(collection: ArticleCollection, content: ArticleVectors) -> None:
    checks = check_collection(collection, content, min_recall=0.99)
    assert (checks["rows"], checks["ids_present"], checks["self_hits"]) == (500, 500, 100)
    assert all(one["recall"] == 1.0 for one in checks["recall"])
    shares = [one["share"] for one in checks["recall"]]
    assert min(shares) < 0.1
    assert max(shares) == 1.0


def test_filtered_search_equals_exact_search(collection: ArticleCollection, content: ArticleVectors) -> None:
    query = content.vectors[17]
    black = np.array(content.articles.column("colour_group_name").to_pylist()) == "Black"
    cheap = content.articles.column("price").to_numpy() < 0.04
    allowed = np.flatnonzero(black & cheap)
    expected = allowed[np.argsort(-(content.vectors[allowed] @ query))][:10]
    (found,) = collection.search(query[None], 10, 'colour_group_name == "Black" and price < 0.04')
    assert found == expected.tolist()


def test_a_filter_gives_as_many_as_there_are(collection: ArticleCollection, content: ArticleVectors) -> None:
    in_stock = int(np.sum(content.articles.column("in_stock").to_numpy()))
    (found,) = collection.search(content.vectors[:1], 500, "in_stock == true")
    assert len(found) == in_stock


def test_a_whole_collection_is_used_again(collection: ArticleCollection, content: ArticleVectors) -> None:
    assert collection.ensure(content) is False


def test_a_half_filled_collection_is_built_anew(collection: ArticleCollection, content: ArticleVectors) -> None:
    collection.client.delete(collection.name, filter="article_idx >= 250")
    assert collection.count_rows() == 250
    assert collection.ensure(content) is True
    assert collection.count_rows() == 500


def test_a_missing_row_is_noticed(collection: ArticleCollection, content: ArticleVectors) -> None:
    collection.client.delete(collection.name, filter="article_idx == 7")
    with pytest.raises(IndexDefectError, match="499 rows, expected 500"):
        check_collection(collection, content, 0.99)


def test_other_vectors_than_expected_are_noticed(collection: ArticleCollection, content: ArticleVectors) -> None:
    other = replace(content, vectors=np.roll(content.vectors, 1, axis=0))
    with pytest.raises(IndexDefectError, match=r"only 0 of 100 vectors find themselves"):
        check_collection(collection, other, 0.99)


def test_wrong_attributes_lower_filtered_recall(collection: ArticleCollection, content: ArticleVectors) -> None:
    reversed_rows = content.articles.take(np.arange(500)[::-1])
    with pytest.raises(IndexDefectError, match=r"recall .* is below 0\.99"):
        check_collection(collection, replace(content, articles=reversed_rows), 0.99)


def test_equal_vectors_may_find_each_other(client: MilvusClient) -> None:
    content = article_vectors(40)
    twins = replace(content, vectors=np.repeat(content.vectors[:20], 2, axis=0))
    collection = ArticleCollection(client, "twins", "FLAT")
    collection.ensure(twins)
    assert check_collection(collection, twins, 0.99)["self_hits"] == 40


def test_vectors_that_differ_by_less_than_their_rounding_may_find_each_other(client: MilvusClient) -> None:
    """Cosines of 1 - 5e-8: as float32 each is 1, and any of them may come first."""
    content = article_vectors(40)
    near = content.vectors[:1] + np.random.default_rng(1).normal(0, 2e-5, content.vectors.shape).astype(np.float32)
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    content = replace(content, vectors=near)
    collection = ArticleCollection(client, "near", "FLAT")
    collection.ensure(content)
    assert check_collection(collection, content, 0.99)["self_hits"] == 40


def test_the_alias_moves_and_is_never_dropped_through(client: MilvusClient) -> None:
    content = article_vectors(30)
    for name in ("first_release", "second_release"):
        ArticleCollection(client, name, "FLAT").ensure(content)
        point_alias(client, name)
        assert client.describe_alias(ALIAS)["collection_name"] == name
    with pytest.raises(ValueError, match="is an alias"):
        drop_collections(client, {ALIAS})
    drop_collections(client, {"first_release", "never_existed"})
    assert client.has_collection("second_release")
    assert not client.has_collection("first_release")


def test_filters_are_chosen_over_the_whole_range(content: ArticleVectors) -> None:
    expressions = [one.expression for one in choose_filters(content)]
    assert expressions[:2] == ["", "in_stock == true"]
    assert len(expressions) == len(set(expressions)) >= 4


def test_quotes_in_values_are_escaped() -> None:
    assert quoted('5" heel \\ sole') == '"5\\" heel \\\\ sole"'
