"""Writes a demo shop's feeds: what is in stock in which region on the day after the last, and where customers live."""

import csv
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from demo_shop.catalogue import Catalogue
from demo_shop.customers import Customers
from demo_shop.tables import postal_code
from recsys_core.contracts.columns import ARTICLE_ID, IN_STOCK, POSTAL_CODE, REGION

REGIONS: Final = ("east", "north", "south", "west")
SOLD_OUT: Final = 0.05
"""Share of what is on sale that is in stock nowhere."""
STOCKED: Final = 0.85
"""Share of the rest that a region has in stock."""
LEFT_OVER: Final = 0.15
"""Share of what is no longer on sale that a region still has; the season's clearance lies there."""


def write_inventory(path: Path, catalogue: Catalogue, days: int, rng: np.random.Generator) -> None:
    """``inventory.csv``: a row for each article and region."""
    in_stock = _stock(catalogue, days, rng)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((ARTICLE_ID, REGION, IN_STOCK))
        for article_id, stocked in zip(catalogue.article_ids, in_stock.astype(int).tolist(), strict=True):
            writer.writerows((article_id, region, there) for region, there in zip(REGIONS, stocked, strict=True))


def write_regions(path: Path, customers: Customers, seed: int) -> None:
    """``regions.csv``: the region of each postal code but the one that stands for many."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((POSTAL_CODE, REGION))
        areas = np.unique(customers.profile.area[customers.profile.area > 0]).tolist()
        writer.writerows((postal_code(seed, area), REGIONS[area % len(REGIONS)]) for area in areas)


def _stock(catalogue: Catalogue, days: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """(n_articles, n_regions); what comes later than the last day is not there yet."""
    size = (catalogue.size, len(REGIONS))
    on_sale = (catalogue.drop < days) & (days <= catalogue.end)
    over = catalogue.end < days
    sold_out = rng.random(catalogue.size) < SOLD_OUT
    share = np.where(on_sale & ~sold_out, STOCKED, np.where(over, LEFT_OVER, 0.0))
    stocked: npt.NDArray[np.bool_] = rng.random(size) < share[:, None]
    return stocked
