"""Text of a shop's file -> values of our types, null where the text is none; and why."""

from typing import Final

from pyspark.sql import Column
from pyspark.sql import functions as sf

from recsys_core.contracts.article_ids import MAX_LENGTH
from recsys_core.data.mappings import EPOCH_MILLISECONDS, EPOCH_SECONDS
from spark_jobs.date_formats import tells_zone
from spark_jobs.schemas import EARLIEST_DAY, MAX_PRICE, NULL_WORDS, Kind, TableSource

SPACES: Final = "".join(chr(code) for code in range(0x10000) if chr(code).isspace()) + "\ufeff"
"""Characters that Python's ``strip`` takes away, and the byte-order mark."""
ISO_DAY: Final = r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}"
ISO_TIME: Final = rf"{ISO_DAY}[ T][0-9]{{1,2}}:[0-9]{{2}}(:[0-9]{{2}}([.,][0-9]+)?)?"
ZONE: Final = r" ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2})"
NUMBER: Final = r"\A[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?\z"
CONTROL: Final = r"\p{Cc}"
SCIENTIFIC: Final = r"\A[0-9](\.[0-9]+)?E\+[0-9]+\z"
"""Long numbers as a spreadsheet shortens them: the digits after the first ones are lost."""

EXPECTED: Final[dict[Kind, str]] = {
    "article_id": "is empty",
    "customer_id": "is empty",
    "day": "is not a date",
    "price": "is not a number >= 0",
    "channel": "is not 1 or 2",
    "number": "is not a number",
    "age": "is not an age from 0 to 120",
    "name": "is empty",
    "flag": "is not 0, 1, true or false",
    "quantity": "is not a number",
}
"""Reasons for which a value that has to be there costs its row, and one that may be absent costs itself alone."""
TEN_DIGITS: Final = "is not an article id of 10 digits"
TOO_EARLY: Final = f"is before {EARLIEST_DAY.isoformat()}"
TOO_LARGE: Final = f"is larger than {MAX_PRICE:.0e}".replace("+", "")
TOO_LONG: Final = f"is longer than {MAX_LENGTH} characters"
NO_TEXT: Final = "has control characters"


def without_null_words(text: Column) -> Column:
    """Null for the words of programs that stand for no value."""
    return sf.when(~text.isin(*NULL_WORDS), text)


def trimmed(value: Column) -> Column:
    """Without spaces around it. Most values have none, and a look at both ends is much cheaper than to trim."""
    has_spaces = sf.substring(value, 1, 1).isin(*SPACES) | sf.substring(value, -1, 1).isin(*SPACES)
    return sf.when(has_spaces, sf.btrim(value, sf.lit(SPACES))).otherwise(value)


def parsed(text: Column, kind: Kind, source: TableSource) -> Column:
    """The value in its column's type, null where it is none; ``defect`` says whether it fits.

    ``text`` is trimmed and no null word; of the kind ``text`` it is as the file has it.
    """
    if kind == "text":
        return sf.when(text != "", text)
    if kind in ("article_id", "customer_id"):
        return _ten_digits(text) if kind == "article_id" and source.ten_digits else _whole(text)
    if kind == "day":
        return day(text, source)
    if kind == "flag":
        said = sf.lower(text)
        return sf.when(said.isin("0", "1", "true", "false"), said.isin("1", "true"))
    if kind == "name":
        return text
    found = number(text, source.decimal)
    return sf.when(found.isin(1.0, 2.0), found.cast("int")) if kind == "channel" else found


def defect(value: Column, kind: Kind, source: TableSource) -> Column:
    """The reason why a parsed value does not fit; null for one that does."""
    expected = TEN_DIGITS if kind == "article_id" and source.ten_digits else EXPECTED[kind]
    missing = sf.when(value.isNull(), expected)
    if kind == "day":
        return missing.when(value < sf.lit(EARLIEST_DAY), TOO_EARLY)
    if kind == "price":
        return missing.when(value < 0, expected).when(value > MAX_PRICE, TOO_LARGE)
    if kind == "age":
        return missing.when(~value.between(0.0, 120.0), expected)
    if kind in ("article_id", "customer_id") and not source.ten_digits:
        return missing.when(sf.length(value) > MAX_LENGTH, TOO_LONG).when(value.rlike(CONTROL), NO_TEXT)
    return missing


def _ten_digits(text: Column) -> Column:
    digits = _whole(text)
    return sf.when(digits.rlike(r"\A[0-9]{9,10}\z"), sf.lpad(digits, 10, "0"))


def _whole(text: Column) -> Column:
    """Numbers that a program wrote as ``17850.0`` without the fraction."""
    is_whole = text.endswith(".0") & text.rlike(r"\A[0-9]+\.0\z")
    return sf.when(is_whole, sf.substring_index(text, ".", 1)).otherwise(text)


def number(text: Column, decimal: str) -> Column:
    """A double; null for what only a programming language takes for a number."""
    if decimal == ",":
        text = sf.replace(sf.translate(text, ". '\u00a0", ""), sf.lit(","), sf.lit("."))
    return sf.when(text.rlike(NUMBER), text.try_cast("double") + 0.0)  # + 0.0: of -0 it makes 0


def day(text: Column, source: TableSource) -> Column:
    """The day of a date or an instant, by the clock of the session's time zone."""
    return sf.coalesce(*(_by_pattern(text, pattern) for pattern in source.date_formats), _iso_day(text))


def _iso_day(text: Column) -> Column:
    is_day = sf.octet_length(text) == len("2020-09-22")
    local = text.rlike(rf"{ISO_TIME}\z")
    instant = text.rlike(rf"{ISO_TIME}{ZONE}\z")
    without_comma = sf.replace(text, sf.lit(","), sf.lit("."))
    return (
        sf.when(is_day, sf.try_to_date(text, "yyyy-MM-dd"))
        .when(local, sf.try_to_date(sf.substring(text, 1, 10), "yyyy-MM-dd"))
        .when(instant, without_comma.try_cast("timestamp").cast("date"))
    )


def _by_pattern(text: Column, pattern: str) -> Column:
    if pattern in (EPOCH_SECONDS, EPOCH_MILLISECONDS):
        count = _whole(text).try_cast("bigint")
        seconds = count if pattern == EPOCH_SECONDS else (count / 1000).cast("bigint")
        # Within the years that a timestamp can hold.
        return sf.when(seconds.between(-62_000_000_000, 250_000_000_000), sf.timestamp_seconds(seconds).cast("date"))
    if tells_zone(pattern):
        return sf.try_to_timestamp(text, sf.lit(pattern)).cast("date")
    return sf.try_to_date(text, pattern)
