import threading

import pytest
from django.db import OperationalError

from ops.background import BackgroundWriter

pytestmark = pytest.mark.django_db


class Letters(BackgroundWriter):
    """Its first flush fails."""

    def __init__(self) -> None:
        super().__init__("letters", 0.01)
        self.n_flushes = 0
        self.was_written = threading.Event()

    def put(self) -> None:
        self._ensure_thread()

    def flush(self) -> int:
        self.n_flushes += 1
        if self.n_flushes == 1:
            raise OperationalError("gone")
        self.was_written.set()
        return 1


def test_a_thread_writes_what_waits_and_outlives_a_database_that_was_away() -> None:
    letters = Letters()
    letters.put()
    assert letters.was_written.wait(20)
    letters._write_last()


def test_a_process_that_ends_writes_what_still_waits() -> None:
    letters = Letters()
    letters._write_last()
    assert letters.n_flushes == 1
