"""Compiled scan of articles for ``exact_search``: approximate products prune, exact products decide.

``scan`` computes the products of six queries with a tile of articles at a time, in the vector registers. With the
processor's int8 products (AVX-512 VNNI) a tile is 64 articles; elsewhere it is 16, in float32. Each product is compared
with the query's threshold in its register, so that only the few articles that may be among the best go to memory.
These candidates are scored again in float64.

The order of work, for a block of queries:

1. ``_reaching`` holds them against a block of articles. The vectors of candidates start on their way from memory.
2. ``_score`` scores the candidates, whose vectors are in the cache by now.
3. After 128, 256, 512 ... articles ``_keep_wanted`` keeps the best candidates, guesses the final k-th best score from
   them and so raises the thresholds.

The first use compiles the functions, which takes a few seconds (``recsys_core/compiled.py``).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from llvmlite import binding, ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

from recsys_core.compiled import compiled

QUERIES = 6
"""Queries of a tile: their sums fill the vector registers, and each loaded article serves all of them."""
CACHED_ARTICLES = 1024
"""Articles that all queries of a block are held against before the next ones: they stay in the cache."""
FIRST_LOOK = 128
"""Articles after which thresholds are set for the first time: a multiple of each tile."""
LOOKS_APART = 2
"""Thresholds are set again after so many times the articles."""
SAFE_DEVIATIONS, SAFE_RANKS = 4.0, 3
"""Ranks that a guess is on the safe side: of a sample's count of the k best articles, in deviations, and beyond."""
CACHE_LINE = 16
"""Numbers of 32 bits that come from memory together."""
WORD = ir.IntType(64)


class Tile(NamedTuple):
    """Shape of the articles that one step of the scan takes: ``vectors`` registers of ``width`` articles."""

    vectors: int
    width: int

    @property
    def articles(self) -> int:
        return self.vectors * self.width


INT8_TILE, FLOAT32_TILE = Tile(4, 16), Tile(2, 8)


class Articles(NamedTuple):
    """Articles in the order of the scan: a random one, so that the first ones are a sample of all."""

    tiles: Any
    """(n_tiles, steps, tile_articles) int32 of four int8, or float32."""
    start: Any
    """(n_tiles * tile_articles,) of the tiles' type: what sums start with."""
    scale: Any
    """(n_tiles * tile_articles,) float32: a sum times it is the product in units of the query."""
    rounding: Any
    """(n_tiles,) float64: how far rounding moved a tile's vectors at most."""
    tile_bias: Any
    """(n_tiles * tile_articles,) float32; ``-inf`` where the last tile has no article."""
    vectors: Any
    """(m, d) float32, for exact scores."""
    bias: Any
    """(m,) float32"""
    ids: Any
    """(m,) int32"""
    tile_articles: int


class Queries(NamedTuple):
    """A block of n queries; the packed ones are filled up to a multiple of ``QUERIES``."""

    packed: Any
    """(n_packed, steps) int32 of four uint8, the number plus 128, or float32."""
    inverse_unit: Any
    """(n_packed,) float32: 1 / unit"""
    vectors: Any
    """(n, d) float64"""
    length: Any
    """(n,) float64"""
    unit: Any
    """(n,) float64: a score is so many times the scan's."""
    error: Any
    """(n,) float64: more than a score in the scan differs from the exact one, but for the article's own rounding."""


class Found(NamedTuple):
    """Results of a block of n queries, and what is known on the way."""

    positions: Any
    """(n, room) int32: candidates by their position in the order of the scan."""
    scores: Any
    """(n, room) float64: exact scores of the first ``known`` ones."""
    count: Any
    """(n,)"""
    known: Any
    """(n,)"""
    guess: Any
    """(n,) float64: the highest score that was taken for the k-th best or lower."""
    reach: Any
    """(n,) float64: articles with lower scores are not among the k best, if the guess is right."""
    threshold: Any
    """(n_packed,) float32, in units of the query: the scan's scores up to it are passed over."""
    scratch: Any
    """(room,) float64"""


def has_int8_products() -> bool:
    """Whether the processor multiplies int8 vectors and Numba compiles for this processor itself."""
    chosen = config.CPU_NAME or config.CPU_FEATURES  # type: ignore[attr-defined]
    features = binding.get_host_cpu_features()
    return not chosen and all(features.get(name) for name in ("avx512f", "avx512bw", "avx512vnni"))


def looks(n_articles: int) -> list[int]:
    """Numbers of articles after which thresholds are set."""
    numbers = [FIRST_LOOK]
    while numbers[-1] < n_articles:
        numbers.append(numbers[-1] * LOOKS_APART)
    return numbers


