"""Facets by numpy: which candidates match a selection, and how many each further choice would leave.

Counts are disjunctive, as shoppers expect: within a facet values are alternatives, so a facet's own selection
does not narrow its own counts; the other facets' selections do.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys_core.contracts.columns import FACETS
from recsys_core.serving.arrays import Int32, map_array, read_json

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class FacetSelection:
    """What a shopper has ticked. An empty set of values, like an unknown facet, selects nothing away."""

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
        """Which values are selected, (n_values,)."""
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

    def __init__(self, folder: Path, price: NDArray[np.float32], in_stock: Mask) -> None:
        self.facets = {name: Facet(folder, name) for name in FACETS}
        self._price = price
        self._in_stock = in_stock

    def page(self, candidates: NDArray[np.integer[Any]], selection: FacetSelection) -> FacetPage:
        """Filter ``candidates`` (article_idx) and count; a pass over each facet's codes, no sorting."""
        codes = {name: facet.codes[candidates] for name, facet in self.facets.items()}
        price = self._price[candidates]
        masks = self._masks(candidates, codes, price, selection)
        misses = _misses(masks, len(candidates))
        counts = {
            name: facet.counts(_kept_but_for(name, codes[name], masks, misses), selection.values.get(name, set()))
            for name, facet in self.facets.items()
        }
        within = _kept_but_for("price", price, masks, misses)
        price_range = (float(within.min()), float(within.max())) if len(within) else None
        matching = candidates if misses is None else candidates[misses == 0]
        return FacetPage(matching.astype(np.int32, copy=False), counts, price_range)

    def _masks(
        self,
        candidates: NDArray[np.integer[Any]],
        codes: Mapping[str, NDArray[np.int16]],
        price: NDArray[np.float32],
        selection: FacetSelection,
    ) -> dict[str, Mask]:
        """Per active filter, which candidates pass it."""
        masks = {
            name: self.facets[name].chosen(selected)[codes[name]]
            for name, selected in selection.values.items()
            if selected and name in self.facets
        }
        if selection.price_min is not None or selection.price_max is not None:
            low = -np.inf if selection.price_min is None else selection.price_min
            high = np.inf if selection.price_max is None else selection.price_max
            masks["price"] = (price >= low) & (price <= high)
        if selection.in_stock:
            masks["in_stock"] = self._in_stock[candidates]
        return masks


def _misses(masks: Mapping[str, Mask], n: int) -> NDArray[np.uint8] | None:
    """How many filters each candidate fails; None when there is no filter."""
    if not masks:
        return None
    misses = np.zeros(n, dtype=np.uint8)
    for mask in masks.values():
        misses += ~mask
    return misses


def _kept_but_for(
    name: str, values: NDArray[Any], masks: Mapping[str, Mask], misses: NDArray[np.uint8] | None
) -> NDArray[Any]:
    """The values of candidates that pass all filters other than ``name``."""
    if misses is None:
        return values
    own = masks.get(name)
    allowed: NDArray[np.uint8] | int = 0 if own is None else (~own).view(np.uint8)
    kept: NDArray[Any] = values[misses == allowed]
    return kept
