import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.retrieval.candidates import (
    MAX_GROUP_COLUMNS,
    PAD,
    RetrieverCandidates,
    floor_of_best,
    top_k_of_rows,
    top_k_per_row,
    union,
)

TRIPLES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 6), st.integers(-3, 3)), max_size=25, unique_by=lambda t: t[:2]
)


@given(TRIPLES, st.integers(1, 8))
def test_top_k_per_row_equals_sorting(triples: list[tuple[int, int, int]], k: int) -> None:
    row, article, score = (np.array([t[i] for t in triples], dtype=np.int64) for i in range(3))

    best = top_k_per_row(row, article, score.astype(np.float64), 4, k)

    for r in range(4):
        expected = sorted((-s, a) for (at, a, s) in triples if at == r)[:k]
        short = k - len(expected)
        assert best.article_idx[r].tolist() == [a for _, a in expected] + [PAD] * short
        assert best.score[r].tolist() == [-s for s, _ in expected] + [0] * short


@given(st.integers(0, 400), st.integers(1, 5), st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_top_k_of_rows_equals_sorting(n_columns: int, k: int, values: int, seed: int) -> None:
    """With few different values nearly everything ties; a tenth of the columns are none."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(-values, values, (3, n_columns)).astype(np.float32)
    scores[rng.random(scores.shape) < 0.1] = -np.inf

    best = top_k_of_rows(scores, k)

    for r in range(3):
        expected = sorted((-s, c) for c, s in enumerate(scores[r].tolist()) if s != -np.inf)[:k]
        short = k - len(expected)
        assert best.article_idx[r].tolist() == [c for _, c in expected] + [PAD] * short
        assert best.score[r].tolist() == [-s for s, _ in expected] + [0] * short


def test_few_beside_the_best_reach_their_floor() -> None:
    scores = np.random.default_rng(1).random((50, 1000 * MAX_GROUP_COLUMNS), dtype=np.float32)

    reached = (scores >= floor_of_best(scores, 100)[:, None]).sum(axis=1)

    assert reached.min() >= 100
    assert reached.mean() < 125


def retriever(articles: list[list[int]], scores: list[list[float]]) -> RetrieverCandidates:
    return RetrieverCandidates(np.array(articles, np.int32), np.array(scores, np.float32))


def test_union_keeps_every_retrievers_score_and_rank() -> None:
    towers = retriever([[3, 1], [2, PAD]], [[0.9, 0.5], [0.25, 0.0]])
    popular = retriever([[1, 4], [PAD, PAD]], [[0.125, 0.0625], [0.0, 0.0]])

    merged = union({"two_tower": towers, "popular": popular}, n_articles=5)

    assert merged.retrievers == ("two_tower", "popular")
    assert list(zip(merged.row, merged.article_idx, strict=True)) == [(0, 1), (0, 3), (0, 4), (1, 2)]
    np.testing.assert_array_equal(merged.retriever_rank, [[2, 1], [1, 0], [0, 2], [1, 0]])
    np.testing.assert_array_equal(merged.retriever_score, np.float32([[0.5, 0.125], [0.9, 0], [0, 0.0625], [0.25, 0]]))


def test_union_of_retrievers_that_found_nothing_is_empty() -> None:
    nothing = retriever([[PAD]], [[0.0]])

    merged = union({"a": nothing, "b": nothing}, n_articles=5)

    assert len(merged) == 0
    assert merged.retriever_rank.shape == (0, 2)


def test_take_selects_candidates_with_all_they_carry() -> None:
    merged = union({"a": retriever([[3, 1]], [[0.9, 0.5]])}, n_articles=5)

    taken = merged.take(merged.article_idx == 3)

    assert (taken.article_idx.tolist(), taken.retriever_rank.tolist()) == ([3], [[1]])
