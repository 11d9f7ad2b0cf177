import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.search.analysis import tokens
from recsys_core.search.synonyms import LANGUAGES, SynonymError, Synonyms, shipped_synonyms


def test_a_group_means_the_same_both_ways() -> None:
    found = Synonyms.of("Jumper, sweater,  pull over").alternatives
    assert found["jumper",] == ("jumper", "sweater", "pull over")
    assert found["pull", "over"] == ("pull over", "jumper", "sweater")


def test_an_arrow_reads_a_word_as_others() -> None:
    found = Synonyms.of("tank => tank top, vest top").alternatives
    assert found == {("tank",): ("tank top", "vest top")}


def test_a_word_may_say_nothing() -> None:
    assert Synonyms.of("clothes, garments =>").alternatives == {("clothe",): (), ("garment",): ()}


def test_plurals_are_the_same_word_and_comments_none() -> None:
    found = Synonyms.of("# shoes\nsneakers, trainers  # both\n\n").alternatives
    assert set(found) == {("sneaker",), ("trainer",)}


def test_a_word_of_two_groups_means_both() -> None:
    assert Synonyms.of("a b, c\nc, d").alternatives["c",] == ("c", "a b", "d")


def test_written_words_lead_to_their_phrases() -> None:
    assert Synonyms.of("knickers, panties\nbathing suit => swimsuit").written_words == {
        "knickers": (("knicker",),),
        "panties": (("panty",),),
        "bathing": (("bathing", "suit"),),
        "suit": (("bathing", "suit"),),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("navy, dark blue\nsneakers", "line 2 ('sneakers'): a single word"),
        ("a => b => c", "line 1 ('a => b => c'): more than one =>"),
        ("=> trousers", "line 1 ('=> trousers'): no word before =>"),
        ("slacks,, trousers", "'' is no phrase of 1 to 4 words"),
        ("one two three four five, six", "'one two three four five' is no phrase of 1 to 4 words"),
        ("??, trousers", "'??' is no phrase"),
        ("a, b\n" * 100_000, "a list has at most 200,000"),
    ],
)
def test_a_line_without_a_meaning_is_named(text: str, message: str) -> None:
    with pytest.raises(SynonymError) as raised:
        Synonyms.of(text)
    assert message in str(raised.value)


@given(st.text(max_size=80))
def test_a_list_is_read_or_refused_with_its_line(text: str) -> None:
    try:
        assert Synonyms.of(text) == Synonyms.of(text)
    except SynonymError as error:
        said = str(error)
        assert re.match(r"line \d+ \(", said), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_lists_can_be_read(language: str) -> None:
    assert len(shipped_synonyms(language).alternatives) > 300


def test_other_languages_begin_without_a_list() -> None:
    assert shipped_synonyms("de").alternatives == {}


@pytest.mark.parametrize(
    "word",
    [
        *("navy", "burgundy", "khaki", "knickers", "hoody", "slacks", "handbag", "handbags", "pumps", "trainers"),
        *("tank", "nightwear", "swimsuit", "swimsuits"),
    ],
)
def test_fashion_words_have_synonyms(word: str) -> None:
    assert tuple(tokens(word)) in shipped_synonyms("en").alternatives
