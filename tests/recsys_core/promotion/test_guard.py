"""Faults that shops' data have had, each planted in lists like yesterday's; and days that are not faults."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from recsys_core.promotion.guard import Guard, GuardReport, guard_report
from tests.support.lists_alone import Lists

ARTICLES = [f"{i:03d}" for i in range(100)]
DEPARTMENTS = {article: ("Ladies", "Men", "Kids", "Sport")[i % 4] for i, article in enumerate(ARTICLES)}
CUSTOMERS = [f"c{i:03d}" for i in range(200)]
Fault = Callable[[Lists], Lists]


def personal(shift: int = 0) -> dict[str, list[str]]:
    """Twelve neighbours in the catalogue for each customer, of all departments; a shift exchanges as many of them."""
    return {who: [ARTICLES[(5 * i + j + shift) % 100] for j in range(12)] for i, who in enumerate(CUSTOMERS)}


YESTERDAY = Lists(
    personal(),
    DEPARTMENTS,
    prices={article: 10.0 + i % 10 for i, article in enumerate(ARTICLES)},
    sold_out=tuple(ARTICLES[:20]),
    customers={"active": 120, "lapsed": 60, "new": 20},
    candidates={"active": 20_000},
    dropped={"availability": {"active": 2_000}, "season": {"active": 500}},
)


def in_cents(shop: Lists) -> Lists:
    return replace(shop, prices={article: 100 * price for article, price in shop.prices.items()})


def a_day_in_cents(shop: Lists) -> Lists:
    """Prices are those of the last purchase: of a tenth of the articles that is today."""
    return replace(shop, prices={a: price * (100 if a.endswith("5") else 1) for a, price in shop.prices.items()})


def half_of_the_articles(shop: Lists) -> Lists:
    kept = ARTICLES[:50]
    lists = {who: [kept[int(article) % 50] for article in articles] for who, articles in shop.lists.items()}
    return replace(shop, departments={article: DEPARTMENTS[article] for article in kept}, lists=lists)


def no_sport(shop: Lists) -> Lists:
    others = {article for article, department in DEPARTMENTS.items() if department != "Sport"}
    return replace(shop, lists={who: [a for a in articles if a in others] for who, articles in shop.lists.items()})


def one_list_for_all(shop: Lists) -> Lists:
    return replace(shop, lists=dict.fromkeys(CUSTOMERS, ARTICLES[:12]))


def another_vocabulary(shop: Lists) -> Lists:
    """Every customer has the list of somebody else."""
    others = [*CUSTOMERS[7:], *CUSTOMERS[:7]]
    return replace(shop, lists={who: shop.lists[other] for who, other in zip(CUSTOMERS, others, strict=True)})


def empty_inventory(shop: Lists) -> Lists:
    return replace(shop, sold_out=tuple(ARTICLES))


def everything_dropped(shop: Lists) -> Lists:
    return replace(shop, dropped={**shop.dropped, "availability": {"active": 19_000}})


def purchases_missing(shop: Lists) -> Lists:
    return replace(shop, customers={"active": 10, "lapsed": 20, "new": 170})


def customers_missing(shop: Lists) -> Lists:
    return replace(shop, lists={who: shop.lists[who] for who in CUSTOMERS[:150]})


def few_articles_everywhere(shop: Lists) -> Lists:
    """Half of each list is the same six articles; nobody lost all of the own."""
    return replace(shop, lists={who: [*ARTICLES[30:36], *own[:6]] for who, own in shop.lists.items()})


def report(today: Lists, folder: Path, guard: Guard | None = None) -> GuardReport:
    live = replace(YESTERDAY.write(folder / "yesterday"), live=True)
    made = guard_report(guard or Guard(), today.write(folder / "today"), live)
    assert made
    return made


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (in_cents, "a median price of 1400, yesterday has 14, a factor of 2 is allowed"),
        (
            a_day_in_cents,
            "12.5% of the places have a price more than five times that of yesterday, or a fifth, 5% may",
        ),
        (half_of_the_articles, "50 articles, yesterday has 100, at least 80% of them are asked"),
        (no_sport, "0.0% of the places are of the department Sport, in yesterday 25.0%, at least 25% of that is asked"),
        (one_list_for_all, "0.5% of the lists differ from others, in yesterday 10.0%, at least 50% of that is asked"),
        (another_vocabulary, "100.0% of the customers have a list without an article of yesterday, 50% may"),
        (empty_inventory, "0.0% of the articles are in stock, in yesterday 80.0%, at least 50% of that is asked"),
        (
            everything_dropped,
            "95.0% of the candidates are dropped by the rule availability, in yesterday 10.0%, 25% more are allowed",
        ),
        (purchases_missing, "85.0% of the customers have bought nothing, in yesterday 10.0%, 20% more are allowed"),
        (customers_missing, "150 lists, yesterday has 200, at least 90% of them are asked"),
        (few_articles_everywhere, "a Gini coefficient of 0.531, yesterday has 0.100, 0.1 more is allowed"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_fault_of_the_data_stops_a_release(fault: Fault, said: str, tmp_path: Path) -> None:
    assert said in report(fault(YESTERDAY), tmp_path).stops


@pytest.mark.parametrize(
    "today",
    [
        YESTERDAY,
        replace(YESTERDAY, lists=personal(shift=8)),  # new models: two thirds of every list are others
        replace(YESTERDAY, prices={article: 0.7 * price for article, price in YESTERDAY.prices.items()}),  # a sale
        replace(YESTERDAY, sold_out=tuple(ARTICLES[:45])),
        replace(YESTERDAY, customers={"active": 100, "lapsed": 60, "new": 40}),
    ],
    ids=["the same", "new models", "a sale", "a busy day", "new customers"],
)
def test_a_day_that_is_no_fault_passes(today: Lists, tmp_path: Path) -> None:
    assert report(today, tmp_path).stops == ()


def test_a_small_department_may_go(tmp_path: Path) -> None:
    lenient = Guard(department_places=0.3)
    assert not [said for said in report(no_sport(YESTERDAY), tmp_path, lenient).stops if "department" in said]


def test_there_is_nothing_to_compare_with_on_the_first_days(tmp_path: Path) -> None:
    release, other = YESTERDAY.write(tmp_path / "release"), one_list_for_all(YESTERDAY).write(tmp_path / "other")
    assert guard_report(Guard(), release, None) is None
    assert guard_report(Guard(), release, replace(other, manifest={"id": "other", "first_release": True})) is None
    assert guard_report(Guard(), release, release) is None
    assert guard_report(Guard(enabled=False), release, other) is None
