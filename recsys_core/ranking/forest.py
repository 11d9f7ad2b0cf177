"""A booster's trees as bit masks over their leaves, evaluated column by column over many rows.

Method of QuickScorer (Lucchese et al., SIGIR 2015): each split says which leaves of its tree are out of reach for rows
that go right there. Of the leaves that all splits leave in reach, the leftmost one is the row's. Splits of one column
stand together, so a column is compared with its thresholds row after row, without a branch. Scores are those of
``Booster.predict``, bit by bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from recsys_core.compiled import compiled
from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.ranking.booster_file import read_trees

if TYPE_CHECKING:
    import lightgbm

Bits = npt.NDArray[np.uint32]
WORD: Final = 32
"""Leaves in one word of bits."""
EVERY_LEAF: Final = np.uint32(0xFFFFFFFF)
ROWS: Final = 256
"""Rows evaluated at a time: their bits of a hundred trees stay in the processor's cache."""
DE_BRUIJN: Final = 0x077CB531
"""Its products with the powers of two differ in their highest five bits."""
_LOWEST_BIT: Final = np.argsort([(DE_BRUIJN << bit & 0xFFFFFFFF) >> 27 for bit in range(WORD)])
"""Place of a single bit, by those five bits of its product."""


class Splits(NamedTuple):
    """Splits by the numbers of some columns, by column."""

    column: IntArray
    threshold: FloatArray
    """Numbers up to it go left."""
    null_goes_left: npt.NDArray[np.bool_]
    word: IntArray
    """Word of bits, tree by tree, that the split acts on."""
    kept: Bits
    """Leaves of the word that stay in reach of rows that go right."""

    def of(self, columns: slice) -> "Splits":
        """Those of some columns, counted from the first of them."""
        inside = (self.column >= columns.start) & (self.column < columns.stop)
        column = (self.column[inside] - columns.start).astype(np.int32)
        return Splits(
            column, *(getattr(self, name)[inside] for name in ("threshold", "null_goes_left", "word", "kept"))
        )


@dataclass(frozen=True)
class CategorySplit:
    """A split by a category: its codes go left, all others right."""

    column: int
    codes: npt.NDArray[np.int64]
    word: int
    kept: np.uint32


