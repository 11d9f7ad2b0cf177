"""Facets by numpy: which candidates match a selection, and how many each further choice would leave.

Counts are disjunctive, as shoppers expect: within a facet values are alternatives, so a facet's own selection
does not narrow its own counts; the other facets' selections do.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys_core.contracts.columns import FACETS
from recsys_core.serving.arrays import Int32, map_array, read_json

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class FacetSelection:
    """Values that a shopper has ticked. An empty set of values, like an unknown facet, selects nothing away."""

    values: Mapping[str, Set[str]] = field(default_factory=dict)
    price_min: float | None = None
    price_max: float | None = None
    in_stock: bool = False


@dataclass(frozen=True)
class FacetPage:
    """The candidates that match, in their order, and the counts beside each facet value."""

    article_idx: Int32
    counts: Mapping[str, list[tuple[str, int]]]
    """Per facet (value, count), most first; values without candidates are left out unless selected."""
    price_range: tuple[float, float] | None
    """Lowest and highest price under the other facets; None without candidates."""

    def __len__(self) -> int:
        return len(self.article_idx)


class Facet:
    """One attribute as codes: ``codes`` int16 (n_articles,), positions in ``values``."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.codes: NDArray[np.int16] = map_array(folder / f"facet_{name}.npy")
        self.values: list[str] = read_json(folder / f"facet_{name}.json")
        self._code_of = {value: code for code, value in enumerate(self.values)}

    def chosen(self, selected: Set[str]) -> Mask:
        """Returns a mask of the selected values, (n_values,)."""
        chosen = np.zeros(len(self.values), dtype=bool)
        chosen[[self._code_of[value] for value in selected if value in self._code_of]] = True
        return chosen

    def counts(self, codes: NDArray[np.int16], selected: Set[str]) -> list[tuple[str, int]]:
        """(value, count) over ``codes``, most first, equal counts by value."""
        numbers = np.bincount(codes, minlength=len(self.values)).tolist()
        shown = [(v, n) for v, n in zip(self.values, numbers, strict=True) if n or v in selected]
        return sorted(shown, key=lambda pair: (-pair[1], pair[0]))


class FacetIndex:
    """All facets of a catalogue, with price and stock."""

    def __init__(self, folder: Path, price: NDArray[np.float64], in_stock: Mask) -> None:
        self.facets = {name: Facet(folder, name) for name in FACETS}
        self._price = price
        self._in_stock = in_stock

    def page(self, candidates: NDArray[np.integer[Any]], selection: FacetSelection) -> FacetPage:
        """Filter ``candidates`` (article_idx, each once) and count; a pass over each facet's codes, no sorting."""
        is_whole = len(candidates) == len(self._price)
        rows = slice(None) if is_whole else candidates  # counts do not heed the order of the whole catalogue
        masks = self._masks(rows, selection)
        if is_whole and not masks:
            return FacetPage(candidates.astype(np.int32, copy=False), *self._of_all)
        passing = _Passing(masks)
        counts = {
            name: facet.counts(passing.but_for(name, facet.codes[rows]), selection.values.get(name, set()))
            for name, facet in self.facets.items()
        }
        price_range = _range(passing.but_for("price", self._price[rows]))
        return FacetPage(passing.among(candidates, is_whole).astype(np.int32, copy=False), counts, price_range)

    def matching(self, candidates: NDArray[np.integer[Any]], selection: FacetSelection) -> Int32:
        """The ``candidates`` that pass a selection, in their order."""
        masks = self._masks(candidates, selection)
        kept = candidates[np.logical_and.reduce(list(masks.values()))] if masks else candidates
        return kept.astype(np.int32, copy=False)

    @cached_property
    def _of_all(self) -> tuple[Mapping[str, list[tuple[str, int]]], tuple[float, float] | None]:
        """Counts and prices of the whole catalogue, where every session begins."""
        return {name: facet.counts(facet.codes, set()) for name, facet in self.facets.items()}, _range(self._price)

    def _masks(self, rows: NDArray[np.integer[Any]] | slice, selection: FacetSelection) -> dict[str, Mask]:
        """Per active filter, which of ``rows`` pass it."""
        masks = {
            name: self.facets[name].chosen(selected)[self.facets[name].codes[rows]]
            for name, selected in selection.values.items()
            if selected and name in self.facets
        }
        if selection.price_min is not None or selection.price_max is not None:
            low = -np.inf if selection.price_min is None else selection.price_min
            high = np.inf if selection.price_max is None else selection.price_max
            price = self._price[rows]
            masks["price"] = (price >= low) & (price <= high)
        if selection.in_stock:
            masks["in_stock"] = self._in_stock[rows]
        return masks


class _Passing:
    """Rows that pass all filters, or all but one."""

    def __init__(self, masks: Mapping[str, Mask]) -> None:
        self._masks = masks
        failed = [~mask for mask in masks.values()]
        self._misses: NDArray[np.uint8] = np.asarray(np.sum(failed, axis=0, dtype=np.uint8))
        """Number of filters that each row fails; of no use without filters."""
        self._all = np.flatnonzero(self._misses == 0) if masks else slice(None)

    def but_for(self, name: str, values: NDArray[Any]) -> NDArray[Any]:
        """The values (n_rows,) of rows that pass all filters other than ``name``."""
        own = self._masks.get(name)
        kept: NDArray[Any] = values[self._all if own is None else self._misses == (~own).view(np.uint8)]
        return kept

    def among(self, candidates: NDArray[np.integer[Any]], is_whole: bool) -> NDArray[np.integer[Any]]:
        """The ``candidates`` that pass; the selection's rows are theirs, or the catalogue's where ``is_whole``."""
        kept: NDArray[np.integer[Any]] = candidates[(self._misses == 0)[candidates] if is_whole else self._all]
        return kept


def _range(values: NDArray[np.float64]) -> tuple[float, float] | None:
    return (float(values.min()), float(values.max())) if len(values) else None
