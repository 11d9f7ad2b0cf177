import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.search.analysis import words
from recsys_core.serving.spelling import Spelling

COUNTS = {
    "dress": 5000, "dresses": 300, "skirt": 1500, "shirt": 4000, "shoes": 900, "holes": 800, "flat": 400, "black": 9000,
    "jacket": 2000, "alma": 3, "drest": 1, "sleeveless": 700, "coat": 1200, "boat": 30,
}  # fmt: skip
NAMED = ("dress", "skirt", "shirt", "shoes", "flat", "black", "jacket", "coat")
SIDE_BY_SIDE = {"flat shoe", "black dress"}
STEMS = {
    "dress",
    "skirt",
    "shirt",
    "shoe",
    "hole",
    "flat",
    "black",
    "jacket",
    "alma",
    "drest",
    "sleeveless",
    "coat",
    "boat",
}


def spelling(folder: Path, counts: Mapping[str, int] = COUNTS) -> Spelling:
    (folder / "words.json").write_text(json.dumps(counts))
    (folder / "named_words.json").write_text(json.dumps(NAMED))
    return Spelling(folder, (STEMS | SIDE_BY_SIDE | {"with"}).__contains__)


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
        ("flat hoes", "flat shoes"),  # what stands beside it decides, not what is frequent
        ("blackdress", "black dress"),  # written as one
        ("moat", "coat"),  # a kind before a mere word
    ],
)
def test_slips_are_put_right(shop: Spelling, typed: str, meant: str) -> None:
    assert shop.corrected(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "black dress",
        "Dresses",  # a known plural
        "alma",  # a rare name, but nothing is near
        "boat",  # known; one letter from coat, which is not likely enough
        "with holes",  # says nothing, but is no slip of another word
        "zzzzzzz",  # nothing is near
        "2021",
        "a",
        "",
    ],
)
def test_what_may_be_meant_stays(shop: Spelling, typed: str) -> None:
    assert shop.corrected(typed) == typed


def test_a_known_word_gives_way_to_a_far_likelier_one(shop: Spelling) -> None:
    assert shop.corrected("black drest") == "black dress"


def test_what_is_still_being_typed_is_completed(shop: Spelling) -> None:
    assert shop.completing("jakc") == "jacket"
    assert shop.completing("jak") is None, "too short to say"


@given(st.text(max_size=40))
def test_no_text_is_too_strange(text: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        found = spelling(Path(folder)).corrected(text)
    assert found == text or len(words(found)) >= len(words(text))
