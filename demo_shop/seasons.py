"""Demand for garments over time: the year's curves, and trends that turn within the shop's time."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MONTHS: Final = {
    #          Jan   Feb   Mar   Apr   May   Jun   Jul   Aug   Sep   Oct   Nov   Dec
    "all": (1.00, 1.00, 1.00, 1.00, 1.00, 1.00, 1.00, 1.00, 1.00, 1.00, 1.00, 1.00),
    "summer": (0.35, 0.45, 0.80, 1.20, 1.60, 1.80, 1.65, 1.10, 0.70, 0.45, 0.40, 0.40),
    "beach": (0.12, 0.15, 0.30, 0.80, 1.80, 2.80, 2.60, 1.30, 0.35, 0.12, 0.10, 0.12),
    "swim": (0.02, 0.03, 0.15, 0.80, 2.60, 4.20, 3.80, 0.12, 0.01, 0.01, 0.01, 0.01),
    "winter": (1.70, 1.10, 0.70, 0.40, 0.22, 0.15, 0.20, 0.60, 1.30, 1.90, 2.10, 2.00),
    "autumn": (0.80, 0.85, 1.00, 0.95, 0.70, 0.45, 0.55, 1.20, 1.80, 1.80, 1.30, 0.85),
    "spring": (0.60, 1.10, 1.80, 1.90, 1.40, 0.90, 0.70, 0.90, 1.00, 0.80, 0.50, 0.45),
    "party": (0.70, 0.80, 0.85, 0.95, 1.10, 1.15, 0.90, 0.85, 0.90, 1.00, 1.60, 2.20),
}
"""Demand by month; a year's mean is about one."""


GROWTH_DAYS: Final = 240.0
"""The shop grows: purchases and new customers of a day become fewer by 1/e each so many days back."""
ASSORTMENT_GROWTH_DAYS: Final = 300.0
"""The same of new products."""


def growth(days: int, period: float = GROWTH_DAYS) -> Floats:
    """Size of the shop on each of ``days`` days, 1 on the last, ``(days,)``."""
    size: Floats = np.exp((np.arange(days) - (days - 1)) / period)
    return size


@dataclass(frozen=True)
class Trend:
    """A taste that comes and goes: a bump of ``strength`` (log) around ``peak``, both in shares of the period."""

    attribute: str
    values: tuple[str, ...]
    peak: float
    width: float
    strength: float


TRENDS: Final = (
    Trend("family", ("lilac",), 0.35, 0.16, 1.5),
    Trend("family", ("green",), 1.0, 0.30, 1.0),
    Trend("family", ("yellow", "orange"), 0.6, 0.15, 0.7),
    Trend("appearance", ("Check",), 1.0, 0.22, 1.1),
    Trend("appearance", ("Dot",), 0.2, 0.15, 1.0),
    Trend("sleeve", ("puff", "balloon"), 0.75, 0.25, 0.8),
    Trend("leg", ("wide", "flared"), 1.1, 0.45, 0.9),
    Trend("leg", ("skinny",), -0.1, 0.45, 0.9),
    Trend("cut", ("puffer", "biker"), 1.0, 0.2, 0.5),
)


def season_curve(season: str, first_day: dt.date, days: int) -> Floats:
    """Demand of ``season`` on each of ``days`` days from ``first_day`` on, ``(days,)``; months are interpolated."""
    middles = np.array([15 + 30.4 * month for month in range(-1, 13)])
    values = MONTHS[season]
    cyclic = np.array([values[-1], *values, values[0]])
    of_year = np.array([(first_day + dt.timedelta(days=i)).timetuple().tm_yday for i in range(days)])
    demand: Floats = np.interp(of_year, middles, cyclic)
    return demand


def trend_curves(days: int) -> Floats:
    """Log lift of each trend on each day, ``(days, len(TRENDS))``."""
    share = np.arange(days)[:, None] / max(days - 1, 1)
    peaks = np.array([trend.peak for trend in TRENDS])
    widths = np.array([trend.width for trend in TRENDS])
    strengths = np.array([trend.strength for trend in TRENDS])
    lift: Floats = strengths * np.exp(-0.5 * ((share - peaks) / widths) ** 2)
    return lift
