import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.search.analysis import words
from recsys_core.serving import FacetSelection, Release, Suggestion


def texts(found: list[Suggestion]) -> list[str]:
    return [each.text for each in found]


def test_every_typed_word_begins_a_word_of_the_phrase(release: Release) -> None:
    found = release.suggest("bl dre")

    assert "Blue Dress" in texts(found)
    for text in texts(found):
        assert any(word.startswith("bl") for word in words(text))
        assert any(word.startswith("dre") for word in words(text))


def test_the_order_of_the_words_does_not_matter(release: Release) -> None:
    assert texts(release.suggest("dress blue")) == texts(release.suggest("blue dress"))


def test_kinds_are_counted_as_their_filters_find_them(release: Release) -> None:
    kinds = [each for each in release.suggest("s") if each.filters]
    assert kinds
    for kind in kinds:
        selection = FacetSelection({column: frozenset({value}) for column, value in kind.filters.items()})
        assert len(release.catalogue.facet(release.catalogue.all_idx, selection)) == kind.count


def test_covers_are_articles_of_their_phrase(release: Release) -> None:
    for found in release.suggest("s"):
        cover = release.catalogue.article(found.cover)
        assert all(getattr(cover, column) == value for column, value in found.filters.items())
        assert found.filters or cover.prod_name == found.text


def test_products_come_after_kinds(release: Release) -> None:
    is_kind = [bool(each.filters) for each in release.suggest("d")]
    assert is_kind == sorted(is_kind, reverse=True)


@pytest.mark.parametrize(("typed", "meant"), [("drees", "dress"), ("hodie", "hoodie"), ("blakc", "black")])
def test_slips_do_not_empty_the_list(release: Release, typed: str, meant: str) -> None:
    kinds = [each for each in release.suggest(typed) if each.filters]
    assert kinds
    assert all(meant in words(each.text) for each in kinds)


@pytest.mark.parametrize("typed", ["", "   ", "?!", "qqqqqqqq"])
def test_nothing_begins_with_nothing(release: Release, typed: str) -> None:
    assert release.suggest(typed) == []


@given(typed=st.text(max_size=60))
def test_no_text_is_too_strange(release: Release, typed: str) -> None:
    assert len(release.suggest(typed)) <= 10
