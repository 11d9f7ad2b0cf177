"""Rows that two files have in common, in a sorted part of the table."""

from collections import Counter
from itertools import combinations

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from spark_jobs.equal_rows import count_equal_rows, described
from spark_jobs.schemas import FILE

Row = tuple[int, str]


def counted(files: dict[str, list[Row]]) -> dict[tuple[str, str], int]:
    """Equal rows of files of (day, customer), sorted as the table holds them, in blocks of three rows."""
    rows = sorted((day, customer) for held in files.values() for day, customer in held)
    named = sorted((day, customer, name) for name, held in files.items() for day, customer in held)
    assert rows == [row[:2] for row in named]
    table = pa.table(dict(zip(("day", "customer", FILE), map(list, zip(*named, strict=True)), strict=True)))
    blocks = pa.concat_tables(table.slice(start, 3) for start in range(0, table.num_rows, 3))
    return dict(count_equal_rows(blocks, ["day", "customer"]))


def test_two_equal_files_share_all_their_rows() -> None:
    rows = [(1, "anna"), (1, "bert"), (2, "anna")]
    assert counted({"a": rows, "b": rows}) == {("a", "b"): 3}


def test_files_that_overlap_share_the_days_of_both() -> None:
    files = {"a": [(1, "anna"), (2, "anna"), (2, "bert")], "b": [(2, "anna"), (2, "bert"), (3, "carl")]}
    assert counted(files) == {("a", "b"): 2}


def test_lines_that_a_file_repeats_are_held_against_one_line_each_of_the_other() -> None:
    assert counted({"a": [(1, "anna")] * 5, "b": [(1, "bert")]}) == {}
    assert counted({"a": [(1, "anna")] * 5, "b": [(1, "anna")] * 2}) == {("a", "b"): 2}


def test_a_row_that_differs_in_one_column_is_another() -> None:
    assert counted({"a": [(1, "anna")], "b": [(2, "anna"), (1, "Anna")]}) == {}


def test_each_pair_of_files_is_counted_by_itself() -> None:
    files = {"a": [(1, "anna")] * 3, "b": [(1, "anna")], "c": [(1, "anna")] * 2, "d": [(9, "dora")]}
    assert counted(files) == {("a", "b"): 1, ("a", "c"): 2, ("b", "c"): 1}


def test_one_file_shares_rows_with_nobody() -> None:
    assert counted({"a": [(1, "anna")] * 3}) == {}


held = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["x", "y"])), min_size=1, max_size=12)


@settings(max_examples=60)
@given(files=st.dictionaries(st.sampled_from("abcd"), held, min_size=1))
def test_the_count_is_that_of_multisets(files: dict[str, list[Row]]) -> None:
    both = {(a, b): (Counter(files[a]) & Counter(files[b])).total() for a, b in combinations(sorted(files), 2)}
    assert counted(files) == {pair: rows for pair, rows in both.items() if rows}


def test_pairs_bear_the_names_of_their_files_the_most_rows_first() -> None:
    pairs = Counter({("k1", "k2"): 2, ("k1", "k3"): 5})
    assert described(pairs, {"k1": "sales.csv", "k2": "march.csv", "k3": "april.csv"}) == [
        {"files": ["april.csv", "sales.csv"], "rows": 5},
        {"files": ["march.csv", "sales.csv"], "rows": 2},
    ]
