import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recsys_core.retrieval import exact_search
from recsys_core.retrieval.candidates import PAD, FloatArray, RetrieverCandidates
from recsys_core.retrieval.exact_kernel import _largest, has_int8_products
from recsys_core.retrieval.exact_search import ExactSearch

INT8 = pytest.param(True, marks=pytest.mark.skipif(not has_int8_products(), reason="no int8 products here"))
PRODUCTS = pytest.mark.parametrize("int8", [INT8, False], ids=["int8", "float32"])
NUMBERS = [
    st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0]),
    st.floats(-1024, 1024, width=32),
    st.floats(-(2.0**60), 2.0**60, width=32),
]
"""Few values, so that nearly everything ties; usual ones; and any."""


@st.composite
def vectors(draw: st.DrawFn) -> tuple[FloatArray, FloatArray, FloatArray, np.ndarray]:
    """Queries, articles, bias and which articles are allowed; some articles stand twice."""
    numbers = draw(st.sampled_from(NUMBERS))
    n, m, d = draw(st.integers(0, 9)), draw(st.integers(0, 40)), draw(st.integers(1, 9))
    queries, articles, bias = (
        draw(arrays.arrays(np.float32, shape, elements=numbers)) for shape in ((n, d), (m, d), (m,))
    )
    if m:
        same = draw(st.lists(st.integers(0, m - 1), max_size=min(m, 20)))
        articles[np.arange(len(same))] = articles[same]
    return queries, articles, bias, draw(arrays.arrays(np.bool_, m))


def scores_of(queries: FloatArray, articles: FloatArray, bias: FloatArray) -> np.ndarray:
    """(n, m) float64; each pair is added up by itself, so that equal articles have equal scores."""
    return (queries[:, None].astype(np.float64) * articles).sum(axis=2) + bias


def check(found: RetrieverCandidates, scores: np.ndarray, k: int, tolerance: np.ndarray) -> None:
    """``found`` has the k best of ``scores`` (n, m; -inf is none), in an order right up to float64's rounding."""
    for row, score, close in zip(range(len(scores)), scores, tolerance, strict=True):
        best = sorted((-value, article) for article, value in enumerate(score.tolist()) if value != -np.inf)[:k]
        ids = found.article_idx[row]
        assert (ids[len(best) :] == PAD).all()
        assert (found.score[row, len(best) :] == 0).all()
        ids = ids[: len(best)]
        assert len(set(ids.tolist())) == len(best)
        wanted = np.array([-value for value, _ in best])
        np.testing.assert_array_less(np.abs(score[ids] - wanted), close)
        np.testing.assert_allclose(found.score[row, : len(best)], wanted, rtol=1e-6, atol=close)


@PRODUCTS
@settings(max_examples=50, deadline=None)
@given(given_=vectors(), k=st.integers(1, 50))
def test_equals_brute_force_in_float64(
    int8: bool, given_: tuple[FloatArray, FloatArray, FloatArray, np.ndarray], k: int
) -> None:
    queries, articles, bias, allowed = given_

    found = ExactSearch(articles, bias, allowed, int8).top_k(queries, k)

    scores = scores_of(queries, articles, bias)
    size = np.abs(queries[:, None].astype(np.float64) * articles).sum(axis=2) + np.abs(bias)
    scores[:, ~allowed] = -np.inf
    check(found, scores, k, size.max(axis=1, initial=0) * 1e-14 + 1e-300)


