import doctest

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recsys_core.contracts import article_ids
from recsys_core.contracts.article_ids import MAX_LENGTH, decode, encode, file_name, is_article_id

ARTICLE_IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=MAX_LENGTH).filter(is_article_id)
NAME_BYTES = 255


def test_the_examples_in_the_docs_are_true() -> None:
    result = doctest.testmod(article_ids)
    assert (result.attempted, result.failed) == (2, 0)


@pytest.mark.parametrize(
    "article_id",
    ["0108775015", "a/b", "..", "a.b", "100%", "a b", "É-1", "~7E", "x_2", "<b>", "🧥", "مقاس ٤٢", "a" * 64, "🧥" * 64],
)
def test_any_text_is_an_article_id(article_id: str) -> None:
    assert is_article_id(article_id)
    assert decode(encode(article_id)) == article_id


@pytest.mark.parametrize("text", ["", " ", " a", "a ", "a\n", "a\tb", "a\x00b", "a\x7f", "a\x85b", "a" * 65, "\ud800"])
def test_control_characters_spaces_around_and_long_texts_are_none(text: str) -> None:
    assert not is_article_id(text)


def test_ids_of_letters_digits_and_hyphens_stay_as_they_are() -> None:
    assert encode("0108775015") == "0108775015"
    assert encode("SKU-00aZ") == "SKU-00aZ"


@given(ARTICLE_IDS)
@example("~7E")
@example("🧥" * MAX_LENGTH)
def test_every_id_has_an_encoded_form_of_its_own(article_id: str) -> None:
    encoded = encode(article_id)
    assert decode(encoded) == article_id
    assert set(encoded) <= set("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-~")


@given(st.text("~0123456789ABCDEFabz-_./%", max_size=12))
@example("~61")
@example("~C3")
@example("~ff")
@example("")
def test_every_other_text_is_refused(text: str) -> None:
    try:
        article_id = decode(text)
    except ValueError:
        return
    assert encode(article_id) == text


@given(st.lists(ARTICLE_IDS, min_size=2, max_size=2, unique=True))
@example(["🧥" * MAX_LENGTH, "🧥" * (MAX_LENGTH - 1)])
def test_names_of_files_fit_file_systems_and_are_never_shared(pair: list[str]) -> None:
    names = [file_name(each) for each in pair]
    assert names[0] != names[1]
    assert all(len(f"{name}_8.webp".encode()) <= NAME_BYTES for name in names)


def test_a_long_id_has_a_name_with_a_digest() -> None:
    name = file_name("🧥" * MAX_LENGTH)
    assert (len(name), name[:12], name[166:168]) == (200, "~F0~9F~A7~A5", "~~")
