"""The data's prices are scaled units in 0..1; shoppers see them times ``PRICE_FACTOR``, in ``CURRENCY``."""

from decimal import ROUND_HALF_UP, Decimal

from django.conf import settings

CENT = Decimal("0.01")
HALF_CENT = CENT / 2


def shop_price(units: float) -> Decimal:
    """A price in the shop's currency, rounded to cents."""
    return (Decimal(units) * settings.PRICE_FACTOR).quantize(CENT, ROUND_HALF_UP)


def units_at_least(price: Decimal) -> float:
    """The lowest units that are shown as ``price``: a bound as the shopper reads it, not as floats round it."""
    return float((price - HALF_CENT) / settings.PRICE_FACTOR)


def units_at_most(price: Decimal) -> float:
    return float((price + HALF_CENT) / settings.PRICE_FACTOR)


def written(price: Decimal) -> str:
    return f"{settings.CURRENCY}{price:,.2f}"


def price_label(low: Decimal | None, high: Decimal | None) -> str:
    """Price bounds in words; empty without any."""
    if low is None:
        return f"up to {written(high)}" if high is not None else ""
    return f"from {written(low)}" if high is None else f"{written(low)} – {written(high)}"
