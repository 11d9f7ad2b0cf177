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
