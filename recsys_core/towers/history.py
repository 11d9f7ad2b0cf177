"""A customer's last purchases before a moment: the sequence that the customer tower reads.

In training the moment is the day of the purchase to be predicted, and only earlier days count: neither that purchase
nor the rest of its basket is seen. When vectors are made it is the cut-off.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys_core.compiled import compiled
from recsys_core.features.arrays import Purchases
from recsys_core.features.snapshot import IntArray

PAD = -1
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Moments:
    """Customers and moments of histories: one row each."""

    start: Positions
    """(n,) the customer's first position in the purchases."""
    end: Positions
    """(n,) the position after the last purchase before the moment."""
    days_ago: IntArray
    """(n,) the moment's day, days before the cut-off; 0 is the cut-off."""

    def __getitem__(self, at: npt.NDArray[np.int64]) -> "Moments":
        return Moments(self.start[at], self.end[at], self.days_ago[at])

    def __len__(self) -> int:
        return len(self.end)


def before_purchases(purchases: Purchases, at: Positions) -> Moments:
    """The moments just before the days of the purchases at the positions ``at``."""
    customer, days_ago = purchases.customer_idx[at], purchases.days_ago[at]
    return Moments(purchases.start[customer], first_of_day(purchases)[at], days_ago)


def as_of_cutoff(purchases: Purchases, customers: IntArray) -> Moments:
    """The cut-off, for each of ``customers``; the unknown customer has no history."""
    today = np.zeros(len(customers), np.int32)
    return Moments(purchases.start[customers], purchases.start[customers + 1], today)


def last_purchases(purchases: Purchases, moments: Moments, length: int) -> tuple[IntArray, npt.NDArray[np.float32]]:
    """Articles (n, length), latest first, ``PAD`` where there are fewer, and the days from them to the moment."""
    position = moments.end[:, None] - 1 - np.arange(length)
    there = position >= moments.start[:, None]
    position = np.where(there, position, 0)
    if not len(purchases.article_idx):
        return np.full(position.shape, PAD, np.int32), np.zeros(position.shape, np.float32)
    articles = np.where(there, purchases.article_idx[position], PAD).astype(np.int32)
    gap = np.where(there, purchases.days_ago[position] - moments.days_ago[:, None], 0).astype(np.float32)
    return articles, gap


def first_of_day(purchases: Purchases) -> Positions:
    """(n,) position of the first purchase that the same customer made on the same day."""
    return first_within(purchases.start, purchases.days_ago, 0)


@compiled
def first_within(start: Positions, days_ago: IntArray, days: int) -> Positions:
    """(n,) position of the same customer's first purchase at most ``days`` before each purchase; its own at the latest.

    Purchases are sorted by customer and day; ``start`` is the first position of each customer.
    """
    first = np.empty(len(days_ago), np.int64)
    for customer in range(len(start) - 1):
        at = start[customer]
        for i in range(start[customer], start[customer + 1]):
            while days_ago[at] > days_ago[i] + days:
                at += 1
            first[i] = at
    return first
