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
