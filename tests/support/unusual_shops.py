"""Shops of unusual kinds, made up: each function writes a shop's files into a folder."""

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from tests.support.odd_ids import ODD_IDS

FIRST_DAY: Final = dt.date(2021, 3, 1)
"""A Monday."""
RUPIAH: Final = [24_999_999.0, 2_499_000.0, 99_000.0, 16_500_001.0, *(250_000.0 + 1_000 * i for i in range(20))]
"""Price of each article: more than single precision tells apart, and sums of many."""
ODD_CUSTOMERS: Final = ("<é>/.. ;,'\"🧥", "../../etc/passwd", "0", "-", "a b", "%2F", "\\", "{{ c }}", "y" * 64)
GERMAN: Final = ("Kleid", "Hose", "Mütze", "Jäckchen", "Gürtel", "Schürze", "Strümpfe", "Überhemd", "Weste", "Röckchen")
Purchase = tuple[dt.date, str, int]
"""Day, customer, number of the article."""


def purchases(days: Iterable[dt.date], customers: Sequence[str], articles: int, a_day: int) -> list[Purchase]:
    """Two groups of customers: each buys mostly one half of the articles, the first ones of it most."""
    rng = np.random.default_rng(0)
    found = []
    for day in days:
        for customer in rng.integers(len(customers), size=a_day):
            half = customer % 2 if rng.random() < 0.9 else 1 - customer % 2
            number = int(rng.zipf(1.6)) % (articles // 2) + half * (articles // 2)
            found.append((day, customers[customer], number))
    return found


def days_from(first: dt.date, number: int, step: int = 1) -> list[dt.date]:
    return [first + dt.timedelta(days=step * i) for i in range(number)]


def write(path: Path, rows: Iterable[Sequence[object]], delimiter: str = ",") -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)


def write_hm(folder: Path, prices: Sequence[float], bought: Iterable[Purchase]) -> None:
    """Files as H&M names them; article 7 has the id 0100000007 and the name "Coat 7"."""
    kinds = ("Coat", "Shirt", "Scarf")
    articles = [(f"{100_000_000 + i:010d}", f"{kinds[i % 3]} {i}", kinds[i % 3]) for i in range(len(prices))]
    write(folder / "articles.csv", [("article_id", "prod_name", "product_type_name"), *articles])
    rows = [(day, customer, articles[number][0], prices[number], 2) for day, customer, number in bought]
    header = ("t_dat", "customer_id", "article_id", "price", "sales_channel_id")
    write(folder / "transactions_train.csv", [header, *rows])


def rupiah(folder: Path) -> None:
    customers = [f"c{i}" for i in range(40)]
    write_hm(folder, RUPIAH, purchases(days_from(FIRST_DAY, 42), customers, len(RUPIAH), 60))


def weekly(folder: Path) -> None:
    """40 weeks, all purchases on Mondays."""
    customers = [f"c{i}" for i in range(40)]
    write_hm(folder, [9.9] * 24, purchases(days_from(FIRST_DAY, 40, step=7), customers, 24, 60))


def one_article(folder: Path) -> None:
    write_hm(folder, [9.9], [(day, f"c{i}", 0) for i, day in enumerate(days_from(FIRST_DAY, 30))])


def one_day(folder: Path) -> None:
    write_hm(folder, [9.9] * 20, purchases([FIRST_DAY], [f"c{i}" for i in range(20)], 20, 100))


def ten_customers(folder: Path) -> None:
    """A dozen articles, two purchases a day."""
    write_hm(folder, [9.9] * 12, purchases(days_from(FIRST_DAY, 40), [f"c{i}" for i in range(10)], 12, 2))


def one_customer(folder: Path) -> None:
    """120 purchases, and nobody to tell the customer from: a training learns nothing."""
    write_hm(folder, [9.9] * 14, purchases(days_from(FIRST_DAY, 40), ["c0"], 14, 3))


def half_sold_out(folder: Path) -> None:
    """24 articles, of which twelve were last sold a quarter of a year ago."""
    customers = [f"c{i}" for i in range(40)]
    long_ago = purchases(days_from(FIRST_DAY, 10), customers, 24, 30)
    lately = [(day, c, n % 12) for day, c, n in purchases(days_from(dt.date(2021, 6, 1), 30), customers, 24, 20)]
    write_hm(folder, [9.9] * 24, [*long_ago, *lately])


def german(folder: Path) -> None:
    """Order lines as WooCommerce writes them in German; article 3 costs 1.203,90."""
    customers = [f"kunde{i}@example.de" for i in range(40)]
    lines = []
    for number, (day, customer, n) in enumerate(purchases(days_from(FIRST_DAY, 42), customers, 20, 40)):
        kind = GERMAN[n % len(GERMAN)]
        order = (number, "Abgeschlossen", f"{day:%d.%m.%Y}", customer)
        lines.append((*order, f"A-{n}", f"{kind} {n}", 1, f"1.{200 + n},90", kind))
    header = ("Bestellnummer", "Status", "Datum", "Kunde", "SKU", "Artikel", "Menge", "Preis", "Kategorie")
    write(folder / "bestellungen.csv", [header, *lines], ";")


def hostile(folder: Path) -> None:
    """Order lines whose ids are any texts; read by ``HOSTILE_MAPPING``."""
    articles = [(article_id, f"Thing number {i}", 5 + i) for i, article_id in enumerate(ODD_IDS)]
    customers = [*ODD_CUSTOMERS, *(f"c{i}" for i in range(30))]
    bought = purchases(days_from(FIRST_DAY, 42), customers, len(articles), 60)
    first = [(FIRST_DAY, customer, i) for i, customer in enumerate(customers)]  # each buys, and each is bought
    lines = [(day, customer, *articles[number % len(articles)]) for day, customer, number in [*first, *bought]]
    write(folder / "lines.csv", [("day", "who", "sku", "title", "cost"), *lines])


HOSTILE_MAPPING: Final = """
[articles]
source = "lines"
distinct = true
[articles.columns]
article_id = "sku"
prod_name = "title"
[transactions]
source = "lines"
[transactions.columns]
t_dat = "day"
customer_id = "who"
article_id = "sku"
price = "cost"
"""
