"""Loops over a part of the customers: order, baskets, and sums that do not depend on the parts."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_jobs.snapshot.articles import Sales
from spark_jobs.snapshot.customers import price_statistics
from spark_jobs.snapshot.histories import Bought, Histories, in_order
from spark_jobs.snapshot.items import own_history, smallest

N_CUSTOMERS, N_ARTICLES, CUTOFF = 4, 3, 100
Row = tuple[int, int, int, float, int]
ROWS = st.lists(
    st.tuples(
        st.integers(0, N_CUSTOMERS - 1),
        st.integers(0, N_ARTICLES - 1),
        st.integers(95, CUTOFF + 1),
        st.sampled_from([0.5, 1.25, 7.0]),
        st.integers(1, 2),
    ),
    max_size=40,
)


def table(rows: list[Row]) -> pa.Table:
    kinds = [pa.int32(), pa.int32(), pa.int32(), pa.float64(), pa.int8()]
    names = ["customer_idx", "article_idx", "day", "price", "sales_channel_id"]
    columns = zip(*rows, strict=True) if rows else [[] for _ in kinds]
    return pa.table(dict(zip(names, (pa.array(c, k) for c, k in zip(columns, kinds, strict=True)), strict=True)))


def sales(rows: list[Row], first: int, end: int) -> Sales:
    """Sales to the customers ``first`` .. ``end``."""
    own = [row for row in rows if first <= row[0] < end]
    histories = Bought.of(table(own), first, end - first).before(CUTOFF)
    articles = own_history(histories, np.arange(N_ARTICLES, dtype=np.int32), N_ARTICLES)
    age = np.array([20_000, -1, 30_500, 41_000])[first:end]
    return Sales.of(histories, age, articles, N_ARTICLES)


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_purchases_are_sorted_by_customer_day_article_price_channel(rows: list[Row]) -> None:
    made = table(rows)
    columns = [made[name].to_numpy() for name in made.column_names]
    order = in_order(columns[0], columns[2], columns[1], columns[3], columns[4])
    assert [rows[i] for i in order] == sorted(rows, key=lambda row: (row[0], row[2], row[1], row[3], row[4]))


def test_keys_too_long_for_a_number_are_sorted_too() -> None:
    customer = np.array([2**30, 5, 5], np.int64)
    day, article = np.array([0, 2**20, 0], np.int32), np.array([1, 2**20, 7], np.int32)
    assert in_order(customer, day, article, np.ones(3), np.ones(3, np.int8)).tolist() == [2, 1, 0]


@given(ROWS, st.integers(1, N_CUSTOMERS - 1))
@settings(max_examples=60, deadline=None)
def test_sales_of_parts_add_up_to_those_of_all(rows: list[Row], border: int) -> None:
    whole, parts = Sales.none(N_ARTICLES), Sales.none(N_ARTICLES)
    whole.add(sales(rows, 0, N_CUSTOMERS))
    for first, end in ((0, border), (border, N_CUSTOMERS)):
        parts.add(sales(rows, first, end))
    for name, values in vars(whole).items():
        np.testing.assert_array_equal(values, getattr(parts, name), name)


def test_sales_on_the_latest_day_are_those_of_all_parts() -> None:
    rows: list[Row] = [(0, 0, 98, 7.0, 1), (1, 0, 99, 1.25, 1), (2, 0, 99, 0.5, 1), (3, 0, 97, 7.0, 1)]
    total = Sales.none(N_ARTICLES)
    for first in range(N_CUSTOMERS):
        total.add(sales(rows, first, first + 1))
    assert total.days[0].tolist() == [1, 3]
    assert total.latest[0].tolist() == [1, 750_000_000, 2]


def test_nothing_of_the_cut_off_day_or_later_is_in_a_history() -> None:
    rows: list[Row] = [(0, 0, 99, 0.5, 1), (0, 1, 100, 0.5, 1), (1, 1, 101, 0.5, 1)]
    histories = Bought.of(table(rows), 0, 2).before(CUTOFF)
    assert (histories.start.tolist(), histories.article.tolist()) == ([0, 1, 1], [0])
    assert histories.days_ago.tolist() == [1]


def test_the_last_shopping_day_of_customers_without_a_purchase_is_none() -> None:
    histories = Histories(
        np.array([0, 0, 3, 3]),
        np.zeros(3, np.int32),
        np.array([9, 4, 4], np.int32),
        np.ones(3),
        np.ones(3, bool),
        np.ones(3),
    )
    assert histories.on_last_day.tolist() == [False, True, True]
    assert histories.total(histories.on_last_day).tolist() == [0, 2, 0]


def test_medians_of_an_even_count_lie_in_the_middle() -> None:
    found = price_statistics(np.array([0, 4, 4]), np.array([4.0, 1.0, 3.0, 8.0]), np.array([[1, 3, 4], [0, 0, 0]]))
    assert found[0].tolist() == [8.0, 3.0, 3.5, 1.0, 8.0]
    assert np.isnan(found[1]).all()


@pytest.mark.parametrize(("most", "kind"), [(0, "uint8"), (255, "uint8"), (256, "uint16"), (70_000, "uint32")])
def test_counts_take_the_smallest_type_that_holds_them(most: int, kind: str) -> None:
    made = smallest(np.array([0, most]))
    assert (made.dtype.name, made.tolist()) == (kind, [0, most])
