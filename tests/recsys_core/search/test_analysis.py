import pytest

from recsys_core.search.analysis import singular, terms, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Blue Cotton SHIRT", ["blue", "cotton", "shirt"]),
        ("T-shirt", ["tshirt"]),
        ("t shirts", ["tshirt"]),
        ("V-neck, knee-length dress", ["vneck", "knee", "length", "dress"]),
        ("Women's crêpe trousers", ["women", "crepe", "trouser"]),
        ("Lumaflex™ Band", ["lumaflex", "band"]),
        ("Leggings/Tights", ["legging", "tight"]),
        ("a_b", ["a", "b"]),
        ("men's shoes for a man", ["men", "shoe", "for", "a", "men"]),
        ("A-line V neck", ["aline", "vneck"]),
        ("", []),
        ("?!… --", []),
    ],
)
def test_text_becomes_words(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_a_search_for_shirts_does_not_mean_t_shirts() -> None:
    assert "shirt" not in tokens("T-shirt in cotton")


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("dresses", "dress"),
        ("bodies", "body"),
        ("brushes", "brush"),
        ("boxes", "box"),
        ("jeans", "jean"),
        ("dress", "dress"),
        ("bus", "bus"),
    ],
)
def test_plurals_fold(plural: str, one: str) -> None:
    assert singular(plural) == one


def test_ngrams_bridge_stop_words_and_go_up_to_the_longest() -> None:
    found = list(terms("shirt in soft cotton", {"in"}, longest=3))
    assert found == ["shirt", "soft", "cotton", "shirt soft", "soft cotton", "shirt soft cotton"]
