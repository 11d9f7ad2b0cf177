"""A booster's trees as LightGBM writes them into its model text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

CATEGORICAL: Final = 1
DEFAULT_LEFT: Final = 2
MISSING_TYPE: Final = 12
"""Parts of LightGBM's ``decision_type``."""
MISSING_ZERO: Final = 4
MISSING_NAN: Final = 8


class UnsupportedTreesError(ValueError):
    """A booster has trees of a kind that is not evaluated here."""


@dataclass(frozen=True)
class Tree:
    """A tree as its model file has it: children below 0 are leaves, -1 the first."""

    n_leaves: int
    column: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.float64]
    kind: npt.NDArray[np.int64]
    children: npt.NDArray[np.int64]
    """(n_nodes, 2)"""
    values: npt.NDArray[np.float64]
    code_starts: npt.NDArray[np.int64]
    code_bits: npt.NDArray[np.int64]

    def is_by_category(self, node: int) -> bool:
        """Whether a split looks at a category."""
        return bool(self.kind[node] & CATEGORICAL)

    def leaves(self) -> tuple[list[int], list[tuple[int, int]]]:
        """Leaves from left to right, and by node the places of those left of it: out of reach for who goes right."""
        order: list[int] = []
        out_of_reach = [(0, 0)] * len(self.column)

        def walk(node: int) -> None:
            if node < 0:
                order.append(~node)
                return
            left, right = self.children[node].tolist()
            first = len(order)
            walk(left)
            out_of_reach[node] = (first, len(order))
            walk(right)

        walk(0 if len(self.column) else -1)
        return order, out_of_reach

    def threshold_of(self, node: int) -> tuple[np.float32, bool]:
        """The greatest float32 that goes left, and whether null does."""
        exact, kind = self.threshold[node], int(self.kind[node])
        missing = kind & MISSING_TYPE
        if missing == MISSING_ZERO:
            raise UnsupportedTreesError("a tree takes 0 for a missing value (zero_as_missing)")
        threshold = np.float32(exact)
        if threshold > exact:
            threshold = np.nextafter(threshold, np.float32(-np.inf))
        null_goes_left = bool(kind & DEFAULT_LEFT) if missing == MISSING_NAN else bool(exact >= 0)
        return threshold, null_goes_left

    def codes(self, node: int) -> npt.NDArray[np.int64]:
        """Codes that go left at a split by a category."""
        number = int(self.threshold[node])
        words = self.code_bits[self.code_starts[number] : self.code_starts[number + 1]].astype(np.uint32)
        return np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little"))


def read_trees(model: str) -> Iterator[Tree]:
    """The trees of ``Booster.model_to_string``.

    Raises
    ------
    UnsupportedTreesError
        If leaves hold linear models.
    """
    for block in model.split("\nTree=")[1:]:
        lines = dict(line.split("=", 1) for line in block.split("\n\n")[0].splitlines()[1:] if "=" in line)
        if lines.get("is_linear", "0") != "0":
            raise UnsupportedTreesError("the trees' leaves hold linear models (linear_tree)")
        yield Tree(
            int(lines["num_leaves"]),
            _ints(lines, "split_feature"),
            np.array(lines.get("threshold", "").split(), np.float64),
            _ints(lines, "decision_type"),
            np.stack([_ints(lines, "left_child"), _ints(lines, "right_child")], axis=1),
            np.array(lines["leaf_value"].split(), np.float64),
            _ints(lines, "cat_boundaries"),
            _ints(lines, "cat_threshold"),
        )


def _ints(lines: Mapping[str, str], name: str) -> npt.NDArray[np.int64]:
    return np.array(lines.get(name, "").split(), np.int64)
