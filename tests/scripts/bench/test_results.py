"""The record of what benchmarks measured."""

from pathlib import Path

import pytest

from scripts.bench.results import keep, machine, read_results


def test_a_result_takes_the_place_of_the_earlier_one_and_others_stay(tmp_path: Path) -> None:
    file = tmp_path / "var/benchmarks.json"
    keep(file, "retrieval", {"users_per_s": 1}, 0.0)
    keep(file, "bpr", {"factors": 64}, 0.5)

    keep(file, "retrieval", {"users_per_s": 2}, 1.26)

    results = read_results(file)
    assert {name: one.result for name, one in results.items()} == {
        "retrieval": {"users_per_s": 2},
        "bpr": {"factors": 64},
    }
    assert (results["retrieval"].load, results["bpr"].machine) == (1.3, machine())


def test_a_file_that_is_no_record_is_named(tmp_path: Path) -> None:
    file = tmp_path / "benchmarks.json"
    assert read_results(file) == {}
    file.write_text('{"retrieval": 3}')
    with pytest.raises(ValueError, match=r"benchmarks\.json is no record"):
        read_results(file)
