"""Runs independent Spark actions side by side: while one is planned, another keeps the cores busy."""

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import Final, TypeVar

T = TypeVar("T")
MAX_ACTIONS: Final = 6
"""Actions at a time. They share the cores and the memory of one session, so more would only wait."""


def side_by_side(actions: Iterable[Callable[[], T]]) -> list[T]:
    """Run the actions in threads; returns their results in order.

    After a failure none is begun any more; once those that run have ended, the first failure in order is raised.
    """
    with _logger_class_kept(), ThreadPoolExecutor(MAX_ACTIONS, "action") as threads:
        futures = [threads.submit(action) for action in actions]
        wait(futures, return_when=FIRST_EXCEPTION)
        for future in futures:
            future.cancel()
    return [future.result() for future in futures if not future.cancelled()]


@contextlib.contextmanager
def _logger_class_kept() -> Iterator[None]:
    """PySpark sets the class of new loggers while it logs an error; two threads that do so at once leave it set."""
    before = logging.getLoggerClass()
    try:
        yield
    finally:
        logging.setLoggerClass(before)
