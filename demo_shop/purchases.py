"""The demo shop's purchases, simulated day by day for all customers at once.

A day's visitors fill baskets. An item is drawn fresh from what is on sale (candidates by persona, then a personal
choice among them), to match the basket's first item, again from the customer's past, or as one more of the same.
Memory is ``O(customers + candidates of a day)``; nothing grows with the number of days.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from demo_shop.catalogue import IN_STORES, ONLINE, PRICE_UNIT, Catalogue
from demo_shop.customers import Customers
from demo_shop.demand import KIDS_FIRST, Assortment, Demand, kids_persona
from demo_shop.seasons import growth
from demo_shop.taste import Taste

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

PURCHASES_EACH: Final = 22.5
"""Purchases a customer over a long period; a short shop has fewer."""
SETTLE_DAYS: Final = 60.0
REMEMBERED_PURCHASES: Final = 24
"""Past purchases that a customer remembers."""
ECHO, ECHO_DAYS = 1.8, 6.0
"""Right after a visit the next one is likelier, and fades."""
BASKET_MEAN, BASKET_SPREAD, BASKET_MOST = 0.72, 0.85, 40
EXPECTED_BASKET: Final = 3.15
SAME_AGAIN, OTHER_COLOUR, MATCHING = 0.06, 0.07, 0.62
"""Shares of a basket's further items: one more of the first, the first in another colour, a match for it."""
WEEKDAY: Final = np.array([0.92, 0.90, 0.98, 1.02, 1.08, 1.12, 0.98])
CAMPAIGNS: Final = {(11, 27): 2.0, (11, 28): 1.8, (6, 20): 1.4, (9, 12): 1.3, (12, 27): 1.5}
"""Member days and sales (month, day): lift of the day's visits."""


@dataclass(frozen=True)
class DayOfPurchases:
    """Rows of one day, ordered by customer; equal rows are real."""

    day: int
    customer: Ints
    article: Ints
    price: Floats
    channel: Ints

    @property
    def size(self) -> int:
        return len(self.customer)


def simulate(
    catalogue: Catalogue,
    customers: Customers,
    first_day: dt.date,
    days: int,
    rng: np.random.Generator,
    total: int | None = None,
) -> Iterator[DayOfPurchases]:
    """Yield the purchases of each day, in order; ``total`` purchases, by default some ``PURCHASES_EACH`` a customer."""
    demand = Demand(catalogue, first_day, days, rng)
    taste = Taste(catalogue, customers)
    state = _State(customers, first_day, days, rng, total)
    for day in range(days):
        visitors, left = state.visitors(day), state.left
        bought = _shop(day, visitors, demand.assortment(day), taste, state, rng)
        is_last = total is not None and day == days - 1
        yield _exactly(bought, left, rng) if is_last else bought


class _State:
    """Past purchases of the customers, and the days on which they come."""

    def __init__(
        self, customers: Customers, first_day: dt.date, days: int, rng: np.random.Generator, total: int | None
    ) -> None:
        self.customers = customers
        self._rng = rng
        self._last_visit = np.full(customers.size, -1000.0, dtype=np.float32)
        self._past = np.full((customers.size, REMEMBERED_PURCHASES), -1, dtype=np.int32)
        self._bought = np.zeros(customers.size, dtype=np.int64)
        self._curve = np.array([_busyness(first_day + dt.timedelta(days=i)) for i in range(days)])
        self._curve *= growth(days)
        usual = customers.size * PURCHASES_EACH * (1 - np.exp(-days / SETTLE_DAYS))
        self._planned = (usual if total is None else total) * self._curve.cumsum()
        self._planned /= self._curve.sum()
        self._done = 0

    @property
    def left(self) -> int:
        """Purchases of the plan that are still to come."""
        return max(round(float(self._planned[-1])) - self._done, 0)

    def visitors(self, day: int) -> Ints:
        """Customers who come this day, ascending; their number steers the total to the plan."""
        c = self.customers
        here = (c.joined <= day) & (day < c.left) & ((day < c.lapsed) | (day >= c.returned))
        echo = 1 + ECHO * np.exp((self._last_visit - np.float32(day)) / np.float32(ECHO_DAYS))
        rate = c.rate * here * echo
        wanted = max(self._planned[day] - self._done, 0.0) / EXPECTED_BASKET
        chance = np.minimum(rate * np.float32(wanted / max(float(rate.sum(dtype=np.float64)), 1e-9)), 0.6)
        came = np.flatnonzero(self._rng.random(c.size, dtype=np.float32) < chance)
        self._last_visit[came] = day
        return came

    def remembered(self, customer: Ints) -> Ints:
        """An article that each customer bought before, later ones likelier; -1 without a past."""
        known = np.minimum(self._bought[customer], REMEMBERED_PURCHASES)
        back = np.floor(known * self._rng.random(len(customer)) ** 1.7).astype(np.int64)
        slot = (self._bought[customer] - 1 - back) % REMEMBERED_PURCHASES
        return np.where(known > 0, self._past[customer, slot].astype(np.int64), -1)

    def owned(self, customer: Ints) -> npt.NDArray[np.int32]:
        """Returns the remembered purchases of each customer, ``(n, REMEMBERED_PURCHASES)``, -1 pads."""
        past: npt.NDArray[np.int32] = self._past[customer]
        return past

    def remember(self, customer: Ints, article: Ints) -> None:
        """Note a day's purchases; ``customer`` is sorted."""
        first = np.searchsorted(customer, customer)
        place = np.arange(len(customer)) - first
        self._past[customer, (self._bought[customer] + place) % REMEMBERED_PURCHASES] = article
        np.add.at(self._bought, customer, 1)
        self._done += len(customer)


