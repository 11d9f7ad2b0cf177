"""Measures the memory of a run with all processes that it starts."""

import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    import psutil

MAPPED: Final = "Pss_File"


class PeakMemory:
    """Peak memory of this process and all it starts, in MB, sampled every half second.

    Memory that several processes share counts once among them, where the system tells. ``peak_mb`` has the pages of
    mapped files, too, which the system drops when others need the memory; ``peak_own_mb`` has not.
    """

    def __init__(self) -> None:
        self.peak_mb = 0
        self.peak_own_mb = 0
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
            found = [_memory_of(process) for process in (me, *me.children(recursive=True))]
            self.peak_mb = max(self.peak_mb, sum(all_of_it for all_of_it, _ in found) >> 20)
            self.peak_own_mb = max(self.peak_own_mb, sum(own for _, own in found) >> 20)


def _memory_of(process: "psutil.Process") -> tuple[int, int]:
    """Bytes with and without mapped files, zeros of a process that has ended."""
    import psutil

    with contextlib.suppress(OSError, KeyError):
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()[1:]
        sizes = {name: int(size.split()[0]) << 10 for name, size in (line.split(":", 1) for line in lines)}
        return sizes["Pss"], sizes["Pss"] - sizes[MAPPED]
    with contextlib.suppress(psutil.Error):
        memory = process.memory_info().rss
        return memory, memory
    return 0, 0
