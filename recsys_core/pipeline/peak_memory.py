"""Measures the memory of a run with all processes that it starts."""

import contextlib
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import psutil


class PeakMemory:
    """Peak memory of this process and all it starts, in MB, sampled every half second.

    Memory that several processes share, such as a mapped file, counts once among them (PSS), where the system tells.
    """

    def __init__(self) -> None:
        self.peak_mb = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        import psutil

        me = psutil.Process()
        while not self._done.wait(0.5):
            total = sum(map(_memory_of, (me, *me.children(recursive=True))))
            self.peak_mb = max(self.peak_mb, total >> 20)


def _memory_of(process: "psutil.Process") -> int:
    """Bytes, 0 of a process that has ended."""
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        try:
            found = process.memory_full_info()
            return int(getattr(found, "pss", found.rss))
        except psutil.AccessDenied:
            return int(process.memory_info().rss)
    return 0