def _exactly(bought: DayOfPurchases, n: int, rng: np.random.Generator) -> DayOfPurchases:
    """A day of ``n`` purchases: some left out at random, or some twice."""
    if not bought.size:
        return bought
    spare = rng.permutation(bought.size)[: n % bought.size]
    rows = np.sort(np.concatenate([np.tile(np.arange(bought.size), n // bought.size), spare]))
    customer, article, price, channel = (
        values[rows] for values in (bought.customer, bought.article, bought.price, bought.channel)
    )
    return DayOfPurchases(bought.day, customer, article, price, channel)


def _busyness(day: dt.date) -> float:
    return float(WEEKDAY[day.weekday()] * CAMPAIGNS.get((day.month, day.day), 1.0))


def _shop(
    day: int, visitors: Ints, assortment: Assortment, taste: Taste, state: _State, rng: np.random.Generator
) -> DayOfPurchases:
    c = state.customers
    sizes = np.exp(rng.normal(BASKET_MEAN, BASKET_SPREAD, len(visitors)) + c.basket[visitors])
    sizes = np.clip(np.round(sizes), 1, BASKET_MOST).astype(np.int64)
    persona = _personas_today(day, visitors, c, rng)
    channel = np.where(rng.random(len(visitors)) < c.online[visitors], ONLINE, IN_STORES)
    first = _first_items(visitors, persona, channel, assortment, taste, state, rng)
    basket = np.repeat(np.arange(len(visitors)), sizes)
    article = first[basket]
    further = np.flatnonzero(np.diff(basket, prepend=-1) == 0)
    article[further] = _further_items(
        visitors[basket[further]],
        persona[basket[further]],
        channel[basket[further]],
        article[further],
        assortment,
        taste,
        state,
        rng,
    )
    customer = visitors[basket]
    price = assortment.price[article] * np.where(rng.random(len(visitors)) < 0.12, 0.9, 1.0)[basket]
    state.remember(customer, article)
    sold_in = np.where(taste.only[article] == 0, channel[basket], taste.only[article])
    return DayOfPurchases(day, customer, article, np.round(price, 2) / PRICE_UNIT, sold_in)


def _personas_today(day: int, visitors: Ints, c: Customers, rng: np.random.Generator) -> Ints:
    """Person that each visitor shops for today: the own style, the second one, or a child of the age it has by now."""
    second = rng.random(len(visitors)) < c.second_share[visitors]
    persona = np.where(second, c.second_persona[visitors], c.persona[visitors])
    child = rng.integers(0, 2, len(visitors))
    born, girl = c.kid_born[visitors, child], c.kid_girl[visitors, child]
    childs = kids_persona(day - born, girl)
    for_child = (rng.random(len(visitors)) < c.kids_share[visitors]) & (childs >= KIDS_FIRST)
    return np.where(for_child, childs, persona)


def _first_items(
    customer: Ints,
    persona: Ints,
    channel: Ints,
    assortment: Assortment,
    taste: Taste,
    state: _State,
    rng: np.random.Generator,
) -> Ints:
    owned = state.owned(customer)
    fresh = taste.choose(customer, assortment.candidates(persona, rng), owned, channel, rng)
    again = _again(customer, channel, assortment, taste, state, rng)
    return np.where(again >= 0, again, fresh)


def _further_items(
    customer: Ints,
    persona: Ints,
    channel: Ints,
    first: Ints,
    assortment: Assortment,
    taste: Taste,
    state: _State,
    rng: np.random.Generator,
) -> Ints:
    pick, owned = rng.random(len(customer)), state.owned(customer)
    matching = taste.choose(customer, assortment.candidates(persona, rng), owned, channel, rng, beside=first)
    fresh = taste.choose(customer, assortment.candidates(persona, rng), owned, channel, rng)
    again = _again(customer, channel, assortment, taste, state, rng)
    chosen = np.where(pick < SAME_AGAIN + OTHER_COLOUR + MATCHING, matching, fresh)
    chosen = np.where(again >= 0, again, chosen)
    sibling = taste.other_colour(first, rng)
    chosen = np.where((pick < SAME_AGAIN + OTHER_COLOUR) & assortment.on_sale[sibling], sibling, chosen)
    return np.where(pick < SAME_AGAIN, first, chosen)


def _again(
    customer: Ints, channel: Ints, assortment: Assortment, taste: Taste, state: _State, rng: np.random.Generator
) -> Ints:
    """Returns the article that each customer buys once more, at times in another colour; -1 for none."""
    past = state.remembered(customer)
    other = taste.other_colour(np.maximum(past, 0), rng)
    past = np.where((rng.random(len(past)) < 0.35) & assortment.on_sale[other] & (past >= 0), other, past)
    willing = state.customers.rebuy[customer] * np.where(taste.carried[past], 1.5, 0.7)
    there = (past >= 0) & assortment.on_sale[past] & taste.sold_in(channel, past)
    return np.where(there & (rng.random(len(past)) < willing), past, -1)
