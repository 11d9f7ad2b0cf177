"""Histories of a part of the customers: their purchases in order, and those of them before a cut-off."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from recsys_core.contracts import columns as c
from recsys_core.contracts.features import WINDOWS

Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
ONLINE = 2
"""The sales channel that is the online shop."""


@dataclass(frozen=True)
class Bought:
    """All purchases of some customers, sorted by customer, day, article, price and sales channel."""

    start: Longs
    """(n_customers + 1,) first row of each customer."""
    article: Ints
    day: Ints
    """Days since 1970-01-01."""
    price: Doubles
    online: Bools
    basket_share: Doubles
    """Part of all that the customer bought on the day: 1 / (distinct articles * rows of this one)."""

    @classmethod
    def of(cls, table: pa.Table, first_customer: int, n_customers: int) -> Self:
        """From the columns customer_idx, article_idx, day, price, sales_channel_id, in any order."""
        customer = table[c.CUSTOMER_IDX].to_numpy() - first_customer
        article, day = table[c.ARTICLE_IDX].to_numpy(), table[c.DAY].to_numpy()
        price, channel = table[c.PRICE].to_numpy(), table[c.CHANNEL].to_numpy()
        order = in_order(customer, day, article, price, channel)
        customer, article, day = customer[order], article[order], day[order]
        start = np.searchsorted(customer, np.arange(n_customers + 1))
        return cls(start, article, day, price[order], channel[order] == ONLINE, basket_shares(customer, day, article))

    def before(self, day: int) -> "Histories":
        """The histories as of a cut-off, of the same customers."""
        seen = self.day < day
        start = running_sums(seen)[self.start]
        days_ago = day - self.day[seen]
        shares = self.basket_share[seen]
        return Histories(start, self.article[seen], days_ago, self.price[seen], self.online[seen], shares)


@dataclass(frozen=True)
class Histories:
    """Purchases of some customers before a cut-off, in the order of ``Bought``."""

    start: Longs
    """(n_customers + 1,) first row of each customer."""
    article: Ints
    days_ago: Ints
    """1 is the day before the cut-off; descending within a customer."""
    price: Doubles
    online: Bools
    basket_share: Doubles

    @property
    def n_customers(self) -> int:
        return len(self.start) - 1

    @property
    def customer(self) -> Ints:
        """The customer of each row, (n,)."""
        return np.repeat(np.arange(self.n_customers, dtype=np.int32), np.diff(self.start))

    def of(self, customers: Bools) -> "Histories":
        """Those of the customers (n_customers,), without whom nothing was bought."""
        start = np.append(self.start[:-1][customers], self.start[-1])
        return Histories(start, self.article, self.days_ago, self.price, self.online, self.basket_share)

    @property
    def window(self) -> Bytes:
        """Position of the shortest of WINDOWS that holds each row, (n,); ``len(WINDOWS)`` if none does."""
        position: Bytes = np.searchsorted(WINDOWS, self.days_ago).astype(np.uint8)
        return position

    @property
    def on_last_day(self) -> Bools:
        """True for what was bought on the customer's last shopping day, (n,)."""
        counts = np.diff(self.start)
        last = self.days_ago[self.start[1:][counts > 0] - 1]
        is_last: Bools = self.days_ago == np.repeat(last, counts[counts > 0])
        return is_last

    def total(self, values: npt.NDArray[np.generic]) -> Longs:
        """Sum of whole numbers or flags (n,) over each customer's rows, (n_customers,)."""
        return sums_by(self.start, values)


def running_sums(values: npt.NDArray[np.generic]) -> Longs:
    """Sums of the first 0, 1, .. n of the values, (n + 1,)."""
    sums: Longs = np.concatenate([np.zeros(1, np.int64), np.cumsum(values, dtype=np.int64)])
    return sums


def sums_by(start: Longs, values: npt.NDArray[np.generic]) -> Longs:
    """Sum of the values (n,) from each first row to the next one, (len(start) - 1,)."""
    sums: Longs = np.diff(running_sums(values)[start])
    return sums


def in_order(customer: Longs, day: Ints, article: Ints, price: Doubles, channel: npt.NDArray[np.int8]) -> Longs:
    """Positions of rows by customer, day, article, price and sales channel, (n,).

    The first three in one number are a key that sorts fast; price and channel order the few rows that share it.
    """
    since = day - (day.min() if len(day) else 0)
    widths = [int(values.max(initial=0)).bit_length() for values in (customer, since, article)]
    if sum(widths) >= 63:
        return np.lexsort((channel, price, article, day, customer))
    key = (customer.astype(np.int64) << (widths[1] + widths[2])) | (since.astype(np.int64) << widths[2]) | article
    order = np.argsort(key, kind="stable")
    key = key[order]
    same = np.zeros(len(key), bool)
    same[1:] = key[1:] == key[:-1]
    same[:-1] |= same[1:]
    at = np.flatnonzero(same)
    tied = order[at]
    order[at] = tied[np.lexsort((channel[tied], price[tied], key[at]))]
    return order


def basket_shares(customer: npt.NDArray[np.integer], day: Ints, article: Ints) -> Doubles:
    """Part of its basket that each row is, (n,): rows are sorted by customer, day, article."""
    basket, item = np.ones(len(day), bool), np.ones(len(day), bool)
    basket[1:] = (np.diff(customer) != 0) | (np.diff(day) != 0)
    item[1:] = basket[1:] | (np.diff(article) != 0)
    number, of_item = np.cumsum(basket) - 1, np.cumsum(item) - 1
    shares: Doubles = 1 / (np.bincount(number[item])[number] * np.bincount(of_item)[of_item])
    return shares
