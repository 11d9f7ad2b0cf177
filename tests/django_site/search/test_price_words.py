from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from search.price_words import price_words


@pytest.mark.parametrize(
    ("text", "rest", "low", "high"),
    [
        ("dress under 20", "dress", None, "20"),
        ("Dress UNDER €20.50 black", "Dress black", None, "20.50"),
        ("€20 dress", "dress", None, "20"),
        ("dress 20€", "dress", None, "20"),
        ("dress 20 eur", "dress", None, "20"),
        ("dress 19,99 euros", "dress", None, "19.99"),
        ("coat over 50", "coat", "50", None),
        ("coat from €50", "coat", "50", None),
        ("shirt between 10 and 20 euros", "shirt", "10", "20"),
        ("shirt 10-20€", "shirt", "10", "20"),
        ("shirt €10 to €20", "shirt", "10", "20"),
        ("shirt between 20 and 10", "shirt", "10", "20"),
        ("under 20", "", None, "20"),
        ("dress from 20 to 50", "dress", "20", "50"),
        ("dress over 10 under 20", "dress", "10", "20"),
        ("dress min €10 max €20", "dress", "10", "20"),
    ],
)
def test_prices_are_read_and_taken_out(text: str, rest: str, low: str | None, high: str | None) -> None:
    found = price_words(text)
    assert (found.rest, found.low, found.high) == (rest, low and Decimal(low), high and Decimal(high))


@pytest.mark.parametrize(
    "text",
    [
        "5 pack socks",
        "socks max 5-pack",
        "100% cotton",
        "trousers 32",
        "neuro 20",
        "20 denier",
        "tights over 40 den",
        "air max 90",
        "from 2020",
        "under",
        "€",
        "",
    ],
)
def test_other_numbers_are_no_prices(text: str) -> None:
    assert not price_words(text)
    assert price_words(text).rest == text


def test_the_currency_is_the_shops(settings: Settings) -> None:
    settings.CURRENCY = "Rp"
    assert price_words("dress rp250000").high == Decimal(250000)
    assert not price_words("dress €20")


def test_bounds_are_said_in_the_shops_currency() -> None:
    assert price_words("coat over 50").label == "from €50.00"
    assert price_words("coat 50-100€").label == "€50.00 – €100.00"


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    found = price_words(text)
    assert bool(found) == (found.said != "")