@PRODUCTS
@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 1000), m=st.integers(1, 3000), k=st.integers(1, 40), values=st.integers(1, 6))
def test_equal_scores_go_to_the_lower_article(int8: bool, seed: int, m: int, k: int, values: int) -> None:
    """Whole numbers have exact products, of which nearly all are equal to others."""
    rng = np.random.default_rng(seed)
    queries, articles = (rng.integers(-values, values, (n, 3)).astype(np.float32) for n in (7, m))

    found = ExactSearch(articles, int8=int8).top_k(queries, k)

    expected = np.argsort(-(queries @ articles.T), axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(found.article_idx[:, : min(k, m)], expected)


@PRODUCTS
@pytest.mark.parametrize("d", [3, 64, 130])
def test_every_neighbour_of_many_articles_is_found(int8: bool, d: int) -> None:
    rng = np.random.default_rng(d)
    queries, articles = (rng.standard_normal((n, d), dtype=np.float32) for n in (100, 8000))
    articles *= rng.lognormal(size=(8000, 1)).astype(np.float32)

    found = ExactSearch(articles, int8=int8).top_k(queries, 100)

    exact = queries.astype(np.float64) @ articles.T.astype(np.float64)
    np.testing.assert_array_equal(found.article_idx, np.argsort(-exact, axis=1)[:, :100])


@PRODUCTS
def test_guess_that_was_too_high_is_put_right(int8: bool) -> None:
    """The sample of the first articles holds by chance all that are good."""
    rng = np.random.default_rng(5)
    articles = rng.standard_normal((5000, 4), dtype=np.float32)
    search = ExactSearch(articles, int8=int8)
    lucky = np.array(search._articles.ids[:100])
    articles[lucky] += 100
    queries = np.ones((3, 4), np.float32)

    search = ExactSearch(articles, int8=int8)
    *_, missed = search._scan(queries, 200, -np.inf, guessing=True)
    found = search.top_k(queries, 200)

    assert missed.all()
    exact = queries.astype(np.float64) @ articles.T.astype(np.float64)
    np.testing.assert_array_equal(found.article_idx, np.argsort(-exact, axis=1)[:, :200])


@PRODUCTS
@pytest.mark.parametrize("block_queries", [6, 12, 252])
@pytest.mark.parametrize("pack_articles", [64, 128, 8192])
def test_blocks_of_any_size_give_the_same(
    int8: bool, block_queries: int, pack_articles: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(2)
    queries, articles = (rng.standard_normal((n, 20), dtype=np.float32) for n in (50, 1000))
    usual = ExactSearch(articles, int8=int8).top_k(queries, 30)
    monkeypatch.setattr(exact_search, "BLOCK_QUERIES", block_queries)
    monkeypatch.setattr(exact_search, "PACK_ARTICLES", pack_articles)

    found = ExactSearch(articles, int8=int8).top_k(queries, 30)

    np.testing.assert_array_equal(found.article_idx, usual.article_idx)
    np.testing.assert_array_equal(found.score, usual.score)


@PRODUCTS
def test_articles_scanned_before_thresholds_are_set_are_a_sample_of_all(int8: bool) -> None:
    """Article i has the largest number i; the thresholds are set after 128, 256 and 512 of the 800."""
    articles = np.arange(800, dtype=np.float32)[:, None] * np.array([[1.0, -0.5]], np.float32)

    ids = ExactSearch(articles, int8=int8)._articles.ids

    stretches = np.split(ids, [128, 256, 512])
    assert sorted(ids.tolist()) == list(range(800))
    assert all((np.diff(stretch) > 0).all() for stretch in stretches)
    # the mean of 128 numbers drawn from 0 to 799 is off by 19 in one standard deviation
    assert all(abs(stretch.mean() - 399.5) < 60 for stretch in stretches)


@pytest.mark.skipif(not has_int8_products(), reason="no int8 products here")
def test_rounding_counts_for_the_tile_that_it_is_in() -> None:
    """Rounding to int8 moves (127, 0.5) by 0.5 and (127, 0) not at all."""
    articles = np.full((200, 2), 127, np.float32)
    articles[:, 1] = 0
    articles[ExactSearch(articles)._articles.ids[0], 1] = 0.5

    assert ExactSearch(articles)._articles.rounding.tolist() == [0.5, 0, 0, 0]


@pytest.mark.parametrize(
    ("n", "k", "threads", "rows"),
    [
        (1024, 100, 2, 516),  # a block each
        (3000, 100, 2, 750),  # four blocks of at most 1,032
        (1033, 100, 1, 522),  # two blocks
        (3, 100, 2, 6),  # the kernel's least
        (1000, 2000, 2, 168),  # 48 kB of candidates a row, 8 MB a thread: six blocks of at most 174
    ],
)
def test_blocks_give_all_threads_equal_work(n: int, k: int, threads: int, rows: int) -> None:
    assert ExactSearch(np.ones((9, 2), np.float32))._block_size(n, k, threads) == rows


@given(values=st.lists(st.sampled_from([-1.5, 0.0, 1.0, 2.0, np.inf]) | st.floats(-9, 9), min_size=1, max_size=40))
@settings(deadline=None)
def test_nth_largest_of_values_with_ties(values: list[float]) -> None:
    found = [_largest(np.array([*values, 99.0]), len(values), rank) for rank in range(1, len(values) + 1)]

    assert found == sorted(values, reverse=True)


@PRODUCTS
def test_least_product_heeds_no_bias(int8: bool) -> None:
    articles = np.array([[0.6, 0.8], [0.8, 0.6], [0.0, 1.0], [0.25, 0.0]], np.float32)
    bias = np.array([0.25, 0.0, 0.75, 0.5], np.float32)
    queries = np.array([[1.0, 0.0]], np.float32)

    found = ExactSearch(articles, bias, int8=int8).top_k(queries, 3, least=0.25)

    assert found.article_idx.tolist() == [[0, 1, 3]]
    np.testing.assert_allclose(found.score, [[0.85, 0.8, 0.75]], rtol=1e-6)


@PRODUCTS
def test_filter_that_leaves_fewer_than_k_pads_the_rest(int8: bool) -> None:
    articles = np.arange(1, 6, dtype=np.float32)[:, None]
    allowed = np.array([True, False, True, False, False])

    found = ExactSearch(articles, allowed=allowed, int8=int8).top_k(np.array([[2.0], [-1.0]], np.float32), 4)

    assert found.article_idx.tolist() == [[2, 0, PAD, PAD], [0, 2, PAD, PAD]]
    assert found.score.tolist() == [[6.0, 2.0, 0.0, 0.0], [-1.0, -3.0, 0.0, 0.0]]


@PRODUCTS
@pytest.mark.parametrize("value", [0.0, 3.0])
def test_articles_that_are_all_the_same(int8: bool, value: float) -> None:
    search = ExactSearch(np.full((5000, 4), value, np.float32), int8=int8)

    found = search.top_k(np.ones((2, 4), np.float32), 3)

    assert found.article_idx.tolist() == [[0, 1, 2]] * 2


def test_no_queries_and_no_articles_are_no_error() -> None:
    articles = np.ones((4, 2), np.float32)

    assert ExactSearch(articles).top_k(np.empty((0, 2), np.float32), 3).article_idx.shape == (0, 3)
    assert ExactSearch(articles[:0]).top_k(articles, 2).article_idx.tolist() == [[PAD, PAD]] * 4


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("part", ["queries", "articles", "bias"])
def test_numbers_that_are_none_are_refused(part: str, wrong: float) -> None:
    given_ = {"queries": np.ones((2, 3)), "articles": np.ones((4, 3)), "bias": np.ones(4)}
    given_[part].flat[1] = wrong
    queries, articles, bias = (values.astype(np.float32) for values in given_.values())

    with pytest.raises(ValueError, match="NaN or infinite"):
        ExactSearch(articles, bias).top_k(queries, 1)


def test_what_does_not_fit_together_is_named() -> None:
    articles = np.ones((4, 3), np.float32)

    with pytest.raises(ValueError, match=r"bias has shape \(3,\), expected \(4,\)"):
        ExactSearch(articles, np.ones(3, np.float32))
    with pytest.raises(ValueError, match=r"queries have shape \(2, 2\), expected \(n, 3\)"):
        ExactSearch(articles).top_k(np.ones((2, 2), np.float32), 1)
    with pytest.raises(ValueError, match="k is 0"):
        ExactSearch(articles).top_k(articles, 0)


@pytest.mark.parametrize(("k", "megabytes"), [(100, 16), (2000, 40)])
def test_memory_does_not_grow_with_queries_times_articles(k: int, megabytes: int) -> None:
    """All scores would take 80 MB; what is returned is not measured."""
    rng = np.random.default_rng(3)
    search = ExactSearch(rng.standard_normal((20_000, 8), dtype=np.float32))
    queries = rng.standard_normal((1000, 8), dtype=np.float32)
    search.top_k(queries[:10], k)
    tracemalloc.start()
    try:
        found = search.top_k(queries, k)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak - found.article_idx.nbytes - found.score.nbytes < megabytes * 2**20