@dataclass(frozen=True)
class Forest:
    """Trees of a booster."""

    splits: Splits
    category_splits: tuple[CategorySplit, ...]
    leaf: npt.NDArray[np.float64]
    """(n_trees, leaves) values from left to right, filled up to whole words of bits."""

    @property
    def n_words(self) -> int:
        """Words of bits of a row."""
        return self.leaf.size // WORD

    @classmethod
    def of(cls, booster: "lightgbm.Booster") -> Self:
        """The trees of a booster.

        Raises
        ------
        UnsupportedTreesError
            If its leaves hold linear models, or it takes 0 for a missing value.
        """
        trees = list(read_trees(booster.model_to_string()))
        words = max(1, -(-max(tree.n_leaves for tree in trees) // WORD))
        leaf = np.zeros((len(trees), words * WORD))
        numeric: list[tuple[int, np.float32, bool, int, np.uint32]] = []
        by_category = []
        for number, tree in enumerate(trees):
            order, out_of_reach = tree.leaves()
            leaf[number, : tree.n_leaves] = tree.values[order]
            for node, (first, end) in enumerate(out_of_reach):
                for at in range(first // WORD, -(-end // WORD)):
                    kept, word = _without(first - at * WORD, end - at * WORD), number * words + at
                    if tree.is_by_category(node):
                        by_category.append(CategorySplit(int(tree.column[node]), tree.codes(node), word, kept))
                    else:
                        numeric.append((int(tree.column[node]), *tree.threshold_of(node), word, kept))
        numeric.sort(key=lambda split: (split[0], split[1]))
        column, threshold, left, word_of, kept_of = zip(*numeric, strict=True) if numeric else ((), (), (), (), ())
        splits = Splits(
            np.array(column, np.int32),
            np.array(threshold, np.float32),
            np.array(left, bool),
            np.array(word_of, np.int32),
            np.array(kept_of, np.uint32),
        )
        return cls(splits, tuple(by_category), leaf)

    def bits(self, splits: Splits, columns: FloatArray) -> Bits:
        """(n, n_words) leaves in reach by the splits of ``columns`` (n_columns, n)."""
        bits = np.full((columns.shape[1], self.n_words), EVERY_LEAF, np.uint32)
        if len(splits.column):
            _reach(bits, np.ascontiguousarray(columns), splits)
        return bits

    def narrow_by_category(self, bits: Bits, column: int, codes: IntArray) -> None:
        """Take what the splits of one category put out of reach of rows with ``codes`` (n,) from ``bits``."""
        for split in self.category_splits:
            if split.column == column:
                bits[~np.isin(codes, split.codes), split.word] &= split.kept

    def scores(
        self, splits: Splits, columns: FloatArray, shared: Sequence[tuple[Bits, IntArray]]
    ) -> npt.NDArray[np.float32]:
        """Sums (n,) over the trees of rows whose ``columns`` (n_columns, n) are split by ``splits``.

        ``shared``: two pairs of bits of things and, by row (n,), the thing it belongs to.
        """
        out = np.empty(columns.shape[1], np.float32)
        (first, row_of_first), (second, row_of_second) = shared
        _score(out, columns, splits, first, row_of_first, second, row_of_second, self.leaf)
        return out


def _without(first: int, end: int) -> np.uint32:
    """A word without the bits ``first`` .. ``end``, which may lie outside of it."""
    low, high = max(first, 0), min(end, WORD)
    return np.uint32(0xFFFFFFFF & ~(((1 << (high - low)) - 1) << low))


@compiled
def _narrow(
    bits: Bits,
    columns: FloatArray,
    first: int,
    n: int,
    splits: Splits,
) -> None:
    """Take what the splits put out of reach from ``bits`` (n_words, n), of the rows ``first`` .. ``first + n``."""
    every = np.uint32(0xFFFFFFFF)
    for split in range(len(splits.column)):
        value = columns[splits.column[split], first : first + n]
        bound, rest = splits.threshold[split], splits.kept[split]
        reach = bits[splits.word[split], :n]
        if splits.null_goes_left[split]:
            for row in range(n):
                reach[row] &= rest if value[row] > bound else every
        else:
            for row in range(n):
                reach[row] &= every if value[row] <= bound else rest


@compiled
def _reach(
    out: Bits,
    columns: FloatArray,
    splits: Splits,
) -> None:
    bits = np.empty((out.shape[1], ROWS), np.uint32)
    for first in range(0, out.shape[0], ROWS):
        n = min(ROWS, out.shape[0] - first)
        bits[:] = np.uint32(0xFFFFFFFF)
        _narrow(bits, columns, first, n, splits)
        out[first : first + n] = bits[:, :n].T


@compiled
def _score(
    out: npt.NDArray[np.float32],
    columns: FloatArray,
    splits: Splits,
    first_bits: Bits,
    row_of_first: IntArray,
    second_bits: Bits,
    row_of_second: IntArray,
    leaf: npt.NDArray[np.float64],
) -> None:
    n_words, n_trees = first_bits.shape[1], leaf.shape[0]
    words = n_words // n_trees
    bits, total = np.empty((n_words, ROWS), np.uint32), np.empty(ROWS, np.float64)
    for first in range(0, len(out), ROWS):
        n = min(ROWS, len(out) - first)
        for row in range(n):
            one, other = first_bits[row_of_first[first + row]], second_bits[row_of_second[first + row]]
            for at in range(n_words):
                bits[at, row] = one[at] & other[at]
        _narrow(bits, columns, first, n, splits)
        total[:] = 0
        for tree in range(n_trees):
            for row in range(n):
                at = tree * words
                while bits[at, row] == 0:
                    at += 1
                reach = np.uint64(bits[at, row])
                lowest = reach & (~reach + np.uint64(1))
                place = ((lowest * np.uint64(DE_BRUIJN)) & np.uint64(0xFFFFFFFF)) >> np.uint64(27)
                total[row] += leaf[tree, (at - tree * words) * WORD + _LOWEST_BIT[place]]
        for row in range(n):
            out[first + row] = total[row]
