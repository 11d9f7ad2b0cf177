"""The demo shop's customers: personas by age, purses, families, tastes, and what the club knows of them."""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from demo_shop.catalogue import LATENT, draw_index
from demo_shop.seasons import GROWTH_DAYS
from demo_shop.vocabulary import SLOTS, colour_families, personas

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

YEAR_DAYS = 365
NEVER_DAYS = 10**6
"""A day that does not come."""
LARGEST_AREA = 0.07
"""Share of customers under the one postal code that stands for many."""


@dataclass(frozen=True)
class Profile:
    """Columns of ``customers.csv``; empty strings are nulls. Who is not ``known`` and has bought has no row."""

    known: Bools
    fn: Bools
    active: Bools
    club: npt.NDArray[np.str_]
    news: npt.NDArray[np.str_]
    age: Ints
    """0 = null."""
    area: Ints
    """Number of the postal code."""


@dataclass(frozen=True)
class Customers:
    """One entry a customer, in order of ``ids``; days count from the shop's first day."""

    ids: list[str]
    profile: Profile
    persona: Ints
    second_persona: Ints
    second_share: Floats
    purse: Floats
    online: Floats
    rate: Floats
    """Relative frequency of visits; 0 for those who never buy."""
    basket: Floats
    """Log lift of the basket's size."""
    rebuy: Floats
    joined: Ints
    lapsed: Ints
    returned: Ints
    left: Ints
    kids_share: Floats
    kid_born: Ints
    """Day of birth of up to two children, ``(n, 2)``; ``NEVER_DAYS`` for none."""
    kid_girl: Bools
    colour_taste: npt.NDArray[np.float16]
    slot_taste: npt.NDArray[np.float16]
    latent_taste: npt.NDArray[np.float16]

    @property
    def size(self) -> int:
        return len(self.ids)


def draw_customers(n: int, days: int, seed: int, rng: np.random.Generator) -> Customers:
    """Draw ``n`` customers for a shop of ``days`` days."""
    age = _ages(n, rng)
    persona = _personas_of(age, rng)
    second = _personas_of(np.clip(age + rng.integers(-6, 7, n), 16, 95), rng)
    everyone = personas()
    of = {f: np.array([getattr(p, f) for p in everyone])[persona] for f in ("purse", "online", "kids")}
    area = _areas(n, rng)
    parent = rng.random(n) < of["kids"]
    born, girl = _children(age, parent, days, rng)
    lapsed = np.where(rng.random(n) < 0.28, rng.integers(0, max(days, 1), n), NEVER_DAYS)
    return Customers(
        ids=sorted(hashlib.sha256(f"demo customer {seed}/{i}".encode()).hexdigest() for i in range(n)),
        profile=_profile(n, age, area, rng),
        persona=persona,
        second_persona=second,
        second_share=rng.beta(0.7, 3.5, n).astype(np.float32),
        purse=(of["purse"] + rng.normal(0, 0.3, n) + 0.15 * np.sin(area * 12.9898)).astype(np.float32),
        online=rng.beta(4 * of["online"], 4 * (1 - of["online"])).astype(np.float32),
        rate=((0.08 + rng.gamma(1.5, 1.0, n)) * (rng.random(n) > 0.03)).astype(np.float32),
        basket=rng.normal(0, 0.3, n).astype(np.float32),
        rebuy=rng.beta(1.2, 16.0, n).astype(np.float32),
        joined=np.where(rng.random(n) < 0.72, 0, _joined(n, days, rng)),
        lapsed=lapsed,
        returned=lapsed + rng.integers(30, max(days, 60), n),
        left=np.where(rng.random(n) < 0.10, rng.integers(0, max(days, 1), n), NEVER_DAYS),
        kids_share=np.where(parent, rng.beta(3, 4, n), 0.0).astype(np.float32),
        kid_born=born,
        kid_girl=girl,
        colour_taste=_colour_taste(persona, rng),
        slot_taste=rng.normal(0, 0.9, (n, len(SLOTS))).astype(np.float16),
        latent_taste=rng.normal(0, 1, (n, LATENT)).astype(np.float16),
    )


