import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from recsys_core.contracts.columns import ARTICLE_COLUMNS
from recsys_core.search.analysis import tokens
from recsys_core.search.fit import (
    FIELD_WEIGHTS,
    STOP_WORDS,
    TEXT_FILES,
    documents,
    fit_search,
    make_vectorizer,
    texts_digest,
)
from recsys_core.search.language import plain_words
from recsys_core.serving.search.postings import Postings

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
    postings = Postings(folder)
    numbers, weights = postings.query_vector(tokens(query))
    np.testing.assert_array_equal(numbers, np.sort(expected.indices))
    np.testing.assert_allclose(weights, expected[:, numbers].toarray()[0], atol=1e-6)
    np.testing.assert_allclose(postings.cosine(tokens(query)), (matrix @ expected.T).toarray()[:, 0], atol=1e-6)


def test_a_shirt_is_no_t_shirt(folder: Path) -> None:
    postings = Postings(folder)
    assert np.flatnonzero(postings.holding(["shirt"])).tolist() == [0, 1, 4]
    assert np.flatnonzero(postings.holding(["tshirt"])).tolist() == [2]


def test_names_are_told_from_other_texts(folder: Path) -> None:
    postings = Postings(folder)
    assert np.flatnonzero(postings.holding(["cotton"])).tolist() == [0, 1, 2]
    assert np.flatnonzero(postings.naming(["cotton"])).tolist() == [1]


def test_tokens_that_are_no_phrase_are_asked_for_one_by_one(folder: Path) -> None:
    postings = Postings(folder)
    assert "poplin blue" not in postings
    assert np.flatnonzero(postings.holding(["poplin", "blue"])).tolist() == [0]
    assert not postings.holding(["poplin", "zzzz"]).any()


@pytest.mark.parametrize("text", ["", "   ", "zzzz", "the of and", "!?", "\x00", "ß∂ƒ", "a" * 10_000])
def test_unknown_words_have_no_cosine(folder: Path, text: str) -> None:
    assert not Postings(folder).cosine(tokens(text)).any()


def test_unknown_words_do_not_hide_known_ones(folder: Path) -> None:
    postings = Postings(folder)
    np.testing.assert_array_equal(postings.cosine(["zzzz", "linen"]), postings.cosine(["linen"]))


def test_plain_words_are_those_of_the_shoppers_language(folder: Path, tmp_path: Path) -> None:
    fit_search(articles_table(), tmp_path, "de")
    english, german = (set(json.loads((each / "plain_words.json").read_text())) for each in (folder, tmp_path))
    assert "bathing" in english - german
    assert "hochzeit" in german - english
    assert not {"drss", "leggins", "trousres"} & english
    assert plain_words("xx") == []


def test_words_of_fashion_are_no_stop_words() -> None:
    assert "top" not in STOP_WORDS
    assert {"with", "and", "the"} <= STOP_WORDS


def test_equal_catalogues_give_equal_files(folder: Path, tmp_path: Path) -> None:
    fit_search(articles_table(), tmp_path)
    for file in folder.iterdir():
        assert file.read_bytes() == (tmp_path / file.name).read_bytes(), file.name


def test_a_search_fitted_on_the_same_texts_lends_its_files(folder: Path, tmp_path: Path) -> None:
    sold_out = articles_table().drop_columns(["in_stock"]).append_column("in_stock", pa.array([False] * len(ARTICLES)))
    anew = fit_search(sold_out, tmp_path / "anew")

    assert fit_search(sold_out, tmp_path / "lent", fitted=folder) == anew
    for name in TEXT_FILES:
        assert (tmp_path / "lent" / name).samefile(folder / name)
    for file in (tmp_path / "anew").iterdir():
        assert file.read_bytes() == (tmp_path / "lent" / file.name).read_bytes(), file.name
    assert {file.name for file in folder.iterdir()} - {*TEXT_FILES} == {
        "phrases.arrow",
        "phrase_words.npy",
        "phrase_rows.npy",
    }


def test_digest_of_texts_tells_every_text_and_its_place() -> None:
    articles = articles_table()
    same_words = articles.set_column(
        articles.column_names.index("prod_name"), "prod_name", pa.array(["Cotton shirt", *[""] * (len(ARTICLES) - 1)])
    )
    assert texts_digest(articles) == texts_digest(articles.drop_columns(["in_stock"]))
    assert len({texts_digest(articles), texts_digest(same_words), texts_digest(articles[:-1])}) == 3