def _instructions(emit: Callable[..., Any]) -> Any:
    """A function for compiled ones, given by its instructions."""
    return intrinsic(emit)


@_instructions
def _reaching(
    typing: Any,
    queries: Any,
    query: Any,
    tiles: Any,
    tile: Any,
    start: Any,
    scale: Any,
    bias: Any,
    inverse_unit: Any,
    threshold: Any,
    reached: Any,
) -> Any:
    """Set a bit of ``reached`` (QUERIES,) for each article of the tile whose score may be above the query's threshold.

    Returns the bits of all queries together, so that 0 says that there are none.
    """
    given = (queries, query, tiles, tile, start, scale, bias, inverse_unit, threshold, reached)
    shape, products = (INT8_TILE, _int8_products) if tiles.dtype == types.int32 else (FLOAT32_TILE, _float32_products)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        of = dict(zip(_NAMES, values, strict=True))
        for name, kind in zip(_NAMES, signature.args, strict=True):
            if isinstance(kind, types.Array):
                array = context.make_array(kind)(context, builder, of[name])
                of[name] = array.data
                if name == "tiles":
                    of["steps"] = builder.extract_value(array.shape, 1)
        return _store_bits(builder, of, shape, products(builder, of, shape))

    return types.int64(*given), generate


_NAMES = (
    "queries",
    "query",
    "tiles",
    "tile",
    "start",
    "scale",
    "bias",
    "inverse_unit",
    "threshold",
    "reached",
)


def _int8_products(builder: Any, of: dict[str, Any], shape: Tile) -> list[list[Any]]:
    """Sums of products of four unsigned bytes with four signed ones at a time, as float32 vectors."""
    kind = ir.VectorType(ir.IntType(32), shape.width)
    multiply = _function(builder, "llvm.x86.avx512.vpdpbusd.512", kind)
    sums = _sums(
        builder, of, shape, kind, lambda total, query, article: builder.call(multiply, [total, query, article])
    )
    return [[builder.sitofp(one, ir.VectorType(ir.FloatType(), shape.width)) for one in row] for row in sums]


def _float32_products(builder: Any, of: dict[str, Any], shape: Tile) -> list[list[Any]]:
    kind = ir.VectorType(ir.FloatType(), shape.width)
    multiply = _function(builder, f"llvm.fma.v{shape.width}f32", kind)
    return _sums(
        builder, of, shape, kind, lambda total, query, article: builder.call(multiply, [query, article, total])
    )


def _sums(builder: Any, of: dict[str, Any], shape: Tile, kind: Any, add: Callable[..., Any]) -> list[list[Any]]:
    """Add up the steps of a tile: each is one 32-bit number of a query times a vector of articles."""
    totals = [[_variable(builder, kind) for _ in range(shape.vectors)] for _ in range(QUERIES)]
    first = builder.mul(of["tile"], WORD(shape.articles))
    for vector in range(shape.vectors):
        start = _load(builder, of["start"], builder.add(first, WORD(vector * shape.width)), kind)
        for of_query in totals:
            builder.store(start, of_query[vector])
    base = builder.mul(first, of["steps"])
    rows = [builder.mul(builder.add(of["query"], WORD(row)), of["steps"]) for row in range(QUERIES)]
    with cgutils.for_range(builder, of["steps"], intp=WORD) as loop:
        place = builder.add(base, builder.mul(loop.index, WORD(shape.articles)))
        articles = [
            _load(builder, of["tiles"], builder.add(place, WORD(vector * shape.width)), kind)
            for vector in range(shape.vectors)
        ]
        for row, at in enumerate(rows):
            number = _load(builder, of["queries"], builder.add(at, loop.index), kind.element)
            query = _repeated(builder, number, kind)
            for vector, total in enumerate(totals[row]):
                builder.store(add(builder.load(total), query, articles[vector]), total)
    return [[builder.load(total) for total in row] for row in totals]


def _store_bits(builder: Any, of: dict[str, Any], shape: Tile, products: list[list[Any]]) -> Any:
    """Compare ``product * scale + bias * inverse_unit`` with the thresholds."""
    kind = ir.VectorType(ir.FloatType(), shape.width)
    add = _function(builder, f"llvm.fma.v{shape.width}f32", kind)
    first = builder.mul(of["tile"], WORD(shape.articles))
    places = [builder.add(first, WORD(vector * shape.width)) for vector in range(shape.vectors)]
    scales, biases = ([_load(builder, of[name], at, kind) for at in places] for name in ("scale", "bias"))
    together = WORD(0)
    for row in range(QUERIES):
        at = builder.add(of["query"], WORD(row))
        inverse, threshold = (
            _repeated(builder, _load(builder, of[name], at, kind.element), kind)
            for name in ("inverse_unit", "threshold")
        )
        bits = WORD(0)
        for vector, product in enumerate(products[row]):
            score = builder.call(add, [product, scales[vector], builder.fmul(biases[vector], inverse)])
            above = builder.bitcast(builder.fcmp_ordered(">", score, threshold), ir.IntType(shape.width))
            bits = builder.or_(bits, builder.shl(builder.zext(above, WORD), WORD(vector * shape.width)))
        builder.store(bits, builder.gep(of["reached"], [WORD(row)]))
        together = builder.or_(together, bits)
    return together


