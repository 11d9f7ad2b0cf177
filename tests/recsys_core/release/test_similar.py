import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys_core.release.similar import similar_articles


def unit_vectors(n: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, 6)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 40), stocked=st.floats(0, 1), length=st.integers(1, 12), chunk=st.integers(1, 50))
def test_equals_brute_force(n: int, stocked: float, length: int, chunk: int) -> None:
    vectors = unit_vectors(n, seed=n)
    in_stock = np.random.default_rng(n + 1).random(n) < stocked
    found = similar_articles(vectors, in_stock, length, chunk)
    for idx in range(n):
        others = [other for other in range(n) if other != idx and in_stock[other]]
        best = sorted(others, key=lambda other: -float(vectors[idx] @ vectors[other]))[:length]
        assert found[idx].tolist() == best + [-1] * (length - len(best))


def test_equal_vectors_go_by_row() -> None:
    vectors = np.tile(unit_vectors(1, 0), (5, 1))
    assert similar_articles(vectors, np.ones(5, bool), length=4)[2].tolist() == [0, 1, 3, 4]


def test_articles_of_the_same_kind_come_first_then_those_of_the_same_group() -> None:
    vectors = np.array([[1, 0], [0.99, 0.1411], [-1, 0], [0, 1]], np.float32)
    types, groups = np.array([0, 1, 0, 2]), np.array([0, 1, 0, 0])
    found = similar_articles(vectors, np.ones(4, bool), length=3, kinds=(types, groups))
    assert found[0].tolist() == [2, 3, 1], "opposite trousers, a skirt, and last the nearest of another group"
    assert found[1].tolist() == [0, 3, 2], "without others of its kind the nearest"


def test_a_type_with_enough_in_stock_has_neighbours_of_its_own_only() -> None:
    """Trousers 0, 1 and 2; 3 is nearest to all, but a skirt."""
    vectors = np.array([[1, 0], [0.6, 0.8], [0, 1], [1, 0]], np.float32)
    types, groups = np.array([0, 0, 0, 1]), np.zeros(4, int)
    found = similar_articles(vectors, np.ones(4, bool), length=2, kinds=(types, groups))
    assert found.tolist() == [[1, 2], [2, 0], [1, 0], [0, 1]]


def test_a_type_with_few_in_stock_is_filled_up_from_its_group() -> None:
    """Trousers 0 and 1 of a group with the skirts 2 and 3; shoes 4 are nearest to all. 1 is sold out."""
    vectors = np.array([[1, 0], [0, 1], [0.8, 0.6], [0, 1], [1, 0]], np.float32)
    types, groups = np.array([0, 0, 1, 1, 2]), np.array([0, 0, 0, 0, 1])
    in_stock = np.array([True, False, True, True, True])
    found = similar_articles(vectors, in_stock, length=2, kinds=(types, groups))
    assert found[0].tolist() == [2, 3]
    assert found[1].tolist() == [0, 3], "the other trousers, though farthest, then the nearest skirt"


def test_a_type_of_two_groups_comes_before_either_group() -> None:
    """Socks 0 and 1 are of two groups; 2 to 4 are of the group of 0."""
    vectors = np.array([[1, 0], [-1, 0], [0.6, 0.8], [0.8, 0.6], [0, 1]], np.float32)
    types, groups = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 0, 0])
    found = similar_articles(vectors, np.ones(5, bool), length=2, kinds=(types, groups))
    assert found[0].tolist() == [1, 3]


def test_a_group_with_few_in_stock_is_filled_up_from_all() -> None:
    """Shoes 0 and 1 are a group; of the others 3 is nearer to 0."""
    vectors = np.array([[1, 0], [-1, 0], [0, 1], [0.8, 0.6]], np.float32)
    groups = np.array([0, 0, 1, 1])
    found = similar_articles(vectors, np.ones(4, bool), length=3, kinds=(groups,))
    assert found[0].tolist() == [1, 3, 2]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), stocked=st.floats(0, 1), types=st.integers(1, 9), length=st.integers(1, 6))
def test_kinds_are_a_step_of_the_score(seed: int, stocked: float, types: int, length: int) -> None:
    """Cosines of quarters are exact, so that many are equal and go by article_idx."""
    rng, n = np.random.default_rng(seed), 30
    vectors = rng.choice([-0.5, 0.5], (n, 4)).astype(np.float32)
    in_stock, kinds = rng.random(n) < stocked, (rng.integers(0, types, n), rng.integers(0, 3, n))
    found = similar_articles(vectors, in_stock, length, chunk=4, kinds=kinds)
    same_type, same_group = (kind[:, None] == kind for kind in kinds)
    scores = vectors @ vectors.T + 3 * same_group + 6 * same_type
    for idx in range(n):
        others = [other for other in np.flatnonzero(in_stock) if other != idx]
        best = sorted(others, key=lambda other: (-scores[idx, other], other))[:length]
        assert found[idx].tolist() == best + [-1] * (length - len(best))
