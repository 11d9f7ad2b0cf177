from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from recsys_core.contracts.columns import ARTICLE_COLUMNS
from recsys_core.search.fit import (
    FIELD_WEIGHTS,
    STOP_WORDS,
    documents,
    fit_search,
    make_vectorizer,
)
from recsys_core.serving.text_search import TextSearch

ARTICLES = [
    {"colour_group_name": "Blue", "product_type_name": "Shirt", "detail_desc": "Shirt in airy cotton poplin."},
    {"colour_group_name": "White", "product_type_name": "Shirt", "prod_name": "Cotton shirt"},
    {"colour_group_name": "Blue", "product_type_name": "T-shirt", "detail_desc": "T-shirt in cotton jersey."},
    {"colour_group_name": "Dark Blue", "product_type_name": "Dress", "detail_desc": "Dress in crêpe."},
    {"colour_group_name": "Blue", "product_type_name": "Shirt", "detail_desc": "Linen shirt."},
    {},
]
QUERIES = [
    "blue cotton shirt",
    "Blue SHIRTS",
    "cotton cotton dress",
    "dress in crepe with a very long description of a shirt in airy cotton poplin",
    "white t-shirt",
]


def articles_table() -> pa.Table:
    """As the catalogue has them: what is not stated is an empty text."""
    columns = {name: [article.get(name, "") for article in ARTICLES] for name in ARTICLE_COLUMNS}
    same = {"in_stock": True, "has_image": False, "sold_30d": 0}
    return pa.table({**columns, **{name: [value] * len(ARTICLES) for name, value in same.items()}})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("search")
    fit_search(articles_table(), folder)
    return folder


@pytest.mark.parametrize("query", QUERIES)
def test_queries_agree_with_scikit_learn(folder: Path, query: str) -> None:
    vectorizer = make_vectorizer(len(ARTICLES))
    matrix = vectorizer.fit_transform(documents(articles_table()))
    analyzer_input = (query, *[""] * (len(FIELD_WEIGHTS) - 1))
    expected = vectorizer.transform([analyzer_input])
    search = TextSearch(folder)
    numbers, weights = search.query_vector(query)
    np.testing.assert_array_equal(numbers, np.sort(expected.indices))
    np.testing.assert_allclose(weights, expected[:, numbers].toarray()[0], atol=1e-6)
    cosine = np.zeros(len(ARTICLES))
    hits, cosine[hits], _ = search.matches(query)
    np.testing.assert_allclose(cosine, (matrix @ expected.T).toarray()[:, 0], atol=1e-6)


def test_all_words_come_before_a_phrase(folder: Path) -> None:
    found, scores = TextSearch(folder).search("blue cotton shirt")
    assert found[0] == 0
    assert np.all(np.diff(scores) <= 0)
    assert scores[-1] > 0
    assert 5 not in found


def test_a_shirt_is_no_t_shirt(folder: Path) -> None:
    assert set(TextSearch(folder).search("shirts")[0].tolist()) == {0, 1, 4}
    assert TextSearch(folder).search("tee")[0].tolist() == [2]


@pytest.mark.parametrize("query", ["", "   ", "zzzz", "the of and", "!?", "\x00", "ß∂ƒ", "a" * 10_000])
def test_unknown_words_find_nothing(folder: Path, query: str) -> None:
    found, scores = TextSearch(folder).search(query)
    assert (len(found), len(scores)) == (0, 0)


def test_unknown_words_do_not_hide_known_ones(folder: Path) -> None:
    np.testing.assert_array_equal(TextSearch(folder).search("zzzz linen")[1], TextSearch(folder).search("linen")[1])


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 5, 100])
def test_a_limit_cuts_the_full_result(folder: Path, limit: int) -> None:
    everything = TextSearch(folder).search("blue cotton shirt", None)
    limited = TextSearch(folder).search("blue cotton shirt", limit)
    for whole, part in zip(everything, limited, strict=True):
        np.testing.assert_array_equal(part, whole[:limit])


def test_words_of_fashion_are_no_stop_words() -> None:
    assert "top" not in STOP_WORDS
    assert {"with", "and", "the"} <= STOP_WORDS


def test_equal_catalogues_give_equal_files(folder: Path, tmp_path: Path) -> None:
    fit_search(articles_table(), tmp_path)
    for file in folder.iterdir():
        assert file.read_bytes() == (tmp_path / file.name).read_bytes(), file.name
