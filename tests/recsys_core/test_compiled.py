import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from recsys_core.compiled import SharedCores, available_threads, compiled, in_blocks


@pytest.mark.parametrize(("told", "threads"), [("1", 1), ("3", 3)])
def test_spark_says_how_many_threads(told: str, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", told)
    assert available_threads() == threads


@pytest.mark.parametrize(("cores", "jobs", "each"), [("4", 2, 2), ("2", 2, 1), ("1", 2, 1), ("5", 2, 2)])
def test_jobs_side_by_side_share_the_cores(cores: str, jobs: int, each: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", cores)

    with SharedCores(jobs).of_one_job():
        assert available_threads() == each
    assert available_threads() == int(cores)


def test_a_job_has_the_cores_of_one_that_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "6")
    cores = SharedCores(3)

    def fails() -> None:
        with cores.of_one_job():
            raise ValueError("ended early")

    with cores.of_one_job():
        assert available_threads() == 2
        with ThreadPoolExecutor(1) as others, pytest.raises(ValueError, match="ended early"):
            others.submit(fails).result()
        assert available_threads() == 3


def test_without_a_folder_for_machine_code_a_function_is_still_compiled() -> None:
    """Numba finds no folder for the code of a function that stands in no file."""
    namespace: dict[str, Any] = {}
    exec("def doubled(x): return 2 * x", namespace)  # noqa: S102

    assert compiled(namespace["doubled"])(21) == 42


@pytest.mark.parametrize("size", [None, 1, 4, 100])
@pytest.mark.parametrize("threads", [1, 3])
def test_blocks_hold_each_row_once(size: int | None, threads: int) -> None:
    seen: list[int] = []
    in_blocks(lambda first, end: seen.extend(range(first, end)), 10, size=size, threads=threads)
    assert sorted(seen) == list(range(10))


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_in_a_block_is_raised(threads: int) -> None:
    with pytest.raises(ZeroDivisionError):
        in_blocks(lambda first, end: print(1 // first), 4, size=1, threads=threads)


def test_after_an_error_no_further_block_begins() -> None:
    begun = []

    def work(first: int, end: int) -> None:
        begun.append(first)
        time.sleep(0.01)
        raise ValueError(f"row {first}")

    with pytest.raises(ValueError, match="row 0"):
        in_blocks(work, 1000, size=1, threads=2)
    assert len(begun) < 1000


def test_no_rows_are_no_blocks() -> None:
    in_blocks(lambda first, end: pytest.fail(f"{first} .. {end}"), 0)
