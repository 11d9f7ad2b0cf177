"""Assortment of a day, its prices, and the demand of each kind of customer."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from demo_shop.catalogue import Catalogue
from demo_shop.seasons import season_curve, trend_curves
from demo_shop.vocabulary import STYLES, personas

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

CANDIDATES: Final = 18
"""Articles that a customer looks at before choosing one."""
ELSEWHERE: Final = 0.01
"""Taste for an audience that a persona does not name."""
KIDS_FIRST: Final = len(personas())
"""Personas from here on are children: see ``KIDS``."""
KIDS: Final = (
    {"newborn": 1.6, "baby_girl": 1.0, "kids_any": 0.25},
    {"newborn": 1.6, "baby_boy": 1.0, "kids_any": 0.25},
    {"newborn": 0.4, "baby_girl": 1.6, "kids_any": 0.4},
    {"newborn": 0.4, "baby_boy": 1.6, "kids_any": 0.4},
    {"kids_girl": 1.5, "kids_any": 0.5},
    {"kids_boy": 1.5, "kids_any": 0.5},
    {"young_girl": 1.5, "kids_any": 0.3, "divided_basics": 0.05},
    {"young_boy": 1.5, "kids_any": 0.3, "men_basics": 0.03},
)
"""Purchases for children by stage (newborn, baby, child, young) and girl, boy."""
STAGE_DAYS: Final = (-200, 240, 900, 3100, 5300)
"""Edges of the stages in days of age; wear is bought for a child from before its birth."""
MARKDOWN_FROM, CLEARANCE_FROM = 0.72, 0.9
"""Shares of an article's life after which it costs 30 % and 50 % less."""
MARKDOWN_LIFT: Final = 1.5
FADING: Final = 1.6
WEEKLY_NOISE, NOISE_MEMORY = 0.22, 0.7


@dataclass(frozen=True)
class Assortment:
    """One day's offer. ``price`` is in euros, ``(articles,)``, like ``on_sale``."""

    live: Ints
    on_sale: npt.NDArray[np.bool_]
    price: Floats
    edges: Floats
    """Cumulative demand over the live articles, one row a persona, flattened: persona p spans (p, p + 1]."""

    def candidates(self, persona: Ints, rng: np.random.Generator) -> Ints:
        """Articles each persona looks at, drawn by demand with repeats, ``(len(persona), CANDIDATES)``."""
        at = persona[:, None] + rng.random((len(persona), CANDIDATES))
        place = np.searchsorted(self.edges, at) - persona[:, None] * len(self.live)
        chosen: Ints = self.live[np.clip(place, 0, len(self.live) - 1)]
        return chosen


class Demand:
    """Demand over the shop's time: ``assortment(day)`` is called for days in ascending order."""

    def __init__(self, catalogue: Catalogue, first_day: dt.date, days: int, rng: np.random.Generator) -> None:
        self._catalogue = catalogue
        self._rng = rng
        lines = catalogue.lines
        seasons = list(dict.fromkeys(line.season for line in lines))
        self._season = np.array([seasons.index(line.season) for line in lines])
        self._season_curves = np.stack([season_curve(season, first_day, days) for season in seasons])
        self._trend_curves = trend_curves(days)
        self._trend_members = catalogue.trend_members
        self._carried = catalogue.products.carried[catalogue.product]
        self._tag = catalogue.products.tag[catalogue.product]
        self._noise = np.zeros(len(catalogue.products.code))
        self._affinity = _affinity(catalogue)

    def assortment(self, day: int) -> Assortment:
        """Returns the articles on sale on ``day``."""
        catalogue = self._catalogue
        if day % 7 == 0:
            shock = self._rng.normal(0, WEEKLY_NOISE, len(self._noise))
            self._noise = NOISE_MEMORY * self._noise + shock
        on_sale = (catalogue.drop <= day) & (day < catalogue.end)
        live = np.flatnonzero(on_sale)
        if len(live) == 0:
            raise ValueError(f"nothing is on sale on day {day}: ask for more articles")
        age = (day - catalogue.drop) / np.maximum(catalogue.end - catalogue.drop, 1)
        off = np.where(age > CLEARANCE_FROM, 0.5, np.where(age > MARKDOWN_FROM, 0.7, 1.0))
        off = np.where(self._carried, 1.0, off)
        weight = self._affinity[:, live] * np.exp(self._log_demand(day, live, age[live], off[live]))
        edges = np.cumsum(weight, axis=1)
        edges /= edges[:, -1:]
        edges += np.arange(len(edges))[:, None]
        return Assortment(live, on_sale, self._tag * off, edges.ravel())

    def _log_demand(self, day: int, live: Ints, age: Floats, off: Floats) -> Floats:
        catalogue = self._catalogue
        since = day - catalogue.drop[live]
        fading = np.where(self._carried[live], 0.2, FADING) * age
        log_demand: Floats = (
            catalogue.log_popularity[live]
            + self._noise[catalogue.product[live]]
            + np.log(self._season_curves[self._season[live], day])
            + self._trend_curves[day] @ self._trend_members[:, live]
            + np.log(np.minimum((since + 1) / 4, 1.0))
            - fading
            + np.log(MARKDOWN_LIFT) * (off < 1)
        )
        return log_demand


def kids_persona(age_days: Ints, girl: npt.NDArray[np.bool_]) -> Ints:
    """The persona a child of this age shops as; -1 for who is not yet expected or has grown up."""
    stage = np.searchsorted(STAGE_DAYS, age_days, side="right") - 1
    there = (stage >= 0) & (stage < len(KIDS) // 2)
    return np.where(there, KIDS_FIRST + 2 * stage + ~girl, -1)


def _affinity(catalogue: Catalogue) -> Floats:
    """Returns the affinity of each persona for each article beside its popularity, ``(personas + KIDS, articles)``."""
    audiences = [line.audience for line in catalogue.lines]
    names = sorted(set(audiences))
    audience = np.array([names.index(name) for name in audiences])
    style = catalogue.products.style[catalogue.product]
    rows = []
    for persona in personas():
        buys = np.array([_adult_taste(persona.buys, name) for name in names])
        leaning = np.array([persona.styles.get(name, 0.0) for name in STYLES])
        rows.append(buys[audience] * np.exp(leaning[style]))
    for wants in KIDS:
        rows.append(np.array([wants.get(name, 1e-4) for name in names])[audience])
    return np.stack(rows)


def _adult_taste(buys: Mapping[str, float], audience: str) -> float:
    """Grown-ups without a child at hand hardly buy children's wear (presents apart)."""
    return buys.get(audience, ELSEWHERE / 3 if audience.startswith(("kids", "baby", "young", "newborn")) else ELSEWHERE)
