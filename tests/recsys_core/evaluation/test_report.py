import doctest
import json
from pathlib import Path
from typing import Any

import pytest

from recsys_core.evaluation.report import formats
from recsys_core.evaluation.report.html import write_report

PNG = b"\x89PNG"
K = ("12", "50", "100", "300", "500")


def group(customers: int) -> dict[str, Any]:
    around = {"map_at_12_interval": [0.02, 0.04], "map_at_12_popular": 0.01}
    return {"customers": customers, "map_at_12": 0.03, "recall_at_100": 0.2} | around


def compared(name: str, kind: str, value: float) -> dict[str, Any]:
    around, gap = [value - 0.002, value + 0.002], value - 0.025
    difference = [gap - 0.001, gap + 0.001]
    return {
        "name": name,
        "kind": kind,
        "map_at_12": value,
        "interval": around,
        "difference": gap,
        "difference_interval": difference,
    }


def measured() -> dict[str, Any]:
    """As a file keeps it: with its keys sorted as text. Rule ``season`` costs MAP@12."""
    recall = {k: 0.1 + 0.0001 * int(k) for k in sorted(K)}
    on = {"state": "on", "map_at_12": 0.02, "recall": recall, "candidates": 100.0, "only_here": 0.01}
    metrics = ("coverage", "gini", "novelty", "popularity_rank")
    return {
        "label_start": "2020-09-18",
        "label_days": 2,
        "customers": 1200,
        "artifact": "evaluations/0",
        "map_at_12": 0.0312,
        "map_at_12_interval": [0.0292, 0.0332],
        "map_at_12_without_rules": 0.032,
        "baselines": {"popular": 0.01, "recent_popular": 0.025},
        "best_baseline": "recent_popular",
        "comparison": [
            compared("final lists", "final", 0.0312),
            compared("recent_popular", "baseline", 0.025),
            compared("popular", "baseline", 0.01),
            compared("popular", "retriever", 0.0105),
        ],
        "recall": recall,
        "union": {"candidates": 310.0, "recall_of_pool": 0.3},
        "retrievers": {"popular": on, "similar_images": {"state": "off", "reason": "no images in <images>"}},
        "segments": {"active": group(300), "lapsed": group(200), "new": group(700)},
        "groups": {
            "profile": {"with profile": group(1200)},
            "age": {"20-24": group(1200)},
            "cold_start_by_age": {"20-24": group(700) | {"own_articles": 3}},
            "new_articles": {"customers": 5, "purchases": 6, "map_at_12": 0.01, "recall_at_100": 0.1},
        },
        "rules": {},
        "rule_effects": [
            {
                "rule": "season",
                "hard": False,
                "dropped": 50,
                "dropped_share": 0.01,
                "map_at_12_without": 0.0322,
                "difference": -0.001,
                "interval": [-0.0015, -0.0005],
                "costs": True,
            }
        ],
        "beyond_accuracy": {
            **dict.fromkeys(metrics, 0.5),
            **{f"{name}_bought": 0.6 for name in metrics},
            "in_stock": 900,
            "diversity": 0.8,
            "popularity": [
                {"from": 1, "to": 10, "shown": 0.7, "bought": 0.4},
                {"from": 11, "to": None, "shown": 0.3, "bought": 0.6},
            ],
        },
        "calibration": None,
        "importance": None,
        "ablation": [],
        "made_from": {"ranker": "blend", "retrievers": ["popular"]},
    }


@pytest.fixture
def result() -> dict[str, Any]:
    return measured()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of what was measured, for tests that only read."""
    folder = tmp_path_factory.mktemp("report")
    write_report(folder, measured())
    return folder


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    return (folder / "report.html").read_text()


def written(folder: Path, result: dict[str, Any]) -> str:
    write_report(folder, result)
    return (folder / "report.html").read_text()


def plots(folder: Path) -> set[str]:
    return {file.stem for file in (folder / "plots").iterdir()}


def test_the_result_is_kept_as_it_is(folder: Path, result: dict[str, Any]) -> None:
    assert json.loads((folder / "evaluation.json").read_text()) == result
    assert all(file.read_bytes().startswith(PNG) for file in (folder / "plots").iterdir())


def test_equal_results_give_equal_pages(tmp_path: Path, page: str, result: dict[str, Any]) -> None:
    assert written(tmp_path, result) == page


def test_a_rule_that_costs_is_named(page: str) -> None:
    assert "Beyond chance, MAP@12 would rise without season." in page
    assert '<span class="bad">−0.0010</span> <small>−0.0015 … −0.0005</small>' in page


def test_recall_is_simulated_the_order_of_k(page: str) -> None:
    assert [page.index(f"<th>recall@{k}</th>") for k in K] == sorted(page.index(f"<th>recall@{k}</th>") for k in K)


def test_new_customers_stand_beside_the_most_bought_and_by_age(page: str) -> None:
    assert "700 new customers reach 0.0300, the most bought reach 0.0100 there." in page
    assert "not among the dozen of all new customers: 20-24: 3." in page


def test_without_new_customers_nothing_is_said_of_them(tmp_path: Path, result: dict[str, Any]) -> None:
    del result["segments"]["new"]
    result["groups"]["cold_start_by_age"] = {}

    assert "new customers reach" not in written(tmp_path, result)


def test_a_retriever_that_is_off_says_why(page: str) -> None:
    assert "off: no images in &lt;images&gt;" in page


def test_what_was_not_measured_has_no_plot_but_a_sentence(folder: Path, page: str) -> None:
    assert plots(folder) == {"map_at_12", "recall", "segments", "rules", "popularity"}
    assert "tells no probability" in page
    assert "does not weigh its features" in page
    assert "Not measured here" in page


def test_calibration_and_importance(tmp_path: Path, result: dict[str, Any]) -> None:
    points = [{"pairs": 10, "predicted": 0.02, "bought": 0.01}, {"pairs": 10, "predicted": 0.2, "bought": 0.1}]
    calibration = {"pairs": 20, "predicted": 0.11, "bought": 0.055, "expected_error": 0.055, "points": points}
    importance = {"features": 2, "top": [{"feature": "age", "share": 0.6}], "groups": {"article": 0.4, "customer": 0.6}}

    page = written(tmp_path, {**result, "calibration": calibration, "importance": importance})

    assert plots(tmp_path) >= {"calibration", "importance", "importance_groups"}
    assert "too high. Expected calibration error 0.0550." in page
    assert "age weighs most" in page
    assert "of the groups, customer" in page


def test_an_ablation_is_shown_if_there_is_one(tmp_path: Path, result: dict[str, Any]) -> None:
    row = {"kind": "retriever", "map_at_12": 0.029, "interval": [-0.003, -0.001], "recall_at_300": 0.25}
    harmful = {"left_out": "consistency", "kind": "features", "map_at_12": 0.032, "difference": 0.0008}
    harmful |= {"interval": [0.0002, 0.0014], "recall_at_300": 0.28}
    ablation = [{**row, "left_out": "repurchase", "difference": -0.0022}, harmful]

    page = written(tmp_path, {**result, "ablation": ablation})

    assert "ablation" in plots(tmp_path)
    assert "MAP@12 falls most without repurchase (−0.0022)." in page
    assert '<span class="bad">+0.0008</span>' in page


def test_numbers_are_written_as_the_examples_say() -> None:
    assert doctest.testmod(formats).failed == 0