def _joined(n: int, days: int, rng: np.random.Generator) -> Ints:
    """Days on which customers join the growing shop: more of late."""
    return np.maximum(days - 1 - rng.exponential(GROWTH_DAYS, n), 0).astype(np.int64)


def _ages(n: int, rng: np.random.Generator) -> Ints:
    """Two humps, around 24 and around 50, 16 to 95."""
    young = 17 + rng.gamma(2.6, 4.2, n)
    grown = rng.normal(50, 9, n)
    return np.clip(np.where(rng.random(n) < 0.62, young, grown), 16, 95).astype(np.int64)


def _personas_of(age: Ints, rng: np.random.Generator) -> Ints:
    """A persona by age: its share times a bell around its centre."""
    everyone, by_age = personas(), np.zeros(len(age), dtype=np.int64)
    share = np.array([p.share for p in everyone])
    centre, spread = np.array([p.age for p in everyone]), np.array([p.spread for p in everyone])
    for value in np.unique(age):
        mine = np.flatnonzero(age == value)
        bell = np.exp(-0.5 * ((value - centre) / spread) ** 2) / spread
        by_age[mine] = draw_index(share * bell + 1e-9, len(mine), rng)
    return by_age


def _children(age: Ints, parent: Bools, days: int, rng: np.random.Generator) -> tuple[Ints, Bools]:
    """Birthdays of up to two children, from before the shop's first day to within its time."""
    n = len(age)
    oldest = np.clip(age - 18, 1, 14)
    years = rng.random((n, 2)) * (oldest[:, None] + 0.7) - 0.7
    born = np.where(rng.random((n, 2)) < (1.0, 0.55), (-years * YEAR_DAYS).astype(np.int64), NEVER_DAYS)
    born[~parent] = NEVER_DAYS
    return np.where(born > days, NEVER_DAYS, born), rng.random((n, 2)) < 0.5


def _areas(n: int, rng: np.random.Generator) -> Ints:
    """Postal codes: one for many, the others small with a few large."""
    places = max(int(n * 0.8), 2)
    own = 1 + np.minimum((places * rng.random(n) ** 1.4).astype(np.int64), places - 1)
    return np.where(rng.random(n) < LARGEST_AREA, 0, own)


def _colour_taste(persona: Ints, rng: np.random.Generator) -> npt.NDArray[np.float16]:
    """Log leaning to each colour family, ``(n, families)``: the persona's and the customer's own."""
    families = colour_families()
    leaning = np.array([[p.colours.get(family, 0.0) for family in families] for p in personas()])
    own = rng.normal(0, 0.8, (len(persona), len(families)))
    return np.asarray(leaning[persona] + own, dtype=np.float16)


def _profile(n: int, age: Ints, area: Ints, rng: np.random.Generator) -> Profile:
    """Club attributes with their gaps: news readers are also FN and mostly active."""
    reads = rng.random(n) < np.clip(0.25 + age / 250, 0, 0.6)
    reads_rarely = rng.random(n) < 0.001
    news = np.where(reads_rarely, "Monthly", np.where(reads, "Regularly", "NONE"))
    club = np.where(rng.random(n) < 0.07, "PRE-CREATE", "ACTIVE")
    club = np.where(rng.random(n) < 0.0005, "LEFT CLUB", club)
    return Profile(
        known=rng.random(n) > 0.04,
        fn=reads & (rng.random(n) < 0.98),
        active=reads & (rng.random(n) < 0.96),
        club=np.where(rng.random(n) < 0.0045, "", club),
        news=np.where(rng.random(n) < 0.011, "", news),
        age=np.where(rng.random(n) < 0.0115, 0, age),
        area=area,
    )
