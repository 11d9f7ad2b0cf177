"""The figures of the search benchmark, with expectations computed by hand, and its file of queries."""

import math
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from recsys_core.contracts.columns import ARTICLE_COLUMNS
from scripts.bench.search import durations, indexed_words, summary
from scripts.bench.search_grades import (
    AS_TYPED,
    RIGHT,
    TYPO,
    WRONG,
    Condition,
    Judge,
    Outcome,
    Query,
    figures,
    judged,
    ndcg,
    read_queries,
    right_type,
)

ARTICLES = pa.table(
    {
        "product_type_name": ["Dress", "Dress", "Dress", "Skirt", "Dress"],
        "colour_group_name": ["Black", "Black", "White", "Black", "Dark Blue"],
        "detail_desc": [
            "Long dress in airy cotton, lined.",
            "V-neck dress in lace.",
            "Short dress with lacing at the top.",
            "Long skirt in cotton.",
            None,
        ],
    }
)
CONDITIONS: dict[str, Condition] = {
    "dress": [{"column": "product_type_name", "values": ["Dress"]}],
    "black": [{"column": "colour_group_name", "values": ["Black"]}],
    "cotton": [{"column": "detail_desc", "contains": ["cotton"]}],
    "long": [{"column": "detail_desc", "contains": ["long dress", "long skirt"]}],
}


def query(text: str = "black dress", kind: str = "occasion", also: tuple[Condition, ...] = ("black",)) -> Query:
    return Query(text, kind, (text,), "dress", also)


@pytest.fixture
def judge() -> Judge:
    return Judge(ARTICLES, CONDITIONS)


@pytest.mark.parametrize(
    ("also", "grades"),
    [
        ((), [3, 3, 3, 0, 3]),
        (("black",), [3, 3, 1, 0, 1]),
        (("black", "cotton"), [3, 2, 1, 0, 1]),
        (("black", "cotton", "long"), [3, 1, 1, 0, 1]),
        (("black", [{"column": "colour_group_name", "values": ["White"]}], "cotton"), [2, 1, 1, 0, 1]),
    ],
)
def test_a_grade_tells_how_many_conditions_hold_of_what_is_the_right_type(
    judge: Judge, also: tuple[Condition, ...], grades: list[int]
) -> None:
    assert judge.grades(query(also=also)).tolist() == grades


@pytest.mark.parametrize(
    ("contains", "rows"),
    [
        ("lac", [1, 2]),  # the beginning of a word
        ("lace ", [1]),  # a whole word: a full stop ends it
        ("neck", []),  # a hyphen keeps a word together
        ("v-neck", [1]),
        ("cotton lined", [0]),  # commas do not count
        ("iry", []),
    ],
)
def test_words_are_found_by_their_beginning(judge: Judge, contains: str, rows: list[int]) -> None:
    held = judge.holds([{"column": "detail_desc", "contains": [contains]}])
    assert np.flatnonzero(held).tolist() == rows


def test_a_condition_is_one_of_several_or_all_of_them(judge: Judge) -> None:
    white = {"column": "colour_group_name", "values": ["White"]}
    assert judge.holds([white, {"all": ["black", "dress"]}]).tolist() == [True, True, True, False, False]


def test_ndcg_of_five_articles() -> None:
    grades = np.array([3, 0, 1, 2, 0], np.int8)
    ideal = 7 + 3 / math.log2(3) + 1 / math.log2(4)
    found = 1 + 0 + 7 / math.log2(4)
    assert ndcg([2, 1, 0], grades) == pytest.approx(found / ideal)
    assert ndcg([0, 3, 2], grades) == 1
    assert ndcg([], grades) == 0


def test_results_after_the_tenth_do_not_count() -> None:
    grades = np.array([0] * 10 + [3], np.int8)
    assert ndcg(list(range(11)), grades) == 0


@pytest.mark.parametrize(("found", "share"), [([0, 3, 1, 2], 2 / 3), ([0], 1 / 3), ([], 0)])
def test_the_right_type_is_expected_in_as_many_places_as_it_has_articles(found: list[int], share: float) -> None:
    assert right_type(found, np.array([True, True, True, False])) == pytest.approx(share)


@pytest.mark.parametrize(
    ("searched", "correction"),
    [
        ("Black  t shirt", RIGHT),
        ("black t-shirt", RIGHT),
        ("blak t-shirt", AS_TYPED),
        ("BLAK t shirt", AS_TYPED),
        ("blank t-shirt", WRONG),
    ],
)
def test_a_correction_is_compared_by_its_words(searched: str, correction: str) -> None:
    misspelt = Query("blak t-shirt", TYPO, ("black t-shirt",), "dress", ())
    assert misspelt.correction(searched) == correction


def outcome(asked: Query, searched: str, value: float = 1.0) -> Outcome:
    return Outcome(asked, searched, (), (), value, value)


def test_wrong_corrections_count_over_all_and_missed_ones_over_misspelt_queries() -> None:
    typo = Query("blak dress", TYPO, ("black dress",), "dress", ("black",))
    outcomes = [
        outcome(typo, "black dress"),
        outcome(typo, "blak dress", 0),
        outcome(typo, "blank dress", 0.5),
        outcome(query("beach"), "beach"),
        outcome(query("beach"), "bench", 0),
    ]
    assert figures(outcomes) == {
        "queries": 5,
        "ndcg": 0.5,
        "right_type": 0.5,
        "wrong_corrections": 0.4,
        "missed_corrections": 0.6667,
    }
    by_kind = summary(outcomes)["by_kind"]
    assert by_kind["occasion"] == {"queries": 2, "ndcg": 0.5, "right_type": 0.5, "wrong_corrections": 0.5}


def test_an_outcome_holds_the_first_ten_results(judge: Judge) -> None:
    made = judged(query(), judge, "black dress", [3, 0, 1] * 5)
    assert (len(made.found), made.grades[:3]) == (10, (0, 3, 3))
    assert made.right_type == pytest.approx(2 / 4)  # there are four dresses


def test_durations_are_milliseconds() -> None:
    assert durations([0.001 * n for n in range(1, 101)]) == {"p50_ms": 50.5, "p99_ms": 100.0}


def test_stop_words_are_not_indexed() -> None:
    assert indexed_words("Dresses with a V-neck") == ["dress", "vneck"]


def test_every_query_can_be_judged() -> None:
    queries, conditions = read_queries()
    assert len({each.query for each in queries}) == len(queries) == 150
    empty = pa.table({name: pa.array([""], pa.string()) for name in ARTICLE_COLUMNS})
    judge = Judge(empty, conditions)
    assert not any(judge.grades(each).any() for each in queries)


def test_a_misspelt_query_is_not_what_is_meant_and_every_other_is() -> None:
    queries, _ = read_queries()
    right = {each.query for each in queries if each.correction(each.query) == RIGHT}
    assert right == {each.query for each in queries if each.kind != TYPO}
    assert Counter(each.kind for each in queries)[TYPO] == 25
