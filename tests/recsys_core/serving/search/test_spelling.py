import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.contracts.release import PHRASE_COLUMNS
from recsys_core.search.analysis import tokens, words
from recsys_core.serving.search.files import SearchFiles
from recsys_core.serving.search.spelling import MAX_COMBINATIONS, Spelling

COUNTS = {
    "dress": 5000, "dresses": 300, "skirt": 1500, "shirt": 4000, "shoes": 900, "holes": 800, "flat": 400, "black": 9000,
    "jacket": 2000, "alma": 3, "drest": 1, "sleeveless": 700, "coat": 1200, "boat": 30, "sunglasses": 200, "sun": 5,
    "glasses": 4, "jeans": 700, "sweatshirt": 90, "stripe": 300, "socks": 500,
}  # fmt: skip
NAMED = ("dress", "skirt", "shirt", "shoes", "flat", "black", "jacket", "coat")
PLAIN = ("with", "hoes", "wedding", "striped", "work", "dress", "skit")
TERMS = {tokens(word)[0] for word in COUNTS} | {"with"}
TOGETHER = {"black dress": 700, "flat shoes": 50, "black shirt": 5, "black skirt": 400, "sunglasses": 200}
"""Articles that hold all words of a query."""


def search_files(folder: Path, counts: Mapping[str, int] = COUNTS) -> SearchFiles:
    """Files of a release as far as spelling reads them; the rest is empty."""
    arrays = {
        "data": np.empty(0, np.float32), "indices": np.empty(0, np.int32), "indptr": np.zeros(1, np.int64),
        "idf": np.empty(0, np.float32), "name_indices": np.empty(0, np.int32), "name_indptr": np.zeros(1, np.int64),
        "phrase_words": np.empty(0, "S24"), "phrase_rows": np.empty(0, np.int32),
    }  # fmt: skip
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", values)
    settings = {"n_articles": 0, "language": "en", "stop_words": [], "longest_ngram": 3}
    texts = {"words": counts, "named_words": NAMED, "plain_words": PLAIN, "vocabulary": {}, "settings": settings}
    for name, content in texts.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    phrases = pa.table({name: pa.array([], pa.string()) for name in PHRASE_COLUMNS})
    with pa.OSFile(str(folder / "phrases.arrow"), "wb") as file, pa.ipc.new_file(file, phrases.schema) as writer:
        writer.write_table(phrases)
    return SearchFiles(folder)


def spelling(folder: Path) -> Spelling:
    return Spelling(search_files(folder), TERMS.__contains__, lambda text: TOGETHER.get(text, 0), {"knickers": 80})


@pytest.fixture
def shop(tmp_path: Path) -> Spelling:
    return spelling(tmp_path)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("drss", "dress"),  # a letter left out
        ("drress", "dress"),  # one too many
        ("jcaket", "jacket"),  # two swapped
        ("sleveles", "sleeveless"),  # two slips in a long word
        ("Blakc Dres", "black dress"),
        ("black skirrt", "black skirt"),
        ("black shkirt", "black skirt"),  # more articles are that than a black shirt
        ("blackdress", "black dress"),  # written as one
        ("sun glasses", "sunglasses"),  # written as two
        ("moat", "coat"),  # a kind before a mere word
        ("knikers", "knickers"),  # a word with synonyms
        ("dre", "dre"),  # still being typed
    ],
)
def test_slips_are_put_right(shop: Spelling, typed: str, meant: str) -> None:
    assert shop.corrected(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "black dress",
        "Dresses",  # a known plural
        "alma",  # a name that few articles have
        "drest",  # a slip of the catalogue's own; it stands in a name
        "boat",  # known; one letter from coat
        "jean",  # begins a product's name
        "sweat",  # likewise
        "wedding",  # plain English that only the catalogue lacks
        "striped socks",  # likewise, beside a word that is near
        "flat hoes",  # likewise
        "work",
        "zzzzzzz",  # nothing is near
        "2021",
        "a",
        "",
    ],
)
def test_what_something_explains_stays(shop: Spelling, typed: str) -> None:
    assert shop.corrected(typed) == typed


def test_few_of_the_combinations_of_candidates_are_looked_up(tmp_path: Path) -> None:
    """Three words with five candidates each make 125; each look-up reads the whole query."""
    near = [[f"{first}{vowel}{rest}" for vowel in "aeiou"] for first, rest in (("m", "st"), ("l", "ne"), ("c", "re"))]
    counts = {word: 100 for words_near in near for word in words_near} | {"must": 5000, "line": 5000}
    asked: list[str] = []

    def n_holding(text: str) -> int:
        asked.append(text)
        return 400 if text == "must line core" else 0

    shop = Spelling(search_files(tmp_path, counts), set[str]().__contains__, n_holding)
    assert shop.corrected("mxst lxne cxre") == "must line core"
    assert len(asked) <= MAX_COMBINATIONS
    n_asked = len(asked)
    shop.corrected("mxst lxne cxre")
    assert len(asked) == n_asked, "queries repeat"


def test_the_nearest_word_is_proposed_for_a_plain_one(shop: Spelling) -> None:
    assert shop.proposed("skit") == "skirt"
    assert shop.proposed("wedding") is None


def test_a_rare_slip_of_the_catalogue_has_a_usual_form(shop: Spelling) -> None:
    assert shop.usual_form("drest") == "dress"
    assert shop.usual_form("alma") is None
    assert shop.usual_form("boat") == "coat", "40 times as many articles"
    assert shop.usual_form("dress") is None


def test_what_is_still_being_typed_is_completed(shop: Spelling) -> None:
    assert shop.completing("jakc") == "jacket"
    assert shop.completing("jak") is None, "too short to say"
    assert shop.completing("work") is None, "a plain word"


@given(st.text(max_size=40))
def test_no_text_is_too_strange(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = spelling(Path(folder)).corrected(text)
    assert found == text or words(found)
