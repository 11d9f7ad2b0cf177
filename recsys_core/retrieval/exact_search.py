"""Exact search for the articles with the highest products, many queries at a time, near the machine's limit.

Every query is held against every article by approximate products (int8 where the processor has them, else float32)
whose error has a bound. An article is left out only if even its bound is below the k-th best, and what is left is
scored in float64: the result is that of a search in float64, never an approximate one.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys_core.compiled import available_threads, in_blocks
from recsys_core.retrieval.candidates import PAD, FloatArray, RetrieverCandidates

BLOCK_QUERIES = 1032
"""Queries scanned together by a thread."""
BLOCK_BYTES = 8 * 2**20
"""Bound of the memory that a thread keeps candidates in."""
PACK_ARTICLES = 8192
"""Articles packed at a time."""
ROOM = 512
"""Candidates kept of a query before the best of them are taken, at least."""
SEED = 0
"""Articles are scanned in an order that has nothing to do with their ids, so that the first ones are a sample."""
LEVELS = 127
"""Largest absolute value of a signed byte."""
SLACK = 1e-6
"""More than float32 rounds in a product's scale and bias, relative to the largest possible score."""
UNIT_SLACK = 1e-4
"""The same for scores near 0, in units of an int8 product."""
SMALLEST_UNIT = 1e-30
"""Unit of scores down to which float32 holds all that is computed with it."""
FLOAT32_ROUNDING = 2.0**-23
"""More than float32 rounds in each step of a product, relative to the lengths."""
MAX_DIM = 65_536
"""With more numbers a sum of int8 products might not fit into 32 bits."""

Float64Array = NDArray[np.float64]


