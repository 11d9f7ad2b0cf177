"""Our snapshot, DuckDB's and polars' agree on every value of a small shop."""

import pytest

from scripts.bench_features import ENGINES, SMALL, measure


@pytest.mark.full
@pytest.mark.spark
def test_all_engines_compute_the_same() -> None:
    found = measure(small=True)
    smallest = found["sizes"][str(SMALL[0])]
    assert smallest["different_values"] == {"duckdb": 0, "polars": 0}
    assert all(smallest[f"{engine}_seconds"] > 0 for engine in ENGINES)
