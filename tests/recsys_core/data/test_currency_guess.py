"""Guesses of a shop's currency: what names one, in which order, and what prices alone say."""

from pathlib import Path

import pytest

from recsys_core.data.report.currency import Currency, currency_by_size, said_currency
from recsys_core.data.shop_folder import FoundFile
from recsys_core.data.table_sample import TableSample


def sample(name: str = "orders.csv", **columns: list[str]) -> TableSample:
    return TableSample(FoundFile(Path(name), name), "", {column: tuple(values) for column, values in columns.items()})


def test_a_column_called_currency_says_it() -> None:
    orders = sample(Total=["12.99", "3", "4"], Currency=["SEK", "", "sek"])
    assert said_currency([orders]) == Currency("SEK", "column Currency of orders.csv says so in 2 of the first rows")


def test_several_currencies_in_a_column_are_named_and_none_is_guessed() -> None:
    said = said_currency([sample(order_currency_code=["EUR", "USD", "EUR"])])
    assert said
    assert (said.name, said.several) == ("", True)
    assert said.reason.endswith("several currencies in the first rows: EUR 2 times, USD 1 times")


def test_a_column_called_currency_without_currencies_says_nothing() -> None:
    assert said_currency([sample(currency_id=["1", "2"])]) is None
    assert said_currency([sample(currency=["", ""])]) is None


@pytest.mark.parametrize(
    ("column", "name"),
    [("price_eur", "EUR"), ("Unit Price (£)", "GBP"), ("Preis in €", "EUR"), ("Amount US$", "USD")],
)
def test_the_name_of_a_price_column_says_it(column: str, name: str) -> None:
    said = said_currency([sample(**{column: ["1.5"]})])
    assert said == Currency(name, f"orders.csv has a column called {column!r}")


@pytest.mark.parametrize("column", ["price", "price_try_eur", "eur_id", "status"])
def test_other_names_say_nothing(column: str) -> None:
    assert said_currency([sample(**{column: ["1.5"]})]) is None


@pytest.mark.parametrize(
    ("sums", "name"),
    [
        (["12,99 €", "1.249,00 €", "", "€5"], "EUR"),
        (["US$ 3", "US$3.50"], "USD"),
        (["199 kr", "kr. 20"], "kr (a krona or krone)"),
        (["$3", "$ 4"], "$ (of one country or another)"),
        (["EUR 3", "3 EUR"], "EUR"),
        (["Rp 199.000"], "IDR"),
    ],
)
def test_sums_with_a_sign_say_it(sums: list[str], name: str) -> None:
    said = said_currency([sample(paid=sums)])
    assert said
    assert said.name == name
    assert said.reason.startswith("the sums in column paid of orders.csv")


def test_a_few_signs_among_numbers_say_nothing() -> None:
    assert said_currency([sample(price=["3", "4", "5", "€6"], note=["costs 5 €", "", "", ""])]) is None


def test_the_mapping_comes_first_and_the_setting_last() -> None:
    orders = sample(currency=["SEK"])
    mapped = said_currency([orders], {"currency": "nok", "pieces": "100"}, "€")
    assert mapped == Currency("NOK", "the mapping's variable currency is 'nok'")
    assert said_currency([orders], {"pieces": "100"}, "€") == said_currency([orders])
    assert said_currency([sample(price=["3"])], {}, "€") == Currency("EUR", "the storefront's setting CURRENCY is '€'")
    assert said_currency([], {}, "Fr. ") == Currency("Fr.", "the storefront's setting CURRENCY is 'Fr. '")
    assert said_currency([], {}, "") is None


@pytest.mark.parametrize(
    ("smallest", "median", "largest", "said"),
    [
        (1.0, 1.0, 1.0, "all prices are equal"),
        (0.01, 0.05, 0.59, "no price is above 1"),
        (4.0, 29.0, 1499.0, "the size of the prices does not tell it"),
        (
            9000.0,
            149000.0,
            999000.0,
            "half of the prices are 149,000 or more, which suggests a currency of large units",
        ),
    ],
)
def test_the_size_of_prices_names_no_currency(smallest: float, median: float, largest: float, said: str) -> None:
    guess = currency_by_size({"min": smallest, "median": median, "max": largest})
    assert guess.name == ""
    assert guess.reason.startswith(f"no file and no setting names a currency; {said}")
