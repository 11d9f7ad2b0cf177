"""The page of benchmarks, from a record."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from scripts.bench import report
from scripts.bench.comparisons import Comparison, comparisons_of
from scripts.bench.results import FULL_SIZE, WEB, Measurement, read_results

DAY = dt.date(2020, 9, 22)


def measured(machine: str, **result: Any) -> Measurement:
    return Measurement(machine=machine, date=DAY, load=0.2, result=result)


def size(purchases: int, seconds: float, **more: float) -> dict[str, Any]:
    stages = {
        stage: {"seconds": taken, "peak_mb": 1536, "peak_own_mb": 1024}
        for stage, taken in {"score": seconds, **more}.items()
    }
    return {"customers": purchases // 20, "articles": 10, "purchases": purchases, "runs": {"first run": stages}}


FEATURES = {
    "0.1": {
        "purchases": 100,
        "ours_seconds": 20.0,
        "ours_peak_mb": 512,
        "duckdb_seconds": 10.0,
        "duckdb_peak_mb": 1024,
    },
    "1.0": {
        "purchases": 1000,
        "ours_seconds": 30.0,
        "ours_peak_mb": 512,
        "polars_seconds": None,
        "polars_peak_mb": 2048,
        "polars_problem": "stopped after 300 s",
    },
}
RESULTS = {
    "features": measured("2 cores", seconds=30.0, sizes=FEATURES),
    "co_purchase": measured(
        "2 cores",
        ours_seconds=2.0,
        ours_recall=0.25,
        implicit_counts_seconds=6.0,
        implicit_counts_recall=0.2,
        implicit_cosine_seconds=1.0,
        implicit_cosine_recall=0.1,
    ),
    FULL_SIZE: measured("4 cores", sizes=[size(20_000, 30.0, filter=4.0), size(2000, 5.0)]),
    WEB: measured("4 cores", **{"feed, c = 4": {"rps": 372.0, "cpu_ms": 4.5, "p50_ms": 10.0, "p99_ms": 26.0}}),
}


def test_a_time_is_compared_the_other_way_round_than_a_speed() -> None:
    assert Comparison("lists", "ms", 2.0, {"SQLite": 6.0}, more_is_better=False).times("SQLite") == 3.0
    assert Comparison("lists", "lists/s", 2.0, {"SQLite": 6.0}, more_is_better=True).times("SQLite") == pytest.approx(
        1 / 3
    )


def test_page_says_what_was_measured_where() -> None:
    lines = report.page(RESULTS).splitlines()

    assert "| feature snapshot of 100 purchases (10%) | ours | 20 s, at most 0.5 GB |  |" in lines
    assert "|  | DuckDB | 10 s, at most 1.0 GB | 0.5 times as fast |" in lines
    assert "|  | polars | stopped after 300 s |  |" in lines
    assert "| co-purchases | ours | 2 s, recall@12 0.250 |  |" in lines
    assert "|  | implicit, counts | 6 s, recall@12 0.200 | 3 times as fast |" in lines
    assert "|  | implicit, cosine | 1 s, recall@12 0.100 | 0.5 times as fast |" in lines
    assert "Measured 2020-09-22, 2 cores: `features` (load before it 0.2), `co_purchase` (load before it 0.2)." in lines
    assert "| run | stage | 100 customers | 1,000 customers |" in lines
    assert "| first run | score | 5 s, 1.5 GB | 30 s, 1.5 GB |" in lines
    assert "| first run | filter | – | 4 s, 1.5 GB |" in lines
    assert "| feed, c = 4 | 372.0 | 4.5 | 10.0 | 26.0 |" in lines


def test_what_was_not_measured_has_no_section() -> None:
    page = report.page({WEB: RESULTS[WEB]})
    assert re.findall(r"^## (.*)", page, re.MULTILINE) == ["Storefront"]


def test_page_and_plots_are_written_side_by_side(tmp_path: Path) -> None:
    report.write(RESULTS, tmp_path)

    linked = re.findall(r"\]\((images/.*?)\)", (tmp_path / "benchmarks.md").read_text())
    assert sorted(linked) == sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.svg"))
    assert len(linked) == 4
    assert all((tmp_path / file).read_text().startswith("<svg") for file in linked)


def test_page_of_the_documentation_is_made_from_its_record() -> None:
    results = read_results(report.DOCS / "benchmarks.json")
    assert list(comparisons_of({name: one.result for name, one in results.items()}))
    assert (report.DOCS / report.PAGE).read_text() == report.page(results)
