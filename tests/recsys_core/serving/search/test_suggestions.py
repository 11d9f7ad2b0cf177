import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.search.analysis import tokens, words
from recsys_core.serving import FacetSelection, Release, Suggestion


def suggest(release: Release, typed: str) -> list[Suggestion]:
    return release.search_engine().suggest(typed)


def texts(found: list[Suggestion]) -> list[str]:
    return [each.text for each in found]


def test_every_typed_word_begins_a_word_of_the_phrase(release: Release) -> None:
    found = suggest(release, "bl dre")

    assert "Blue Dress" in texts(found)
    for text in texts(found):
        assert any(word.startswith("bl") for word in words(text))
        assert any(word.startswith("dre") for word in words(text))


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("trainers", "Sneakers"),  # a synonym
        ("pants", "Trousers"),
        ("navy dre", "Dark Blue Dress"),
        ("blakc dre", "Black Dress"),  # a slip before the word that is typed now
        ("blackdress", "Black Dress"),
    ],
)
def test_words_are_read_as_the_search_reads_them(release: Release, typed: str, offered: str) -> None:
    assert offered in texts([each for each in suggest(release, typed) if each.filters])


def test_words_of_texts_lead_to_searches_that_find_as_many_as_they_say(release: Release) -> None:
    searches = [each for each in suggest(release, "merino bl") if each.query]
    assert {"black merino", "blue merino"} <= set(texts(searches))
    for each in searches:
        assert len(release.search_engine().search(each.query).all_words) == each.count


def test_no_suggestion_stands_there_twice(release: Release) -> None:
    for typed in ("d", "dre", "dress", "s", "bl", "merino"):
        folded = [" ".join(sorted(tokens(text))) for text in texts(suggest(release, typed))]
        assert len(folded) == len(set(folded))


def test_a_plain_word_that_the_shop_lacks_is_not_taken_for_another(release: Release) -> None:
    assert suggest(release, "wedding") == []


def test_the_order_of_the_words_does_not_matter(release: Release) -> None:
    assert texts(suggest(release, "dress blue")) == texts(suggest(release, "blue dress"))


def test_kinds_are_counted_as_their_filters_find_them(release: Release) -> None:
    kinds = [each for each in suggest(release, "s") if each.filters]
    assert kinds
    for kind in kinds:
        selection = FacetSelection({column: frozenset({value}) for column, value in kind.filters.items()})
        assert len(release.catalogue.facet(release.catalogue.all_idx, selection)) == kind.count


def test_covers_are_articles_of_their_phrase(release: Release) -> None:
    for found in suggest(release, "s"):
        cover = release.catalogue.article(found.cover)
        assert all(getattr(cover, column) == value for column, value in found.filters.items())
        assert found.filters or found.query or cover.prod_name == found.text


def test_products_come_after_kinds(release: Release) -> None:
    is_kind = [bool(each.filters or each.query) for each in suggest(release, "d")]
    assert is_kind == sorted(is_kind, reverse=True)


@pytest.mark.parametrize(("typed", "meant"), [("drees", "dress"), ("hodie", "hoodie"), ("blakc", "black")])
def test_slips_do_not_empty_the_list(release: Release, typed: str, meant: str) -> None:
    kinds = [each for each in suggest(release, typed) if each.filters]
    assert kinds
    assert all(meant in words(each.text) for each in kinds)


@pytest.mark.parametrize("typed", ["", "   ", "?!", "qqqqqqqq"])
def test_nothing_begins_with_nothing(release: Release, typed: str) -> None:
    assert suggest(release, typed) == []


@given(typed=st.text(max_size=60))
def test_no_text_is_too_strange(release: Release, typed: str) -> None:
    assert len(suggest(release, typed)) <= 10
