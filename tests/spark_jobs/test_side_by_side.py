"""Actions in threads: results in order, and the first failure."""

import logging
import threading
import time

import pytest
from pyspark.logger import PySparkLogger

from spark_jobs.side_by_side import MAX_ACTIONS, side_by_side


def test_results_come_in_the_order_of_the_actions() -> None:
    last_is_done = threading.Event()

    def first() -> int:
        assert last_is_done.wait(10)
        return 1

    def last() -> int:
        last_is_done.set()
        return 2

    assert side_by_side([first, last]) == [1, 2]


def test_the_first_failure_is_raised_and_nothing_is_begun_after_it() -> None:
    begun: list[int] = []

    def action(number: int) -> None:
        begun.append(number)
        if number == 0:
            time.sleep(0.1)
            raise ValueError("of the first")
        if number == 1:
            raise ValueError("of the second")
        time.sleep(0.3)

    with pytest.raises(ValueError, match="of the first"):
        side_by_side([lambda number=number: action(number) for number in range(4 * MAX_ACTIONS)])  # type: ignore[misc]
    assert len(begun) < 4 * MAX_ACTIONS


def test_new_loggers_are_of_the_usual_class_afterwards() -> None:
    """As two threads leave it that log errors of queries at once."""
    side_by_side([lambda: logging.setLoggerClass(PySparkLogger)] * 2)
    assert logging.getLoggerClass() is logging.Logger
