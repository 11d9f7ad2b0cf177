"""Prices within a query: "dress under €20" is a search for dresses up to that price."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from django.conf import settings

from catalog.prices import has_prices, price_label, units_at_least, units_at_most

NAMES: Final = {"€": ("eur", "euros", "euro"), "£": ("gbp", "pounds", "pound"), "$": ("usd", "dollars", "dollar")}
"""Other ways to write a currency."""
NUMBER: Final = r"\d{1,9}(?:[.,]\d{1,2})?"
UP_TO_WORDS: Final = r"under|below|up to|less than|cheaper than|at most"
FROM_WORDS: Final = r"over|above|more than|at least"
WITH_CURRENCY: Final = {"high": r"max(?:imum)?", "low": r"from|min(?:imum)?"}
"""Words that speak of a price only before a sum with its currency: "air max 90" is none."""
UNITS: Final = r"den(?:ier)?|cm|mm|inch|years?|yrs?|months?|weeks?|packs?|pcs|pieces?|pairs?|pockets?|buttons?"
"""Words after a number that is no price."""
MAX_BOUNDS: Final = 4


@dataclass(frozen=True)
class PriceWords:
    """Price bounds that a query names, in the shop's currency; falsy without any."""

    rest: str
    """The query without them."""
    said: str = ""
    """The words that name them."""
    low: Decimal | None = None
    high: Decimal | None = None

    def __bool__(self) -> bool:
        return self.low is not None or self.high is not None

    @property
    def units(self) -> tuple[float, float]:
        """Lowest and highest price in the catalogue's units."""
        low = -float("inf") if self.low is None else units_at_least(self.low)
        return low, float("inf") if self.high is None else units_at_most(self.high)

    @property
    def label(self) -> str:
        return price_label(self.low, self.high)


def price_words(text: str) -> PriceWords:
    """The price bounds in a query. A number alone is none: it needs the currency, or a word such as "under"."""
    if not has_prices():
        return PriceWords(text)
    rest, said, bounds = text, list[str](), dict[str, Decimal]()
    while len(said) < MAX_BOUNDS and (found := _first(rest)):
        bounds |= {
            name.rstrip("2"): Decimal(sum_.replace(",", ".")) for name, sum_ in found.groupdict().items() if sum_
        }
        said.append(found.group().strip())
        rest = " ".join(f"{rest[: found.start()]} {rest[found.end() :]}".split())
    low, high = bounds.get("low"), bounds.get("high")
    if low is not None and high is not None and high < low:
        low, high = high, low
    return PriceWords(rest, " ".join(said), low, high)


def _first(text: str) -> re.Match[str] | None:
    return next(filter(None, (pattern.search(text) for pattern in _patterns(settings.CURRENCY))), None)


@lru_cache(maxsize=4)
def _patterns(currency: str) -> tuple[re.Pattern[str], ...]:
    sign = "|".join(map(re.escape, (*NAMES.get(currency, ()), currency)))
    high, low = (rf"(?:{sign})?\s?(?P<{name}>{NUMBER})(?:\s?(?:{sign}))?" for name in ("high", "low"))
    signed_high, signed_low = (
        rf"(?:(?:{sign})\s?(?P<{name}>{NUMBER})|(?P<{name}2>{NUMBER})\s?(?:{sign}))" for name in ("high", "low")
    )
    begin, end = r"(?<![\w.,])", rf"(?![\w%]|[.,]\d|[\s-]?(?:{UNITS})\b)"
    return tuple(
        re.compile(begin + pattern + end, re.IGNORECASE)
        for pattern in (
            rf"between {low} and {high}",
            rf"from {low} to {high}",
            rf"(?:{sign})\s?(?P<low>{NUMBER})\s?(?:-|–|to)\s?(?:{sign})?\s?(?P<high>{NUMBER})",
            rf"(?P<low>{NUMBER})\s?(?:-|–|to)\s?{signed_high}",
            rf"(?:{UP_TO_WORDS}) {high}",
            rf"(?:{FROM_WORDS}) {low}",
            rf"(?:{WITH_CURRENCY['low']}) {signed_low}",
            rf"(?:{WITH_CURRENCY['high']}) {signed_high}",
            signed_high,
        )
    )
