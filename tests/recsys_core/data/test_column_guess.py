"""Roles of a shop's columns by names in several languages and by values."""

import pytest

from recsys_core.data.guessing.columns import Column, best_column, date_format, decimal_comma, name_score


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("t_dat", ["Datum", "Order Date", "InvoiceDate", "order_purchase_timestamp", "fecha", "Bestelldatum"]),
        ("customer_id", ["Kundennr.", "CustomerID", "customer_unique_id", "Email", "visitorid", "Numéro client"]),
        ("article_id", ["Artikelnummer", "sku", "StockCode", "Lineitem sku", "product_id", "référence"]),
        ("price", ["Preis", "UnitPrice", "Stückpreis", "prix unitaire", "Lineitem price", "precio", "preço"]),
        ("quantity", ["Menge", "qty", "Quantité", "Stückzahl", "Lineitem quantity", "cantidad"]),
    ],
)
def test_names_of_several_languages_are_known(role: str, names: list[str]) -> None:
    for name in names:
        others = {
            other: name_score(name, other) for other in ("t_dat", "customer_id", "article_id", "price", "quantity")
        }
        assert max(others, key=lambda other: others[other]) == role, name


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        (["2020-09-01", "2020-09-30"], None),
        (["2023-03-15 10:11:12 -0400"], None),
        (["24.12.2023", "1.1.2024"], "d.M.yyyy"),
        (["12/1/2010 8:26", "12/31/2010 9:00"], "M/d/yyyy H:mm"),
        (["31/12/2010 08:26:00"], "d/M/yyyy H:mm:ss"),
        (["1/13/2020 3:05 PM"], "M/d/yyyy h:mm a"),
        (["2020/1/31"], "yyyy/M/d"),
        (["20200131"], "yyyyMMdd"),
        (["1433221332117"], "epoch_ms"),
        (["1433221332"], "epoch_s"),
    ],
)
def test_the_form_of_days_is_told_by_the_values(values: list[str], pattern: str | None) -> None:
    form = date_format([*values, ""])
    assert form is not None
    assert form.patterns == ((pattern,) if pattern else ())
    assert not form.unsure


def test_days_with_and_without_a_time_are_two_patterns() -> None:
    form = date_format(["24.12.2023", "1.1.2024 0:15", "2.1.2024"])
    assert form is not None
    assert form.patterns == ("d.M.yyyy", "d.M.yyyy H:mm")


def test_what_days_do_not_tell_is_said() -> None:
    form = date_format(["1/2/2020", "3/4/2020"])
    assert form is not None
    assert form.patterns == ("d/M/yyyy",)
    assert "do not tell whether the day or the month" in form.unsure


@pytest.mark.parametrize("values", [["17850", "13047"], ["49,90"], ["a", "b"], ["99.99.2020"], []])
def test_other_values_are_no_days(values: list[str]) -> None:
    assert date_format(values) is None


def test_decimal_commas_are_told_from_points() -> None:
    assert decimal_comma(["49,90", "1.249,00", "7"])
    assert decimal_comma(["49,90", "18,50 €", "7"])  # one in another form
    assert not decimal_comma(["49.90", "1,249.00"])
    assert not decimal_comma(["49", "50"])


def test_a_column_whose_values_do_not_fit_is_passed_over() -> None:
    columns = [Column("price", ("cheap", "dear")), Column("amount", ("1.50", "2"))]
    best = best_column(columns, "price")
    assert best is not None
    assert best[0].name == "amount"
