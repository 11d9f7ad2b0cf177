"""The stock beside a snapshot, as rules ask for it: article by article, customer by customer."""

from dataclasses import dataclass

import numpy as np

from recsys_core.data.stock import NO_REGION, BoolArray, Stock
from recsys_core.features.snapshot import IntArray, Snapshot


def available_articles(snapshot: Snapshot, sold_within_days: int | None, stock_index: "StockIndex | None") -> BoolArray:
    """(n_articles,) in stock in some region; without that feed, a sale within so many days (None: any) tells stock."""
    if stock_index is not None:
        return stock_index.in_stock
    if sold_within_days is None:
        return np.ones(snapshot.n_articles, bool)
    is_sold: BoolArray = snapshot.article("days_since_last_sale") <= sold_within_days
    return is_sold


@dataclass(frozen=True)
class StockIndex:
    """Stock by article_idx, and the region of each customer of the snapshot."""

    stock: Stock
    region: IntArray
    """(n_customers + 1,) position in ``stock.regions``, NO_REGION if unknown; the last is the unknown customer's."""

    @classmethod
    def beside(cls, snapshot: Snapshot, stock: Stock) -> "StockIndex":
        """``stock`` must be in the order of the snapshot's articles."""
        codes = snapshot.customer_codes("postal_code")
        region = stock.regions_of(codes.values)[codes.codes]
        region[-1] = NO_REGION
        return cls(stock, region)

    @property
    def knows_regions(self) -> bool:
        return self.stock.region_of is not None

    @property
    def in_stock(self) -> BoolArray:
        """(n_articles,) in at least one region."""
        return self.stock.anywhere

    def in_region_of(self, customers: IntArray, articles: IntArray) -> BoolArray:
        """(n, m) whether each of ``articles`` (n, m) is in stock where its customer lives; True if that is unknown."""
        region = self.region[customers][:, None]
        keep: BoolArray = self.stock.in_stock[region, articles] | (region == NO_REGION)
        return keep