def _load(builder: Any, base: Any, at: Any, kind: Any) -> Any:
    """A number or vector from the 32-bit place ``at`` of an array; it need not be aligned."""
    number = kind.element if isinstance(kind, ir.VectorType) else kind
    place = builder.gep(builder.bitcast(base, number.as_pointer()), [at])
    return builder.load(builder.bitcast(place, kind.as_pointer()), align=4)


def _variable(builder: Any, kind: Any) -> Any:
    return cgutils.alloca_once(builder, kind)  # type: ignore[no-untyped-call]


def _repeated(builder: Any, number: Any, kind: Any) -> Any:
    """A vector of one number."""
    empty = ir.Constant(kind, ir.Undefined)
    first = builder.insert_element(empty, number, ir.IntType(32)(0))
    return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(ir.IntType(32), kind.count), None))


def _function(builder: Any, name: str, kind: Any) -> Any:
    function = ir.FunctionType(kind, [kind] * 3)
    return cgutils.get_or_insert_function(builder.module, function, name)  # type: ignore[no-untyped-call]


@_instructions
def _lowest_bit(typing: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.cttz(values[0], ir.IntType(1)(1))

    return types.int64(types.int64), generate


@_instructions
def _fetch(typing: Any, array: Any, row: Any) -> Any:
    """Let a row of a float32 array come from memory into the cache while the scan goes on."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        made = context.make_array(array)(context, builder, values[0])
        numbers = builder.extract_value(made.shape, 1) if array.ndim == 2 else WORD(1)
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")  # type: ignore[no-untyped-call]
        first, read, keep, data = builder.mul(values[1], numbers), number(0), number(3), number(1)
        with cgutils.for_range_slice(builder, WORD(0), numbers, WORD(CACHE_LINE), intp=WORD) as (at, _):
            place = builder.bitcast(builder.gep(made.data, [builder.add(first, at)]), byte)
            builder.call(fetch, [place, read, keep, data])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


@compiled
def scan(articles: Articles, queries: Queries, found: Found, k: int, least: float, guessing: bool) -> None:
    """Leave the k best articles of each query in ``found``, unsorted.

    Parameters
    ----------
    least
        Articles whose product without the bias is below are left out.
    guessing
        Whether the k-th best score may be guessed from the first articles. Where ``found.guess`` is above the k-th
        best score in the end, articles may be missing: scan again without guessing.
    """
    packed, inverse_unit, threshold, n = queries.packed, queries.inverse_unit, found.threshold, len(queries.vectors)
    tiles, start, scale, bias = articles.tiles, articles.start, articles.scale, articles.tile_bias
    step = articles.tile_articles
    vectors, bias_of = articles.vectors, articles.bias
    positions, count, room = found.positions, found.count, found.positions.shape[1]
    reached = np.zeros(QUERIES, np.int64)
    first, look = 0, FIRST_LOOK // step
    while first < len(tiles):
        last = min(first + CACHED_ARTICLES // step, look, len(tiles))
        rounding = articles.rounding[first:last].max()
        _set_thresholds(range(n), queries, found, rounding)
        for query in range(0, len(packed), QUERIES):
            for tile in range(first, last):
                if not _reaching(packed, query, tiles, tile, start, scale, bias, inverse_unit, threshold, reached):
                    continue
                for row in range(query, min(query + QUERIES, n)):
                    _note(reached[row - query], tile * step, row, positions, count, vectors, bias_of)
                    if count[row] > room - step:
                        _score(range(row, row + 1), queries.vectors, vectors, bias_of, found, least)
                        _keep_wanted(row, articles, found, k, 1.0)
                        _set_thresholds(range(row, row + 1), queries, found, rounding)
        _score(range(n), queries.vectors, vectors, bias_of, found, least)
        first = last
        if first in (look, len(tiles)):
            look *= LOOKS_APART
            seen = first * step / len(articles.ids) if guessing else 1.0
            for row in range(n):
                _keep_wanted(row, articles, found, k, seen)


@compiled
def _set_thresholds(rows: Any, queries: Queries, found: Found, rounding: float) -> None:
    """Set the thresholds of some rows for articles that ``rounding`` moved so far at most."""
    reach, threshold, error, length, unit = found.reach, found.threshold, queries.error, queries.length, queries.unit
    for row in rows:
        threshold[row] = (reach[row] - error[row] - length[row] * rounding) / unit[row]


@compiled
def _note(bits: int, first: int, row: int, positions: Any, count: Any, vectors: Any, bias: Any) -> None:
    """Add the positions ``first`` + number of a set bit to the candidates of a row."""
    while bits:
        position = first + _lowest_bit(bits)
        bits &= bits - 1
        _fetch(vectors, position)
        _fetch(bias, position)
        positions[row, count[row]] = position
        count[row] += 1


@compiled
def _score(rows: Any, queries: Any, articles: Any, bias: Any, found: Found, least: float) -> None:
    """Score the new candidates of some rows, without those whose product is below ``least``."""
    positions, scores, known, count = found.positions, found.scores, found.known, found.count
    for row in rows:
        kept = known[row]
        for i in range(known[row], count[row]):
            position = positions[row, i]
            product = _product(queries, row, articles, position)
            if product >= least:
                positions[row, kept], scores[row, kept] = position, product + bias[position]
                kept += 1
        known[row] = count[row] = kept


@compiled
def _keep_wanted(row: int, articles: Articles, found: Found, k: int, seen: float) -> None:
    """Leave out candidates that are not among the k best, and raise what further articles have to reach.

    The articles scanned are a random sample, a share of ``seen`` of all. Below 1 the final k-th best is guessed from
    the few best so far.
    """
    positions, scores, scratch = found.positions[row], found.scores[row], found.scratch
    kept = found.known[row]
    rank = int(k * seen + SAFE_DEVIATIONS * np.sqrt(k * seen * (1 - seen)) + SAFE_RANKS) if seen < 1 else k
    if rank < min(k, kept):
        scratch[:kept] = scores[:kept]
        guess = _largest(scratch, kept, rank)
        found.guess[row] = max(found.guess[row], guess)
        found.reach[row] = max(found.reach[row], guess)
        kept = _keep_from(positions, scores, kept, guess)
    if kept > k:
        kept = _keep_best(positions, scores, kept, k, articles.ids, scratch)
    if kept == k:
        found.reach[row] = max(found.reach[row], scores[:k].min())
    found.known[row] = found.count[row] = kept


@compiled
def _keep_from(positions: Any, scores: Any, n: int, least: float) -> int:
    """Move those of the first n whose score is at least ``least`` to the front."""
    kept = 0
    for i in range(n):
        score = scores[i]
        positions[kept], scores[kept] = positions[i], score
        kept += score >= least
    return kept


@compiled
def _keep_best(positions: Any, scores: Any, n: int, k: int, ids: Any, scratch: Any) -> int:
    """Move the k best of the first n to the front; of equal scores the lower ids are kept."""
    scratch[:n] = scores[:n]
    worst = _largest(scratch, n, k)
    above = equal = 0
    for i in range(n):
        if scores[i] > worst:
            above += 1
        elif scores[i] == worst:
            scratch[equal] = -ids[positions[i]]
            equal += 1
    last_id = -_largest(scratch, equal, k - above)
    kept = 0
    for i in range(n):
        if scores[i] > worst or (scores[i] == worst and ids[positions[i]] <= last_id):
            positions[kept], scores[kept] = positions[i], scores[i]
            kept += 1
    return kept


@compiled
def _largest(values: Any, n: int, rank: int) -> float:
    """The ``rank``-th largest of the first n values, 1 is the largest; overwrites them.

    Of the values around a pivot only the side with the wanted one is kept, until the pivot is it. Neither pass has a
    branch that depends on a value: the processor could not foresee it.
    """
    while True:
        pivot = values[n // 2]
        above = below = 0
        for i in range(n):
            above += values[i] > pivot
            below += values[i] < pivot
        if above < rank <= n - below:
            return float(pivot)
        is_above = rank <= above
        if not is_above:
            rank -= n - below
        kept = 0
        for i in range(n):
            value = values[i]
            values[kept] = value
            kept += value > pivot if is_above else value < pivot
        n = kept


def _in_any_order(function: Callable[..., Any]) -> Any:
    """Compiled so that a sum is added up in vectors; the order of its terms is the same for all articles."""
    return compiled(function, fastmath={"reassoc", "contract", "nsz"})


@_in_any_order
def _product(queries: Any, row: int, articles: Any, position: int) -> float:
    total = 0.0
    for i in range(queries.shape[1]):
        total += queries[row, i] * np.float64(articles[position, i])
    return total