class ExactSearch:
    """The articles to search in, packed once for any number of searches.

    Parameters
    ----------
    articles
        (m, d) float32, finite.
    bias
        (m,) float32, finite: added to the product of an article with any query.
    allowed
        (m,) the articles that may be found; all if it is left out.
    int8
        Whether to scan by int8 products; by default if the processor has them.

    Raises
    ------
    ValueError
        If shapes do not fit together, or a number is NaN or infinite.
    """

    def __init__(
        self,
        articles: FloatArray,
        bias: FloatArray | None = None,
        allowed: NDArray[np.bool_] | None = None,
        int8: bool | None = None,
    ) -> None:
        from recsys_core.retrieval import exact_kernel as kernel

        m, self._dim = articles.shape
        if not 0 < self._dim <= MAX_DIM:
            raise ValueError(f"vectors have {self._dim} numbers, expected 1 to {MAX_DIM:,}")
        for name, given in (("bias", bias), ("allowed", allowed)):
            if given is not None and given.shape != (m,):
                raise ValueError(f"{name} has shape {given.shape}, expected ({m},)")
        self._kernel = kernel
        self._int8 = kernel.has_int8_products() if int8 is None else int8
        eligible = np.arange(m) if allowed is None else np.flatnonzero(allowed)
        ids = self._in_scan_order(articles, eligible)
        vectors = np.asarray(articles[ids], np.float32)
        self._pack(ids, vectors, np.zeros(len(ids), np.float32) if bias is None else np.asarray(bias[ids], np.float32))

    def _in_scan_order(self, articles: FloatArray, eligible: NDArray[np.intp]) -> NDArray[np.int32]:
        """A random order, but sorted by the largest number between two times that thresholds are set.

        The first articles are a sample of all each time, and what lies side by side is rounded about equally much.
        """
        ids = np.random.default_rng(SEED).permutation(eligible).astype(np.int32)
        stretch = np.searchsorted(self._kernel.looks(len(ids)), np.arange(len(ids)), side="right")
        largest = np.maximum(articles.max(axis=1, initial=0), -articles.min(axis=1, initial=0))
        return ids[np.lexsort((largest[ids], stretch))]

    def top_k(self, queries: FloatArray, k: int, least: float = -np.inf) -> RetrieverCandidates:
        """The k allowed articles with the highest product plus bias of each query (n, d); ties go to the lower one.

        Articles whose product without the bias is below ``least`` are left out. Scores are those of a search in
        float64, rounded to float32.

        Raises
        ------
        ValueError
            If the queries have another dimension or hold NaN or infinite numbers, or ``k`` is below 1.
        """
        queries = np.asarray(queries, np.float32)
        if queries.ndim != 2 or queries.shape[1] != self._dim:
            raise ValueError(f"queries have shape {queries.shape}, expected (n, {self._dim})")
        if k < 1:
            raise ValueError(f"k is {k}, expected at least 1")
        if not np.isfinite(queries).all():
            raise ValueError("queries hold NaN or infinite numbers")
        found = np.full((len(queries), k), PAD, np.int32)
        scores = np.zeros((len(queries), k), np.float32)
        if not len(queries) or not len(self._articles.ids):
            return RetrieverCandidates(found, scores)
        wanted = min(k, len(self._articles.ids))

        def search(first: int, end: int) -> None:
            block = slice(first, end)
            found[block, :wanted], scores[block, :wanted] = self._block(queries[block], wanted, least)

        threads = available_threads()
        in_blocks(search, len(queries), size=self._block_size(len(queries), wanted, threads), threads=threads)
        return RetrieverCandidates(found, scores)

    def _block_size(self, n: int, k: int, threads: int) -> int:
        """Rows of a block: a multiple of the kernel's, so that threads have equal work and memory is bounded."""
        most = max(1, min(BLOCK_QUERIES, BLOCK_BYTES // (12 * _room(k))))
        blocks_each = -(-n // (threads * most))
        multiple = self._kernel.QUERIES
        return -(-n // (threads * blocks_each * multiple)) * multiple

    def _pack(self, ids: NDArray[np.int32], vectors: FloatArray, bias: FloatArray) -> None:
        """Lay the articles out tile by tile: of each tile the first numbers of all its articles, then the next."""
        self._largest = float(np.abs(vectors).max(initial=0)) or 1.0
        self._largest_bias, self._least_bias = float(np.abs(bias).max(initial=0)), float(bias.min(initial=0))
        if not np.isfinite(self._largest + self._largest_bias):
            raise ValueError("articles or their bias hold NaN or infinite numbers")
        tile = self._kernel.INT8_TILE if self._int8 else self._kernel.FLOAT32_TILE
        number = np.int32 if self._int8 else np.float32
        steps = -(-self._dim // 4) if self._int8 else self._dim
        n_tiles = -(-len(ids) // tile.articles)
        self._articles = self._kernel.Articles(
            tiles=np.zeros((n_tiles, steps, tile.articles), number),
            start=np.zeros(n_tiles * tile.articles, number),
            scale=np.zeros(n_tiles * tile.articles, np.float32),
            rounding=np.zeros(n_tiles),
            tile_bias=np.full(n_tiles * tile.articles, -np.inf, np.float32),
            vectors=vectors,
            bias=bias,
            ids=ids,
            tile_articles=tile.articles,
        )
        self._articles.tile_bias[: len(ids)] = bias
        self._length = self._length_off = 0.0
        for first in range(0, len(ids), PACK_ARTICLES):
            self._pack_part(vectors[first : first + PACK_ARTICLES], first)

    def _pack_part(self, part: FloatArray, first: int) -> None:
        units = np.abs(part).max(axis=1).astype(np.float64) / self._levels
        units[units == 0] = 1.0
        rounded, off = self._rounded(part, units)
        self._length = max(self._length, float(_lengths(part).max()))
        self._length_off = max(self._length_off, float(off.max()))
        packed, here = self._articles, slice(first, first + len(part))
        packed.scale[here] = units / self._largest
        if self._int8:
            packed.start[here] = -(LEVELS + 1) * rounded.sum(axis=1, dtype=np.int32)
        _, steps, size = packed.tiles.shape
        tiles = -(-len(part) // size)
        words = np.zeros((tiles * size, steps), packed.tiles.dtype)
        words[: len(part)] = rounded.view(packed.tiles.dtype)
        at = first // size
        packed.rounding[at : at + tiles] = np.maximum.reduceat(off, np.arange(0, len(part), size))
        packed.tiles[at : at + tiles] = words.reshape(tiles, size, steps).transpose(0, 2, 1)

    @property
    def _levels(self) -> int:
        return LEVELS if self._int8 else 1

    def _rounded(self, vectors: FloatArray, units: Float64Array) -> tuple[NDArray[Any], Float64Array]:
        """Vectors in the scan's numbers, times ``units`` the vectors given, and how far each is off."""
        scaled = vectors / units[:, None]
        if self._int8:
            rounded = np.zeros((len(vectors), -(-self._dim // 4) * 4), np.int8)
            rounded[:, : self._dim] = np.rint(scaled, out=scaled)
        else:
            rounded = scaled.astype(np.float32)
            scaled = rounded.astype(np.float64)
        scaled *= units[:, None]
        return rounded, _lengths(vectors - scaled)

    def _prepared(self, queries: FloatArray) -> Any:
        units = np.abs(queries).max(axis=1).astype(np.float64) / self._levels
        units = np.maximum(units, max(SMALLEST_UNIT, self._largest_bias * SMALLEST_UNIT) / self._largest)
        rounded, off = self._rounded(queries, units)
        n, multiple = len(queries), self._kernel.QUERIES
        padded = -(-n // multiple) * multiple
        packed = np.zeros((padded, rounded.shape[1]), rounded.dtype)
        packed[:n] = rounded
        if self._int8:
            packed = (packed.view(np.uint8) + np.uint8(LEVELS + 1)).view(np.int32)
        inverse = np.ones(padded, np.float32)
        inverse[:n] = 1 / (units * self._largest)
        length = _lengths(queries)
        error = self._error(length, off) + UNIT_SLACK * units * self._largest
        return self._kernel.Queries(packed, inverse, queries.astype(np.float64), length, units * self._largest, error)

    def _error(self, length: Float64Array, off: Float64Array) -> Float64Array:
        """Bound of an approximate score's error (Cauchy-Schwarz), by queries' lengths and how far they are off.

        Without the part that the article's own rounding adds: the scan computes that for each article.
        """
        packed_length = self._length + self._length_off
        error = off * packed_length
        error += SLACK * (length * self._length + self._largest_bias)
        if not self._int8:
            error += self._dim * FLOAT32_ROUNDING * (length + off) * packed_length
        return error

    def _block(self, queries: FloatArray, k: int, least: float) -> tuple[NDArray[np.int32], FloatArray]:
        ids, scores, missed = self._scan(queries, k, least, guessing=True)
        if missed.any():
            ids[missed], scores[missed], _ = self._scan(queries[missed], k, least, guessing=False)
        return _best_first(ids, scores)

    def _scan(
        self, queries: FloatArray, k: int, least: float, guessing: bool
    ) -> tuple[NDArray[np.int32], Float64Array, NDArray[np.bool_]]:
        """The best of each query, unsorted, ``-inf`` for none, and whether a guess may have left some of them out."""
        given = self._prepared(queries)
        n, room = len(queries), _room(k)
        found = self._kernel.Found(
            positions=np.zeros((n, room), np.int32),
            scores=np.zeros((n, room)),
            count=np.zeros(n, np.int64),
            known=np.zeros(n, np.int64),
            guess=np.full(n, -np.inf),
            reach=np.full(n, least + self._least_bias),
            threshold=np.full(len(given.packed), np.inf, np.float32),
            scratch=np.zeros(room),
        )
        self._kernel.scan(self._articles, given, found, k, float(least), guessing)
        is_found = np.arange(k) < found.count[:, None]
        ids = np.where(is_found, self._articles.ids[found.positions[:, :k]], PAD).astype(np.int32)
        scores = np.where(is_found, found.scores[:, :k], -np.inf)
        return ids, scores, found.guess > scores.min(axis=1)


def _room(k: int) -> int:
    return max(ROOM, 2 * k)


def _lengths(vectors: NDArray[np.floating]) -> Float64Array:
    lengths: Float64Array = np.sqrt(np.einsum("nd,nd->n", vectors, vectors, dtype=np.float64))
    return lengths


def _best_first(ids: NDArray[np.int32], scores: Float64Array) -> tuple[NDArray[np.int32], FloatArray]:
    """Rows by descending score, equal ones by id; 0 where there is no article."""
    order = np.argsort(-scores, axis=1)
    sorted_scores = np.take_along_axis(scores, order, axis=1)
    tied = np.flatnonzero((sorted_scores[:, 1:] == sorted_scores[:, :-1]).any(axis=1))
    order[tied] = np.lexsort((ids[tied], -scores[tied]), axis=1)
    best = np.take_along_axis(ids, order, axis=1)
    with np.errstate(over="ignore"):
        return best, np.where(best == PAD, 0.0, sorted_scores).astype(np.float32)
