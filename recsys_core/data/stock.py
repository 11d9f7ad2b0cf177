"""Reads the optional feeds of the tables: what is in stock in which region, and which region a postal code is in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from recsys_core.contracts import columns as c

INVENTORY = "inventory"
REGIONS = "regions"
NO_REGION = -1
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Stock:
    """Contents of the stock feeds. They are undated, a statement of now, and must not be used as of a past date."""

    regions: tuple[str, ...]
    """Regions of the inventory, sorted."""
    in_stock: BoolArray
    """(n_regions, n_articles); an article that the inventory does not list in a region is not in stock there."""
    region_of: Mapping[str, str] | None = None
    """Postal code -> region; None without the feed ``regions``."""

    @classmethod
    def open(cls, tables: Path, article_ids: Sequence[str] | npt.NDArray[np.object_]) -> "Stock | None":
        """The stock of ``article_ids``, in their order; None if the shop has no feed ``inventory``.

        ``tables`` is a ``tables/<key>/`` folder; ``article_ids`` (n_articles,) are unique outside ids.
        """
        if not (tables / INVENTORY).exists():
            return None
        table = pq.read_table(tables / INVENTORY)
        regions, names = pd.factorize(table[c.REGION].to_numpy(zero_copy_only=False), sort=True)
        article = pd.Index(article_ids).get_indexer(pd.Index(table[c.ARTICLE_ID].to_numpy(zero_copy_only=False)))
        stocked = table[c.IN_STOCK].to_numpy(zero_copy_only=False) & (article >= 0)
        in_stock = np.zeros((len(names), len(article_ids)), bool)
        in_stock[regions[stocked], article[stocked]] = True
        return cls(tuple(map(str, names)), in_stock, _region_of(tables))

    @cached_property
    def anywhere(self) -> BoolArray:
        """(n_articles,) in stock in at least one region."""
        return np.asarray(self.in_stock.any(axis=0))

    def regions_of(self, postal_codes: Sequence[str]) -> npt.NDArray[np.int32]:
        """Position in ``regions`` of each postal code; NO_REGION where the feeds do not know its region or stock."""
        position = {name: i for i, name in enumerate(self.regions)}
        region_of = self.region_of or {}
        return np.array([position.get(region_of.get(code, ""), NO_REGION) for code in postal_codes], np.int32)


def _region_of(tables: Path) -> dict[str, str] | None:
    if not (tables / REGIONS).exists():
        return None
    table = pq.read_table(tables / REGIONS)
    return dict(zip(table[c.POSTAL_CODE].to_pylist(), table[c.REGION].to_pylist(), strict=True))
