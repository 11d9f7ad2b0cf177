"""Shoppers see the data's prices times a factor, in ``CURRENCY``.

The factor is ``PRICE_FACTOR``; by default 590 for scaled units in 0..1, as H&M's are, and 1 for amounts of money and
where each price is 1, as in a shop without prices.
"""

from contextvars import ContextVar
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.conf import settings

from catalog.per_release import per_release
from recsys_core.serving import Release

OF_SCALED_UNITS: Final = Decimal(590)
"""With it H&M's prices read like a shop's: 0.0169 is about 9.99."""
OF_MONEY: Final = Decimal(1)
CENT = Decimal("0.01")
HALF_CENT = CENT / 2


_SUITED: ContextVar[Decimal] = ContextVar(
    "factor of the release that this thread answers from", default=OF_SCALED_UNITS
)


def suit(release: Release) -> None:
    """Take the factor of a release for what this thread does next: its other requests may be of another release."""
    _SUITED.set(_suitable_factor(release))


@per_release
def _suitable_factor(release: Release) -> Decimal:
    prices = release.catalogue.price
    is_money = len(prices) and (prices.max() > 1 or prices.min() == 1)
    return OF_MONEY if is_money else OF_SCALED_UNITS


def factor() -> Decimal:
    """The number that prices of the data are multiplied by."""
    return settings.PRICE_FACTOR or _SUITED.get()


def shop_price(units: float) -> Decimal:
    """A price in the shop's currency, rounded to cents."""
    return (Decimal(units) * factor()).quantize(CENT, ROUND_HALF_UP)


def units_at_least(price: Decimal) -> float:
    """The lowest units that are shown as ``price``: a bound as the shopper reads it, not as floats round it."""
    return float((price - HALF_CENT) / factor())


def units_at_most(price: Decimal) -> float:
    return float((price + HALF_CENT) / factor())


def written(price: Decimal) -> str:
    return f"{settings.CURRENCY}{price:,.2f}"


def price_label(low: Decimal | None, high: Decimal | None) -> str:
    """Price bounds in words; empty without any."""
    if low is None:
        return f"up to {written(high)}" if high is not None else ""
    return f"from {written(low)}" if high is None else f"{written(low)} – {written(high)}"
