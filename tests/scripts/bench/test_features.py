"""Our snapshot, DuckDB's and polars' agree on every value of a small shop."""

from pathlib import Path

import pytest

from scripts.bench.features import DUCKDB, ENGINES, OURS, POLARS, SMALL, measure, timed


@pytest.mark.full
@pytest.mark.spark
def test_all_engines_compute_the_same() -> None:
    found = measure(small=True)
    smallest = found["sizes"][str(SMALL[0])]
    assert smallest["different_values"] == {"duckdb": 0, "polars": 0}
    assert all(smallest[f"{engine}_seconds"] > 0 for engine in ENGINES)


def test_a_peer_that_fails_or_takes_too_long_is_noted_and_ours_must_not(tmp_path: Path) -> None:
    failed = timed(POLARS, tmp_path, tmp_path, limit_seconds=60)
    assert (failed["polars_seconds"], failed["polars_problem"]) == (None, "failed with status 1")

    late = timed(DUCKDB, tmp_path, tmp_path, limit_seconds=0)
    assert (late["duckdb_seconds"], late["duckdb_problem"]) == (None, "stopped after 0 s")

    with pytest.raises(RuntimeError, match="our own snapshot of"):
        timed(OURS, tmp_path, tmp_path, limit_seconds=60)
