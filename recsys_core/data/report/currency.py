"""A guess of the shop's currency, with the reason for it: no mapping says it, and prices alone do not tell it."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from recsys_core.data.guessing.columns import name_score
from recsys_core.data.table_sample import TableSample

ENOUGH: Final = 0.8
"""Share of a column's values that have to name a currency."""
LARGE_MEDIAN: Final = 1_000
"""From this median price on, the units of a currency seem to be large: clothes cost less in euros or dollars."""
LONGEST_SUM: Final = 40
"""Characters of a sum at most; longer values are texts."""
SIGNS: Final[Mapping[str, str]] = {
    **{"€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₫": "VND", "₽": "RUB", "₺": "TRY", "₴": "UAH", "₪": "ILS"},
    **{"฿": "THB", "₱": "PHP", "₦": "NGN", "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "Rp": "IDR", "R$": "BRL"},
    **{"US$": "USD", "A$": "AUD", "C$": "CAD", "$": "$ (of one country or another)"},
    **{"¥": "¥ (yen or yuan)", "kr": "kr (a krona or krone)"},
}
"""Signs before or behind a sum, and the currency that each stands for."""
CODES: Final = (
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR JPY KRW MXN MYR NGN NOK NZD PEN "
    "PHP PKR PLN RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR"
)
"""ISO 4217 codes that are looked for."""
_NAMES: Final = re.compile(r"currency|w(ä|ae?)hrung|devise|moneda|moeda|valuta", re.IGNORECASE)
_SIGN: Final = "|".join(sorted(map(re.escape, (*SIGNS, *CODES.split())), key=len, reverse=True))
_NUMBER: Final = r"[+-]?\d[\d.,' \u00a0]*"
_SUM: Final = re.compile(rf"({_SIGN})\.?\s*{_NUMBER}|{_NUMBER}\s*({_SIGN})\.?")
_WORD: Final = re.compile(r"[A-Z]{1,2}\$|[^\W\d_]+|[€£₹₩₫₽₺₴₪฿₱₦$¥]")


@dataclass(frozen=True)
class Currency:
    """The currency that the prices probably are in, and why."""

    name: str
    """A code of ISO 4217, or a sign that stands for several currencies; empty if nothing says it."""
    reason: str
    several: bool = False
    """True if the files name more than one."""


def said_currency(
    samples: Sequence[TableSample], variables: Mapping[str, str] | None = None, setting: str = ""
) -> Currency | None:
    """The currency that something names; None if nothing does.

    Parameters
    ----------
    samples
        First rows of the files with purchases.
    variables
        Variables of the mapping by name.
    setting
        ``CURRENCY``, as the storefront writes prices; empty if it is not set.

    Notes
    -----
    The first that names one counts: a variable of the mapping, a column called currency, the name of a price column
    ("price_eur"), sums with a sign ("12,99 €"), the storefront's setting.
    """
    for name, value in (variables or {}).items():
        if _NAMES.search(name) and (named := _named(value)):
            return Currency(named, f"the mapping's variable {name} is {value!r}")
    for found in (_of_columns, _of_headers, _of_sums):
        if currency := next(filter(None, map(found, samples)), None):
            return currency
    if setting.strip():
        return Currency(_named(setting) or setting.strip(), f"the storefront's setting CURRENCY is {setting!r}")
    return None


def _named(text: str) -> str:
    """The currency of a code or a sign; empty for other text."""
    text = text.strip()
    return text.upper() if text.upper() in CODES.split() else SIGNS.get(text, "")


def _of_columns(sample: TableSample) -> Currency | None:
    """A column called currency, whatever part of its values are filled."""
    for column in filter(_NAMES.search, sample.columns):
        filled = [value for value in sample.columns[column] if value]
        found = Counter(named for value in filled if (named := _named(value)))
        if found.total() >= ENOUGH * len(filled) > 0:
            return _counted(found, f"column {column} of {sample.name}")
    return None


def _of_headers(sample: TableSample) -> Currency | None:
    for column in sample.columns:
        words = [named for word in _WORD.findall(column) if (named := _named(word))]
        if len(words) == 1 and name_score(column, "price") > 0:
            return Currency(words[0], f"{sample.name} has a column called {column!r}")
    return None


def _of_sums(sample: TableSample) -> Currency | None:
    for column, values in sample.columns.items():
        filled = [value for value in values if value]
        short = [value for value in filled if len(value) <= LONGEST_SUM]
        signs = [match[1] or match[2] for value in short if (match := _SUM.fullmatch(value))]
        if len(signs) >= ENOUGH * len(filled) > 0:
            return _counted(Counter(map(_named, signs)), f"the sums in column {column} of {sample.name}")
    return None


def _counted(found: Counter[str], where: str) -> Currency:
    if len(found) == 1:
        (name,) = found
        return Currency(name, f"{where} says so in {found[name]:,} of the first rows")
    names = ", ".join(f"{name} {rows:,} times" for name, rows in found.most_common())
    return Currency("", f"{where} names several currencies in the first rows: {names}", several=True)


def currency_by_size(price: Mapping[str, float]) -> Currency:
    """Nothing names a currency: the reason says what the size of the prices suggests, and no more."""
    return Currency("", f"no file and no setting names a currency; {_size(price)}")


def _size(price: Mapping[str, float]) -> str:
    if price["min"] == price["max"]:
        return "all prices are equal, so they tell nothing"
    if price["max"] <= 1:
        return "no price is above 1, so they seem to be scaled, as H&M's are"
    if price["median"] >= LARGE_MEDIAN:
        large = "a currency of large units (yen, won, rupiah, dong, forint, ...)"
        return f"half of the prices are {price['median']:,.0f} or more, which suggests {large}"
    return "the size of the prices does not tell it"
