"""Shoppers see the data's prices times a factor, in ``CURRENCY``.

The factor is ``PRICE_FACTOR``; by default 590 for scaled units in 0..1, as H&M's are, and 1 for amounts of money. A
shop whose files have no prices gives each purchase the price 1: where all are 1 and no factor is set, none is shown,
searched for or sorted by.
"""

from contextvars import ContextVar
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

from django.conf import settings

from catalog.per_release import per_release
from recsys_core.serving import Release

OF_SCALED_UNITS: Final = Decimal(590)
"""With it H&M's prices read like a shop's: 0.0169 is about 9.99."""
OF_MONEY: Final = Decimal(1)
CENT = Decimal("0.01")
HALF_CENT = CENT / 2
CACHED_PRICES: Final = 16_384


_SUITED: ContextVar[Decimal | None] = ContextVar(
    "factor of the release that this thread answers from; None if it has no prices", default=OF_SCALED_UNITS
)


def suit(release: Release) -> None:
    """Take the factor of a release for what this thread does next: its other requests may be of another release."""
    _SUITED.set(_suitable_factor(release))


@per_release
def _suitable_factor(release: Release) -> Decimal | None:
    prices = release.catalogue.price
    if len(prices) and prices.min() == prices.max() == 1:
        return None
    return OF_MONEY if len(prices) and prices.max() > 1 else OF_SCALED_UNITS


def has_prices() -> bool:
    """False while the thread answers from a release of a shop without prices."""
    return bool(settings.PRICE_FACTOR or _SUITED.get())


def factor() -> Decimal:
    """The number that prices of the data are multiplied by."""
    return settings.PRICE_FACTOR or _SUITED.get() or OF_MONEY


def shop_price(units: float) -> Decimal:
    """A price in the shop's currency, rounded to cents."""
    return _rounded(units, factor())


@lru_cache(CACHED_PRICES)
def _rounded(units: float, factor_of_prices: Decimal) -> Decimal:
    return (Decimal(units) * factor_of_prices).quantize(CENT, ROUND_HALF_UP)


def units_at_least(price: Decimal) -> float:
    """The lowest units that are shown as ``price``: a bound as the shopper reads it, not as floats round it."""
    return float((price - HALF_CENT) / factor())


def units_at_most(price: Decimal) -> float:
    return float((price + HALF_CENT) / factor())


def written(price: Decimal) -> str:
    """A price with its currency; empty in a shop without prices."""
    return f"{settings.CURRENCY}{price:,.2f}" if has_prices() else ""


def price_label(low: Decimal | None, high: Decimal | None) -> str:
    """Price bounds in words; empty without any."""
    if low is None:
        return f"up to {written(high)}" if high is not None else ""
    return f"from {written(low)}" if high is None else f"{written(low)} – {written(high)}"
