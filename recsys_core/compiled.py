"""Loops that numpy has no function for, compiled by numba.

A function is compiled when it is first called. Its machine code is kept beside the source, or in ``NUMBA_CACHE_DIR``,
for the next process, until its own file changes: so it takes what other modules define as arguments, and calls nothing
compiled of theirs. It runs without the interpreter's lock, so that ``in_blocks`` can give the blocks of an array to
all cores.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from threading import Lock
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])
BLOCKS_PER_THREAD = 8
"""Blocks are of unequal work; with so many each thread ends at about the same time."""


def compiled(function: Function, **options: Any) -> Function:
    """Compile a function of numbers and arrays with Numba's ``options``.

    Without options results are those of IEEE arithmetic, as numpy's are.
    """
    try:
        return _jit(function, cache=True, **options)
    except RuntimeError:  # no folder that Numba may write to
        return _jit(function, cache=False, **options)


def in_blocks(work: Callable[[int, int], None], n: int, *, size: int | None = None, threads: int | None = None) -> None:
    """Call ``work(first, end)`` for blocks of ``size`` rows of 0 .. ``n``, by default on ``available_threads()``."""
    threads = threads or available_threads()
    size = size or max(1, -(-n // (threads * BLOCKS_PER_THREAD)))
    blocks = [(first, min(first + size, n)) for first in range(0, n, size)]
    if min(threads, len(blocks)) <= 1:
        for block in blocks:
            work(*block)
        return
    workers = ThreadPoolExecutor(threads, "compiled")
    try:
        list(workers.map(lambda block: work(*block), blocks))
    finally:
        workers.shutdown(cancel_futures=True)  # what is waiting when a block fails


def available_threads() -> int:
    """As many as the process has cores; Spark tells its workers by ``OMP_NUM_THREADS`` to use fewer.

    A job of ``SharedCores`` has an equal share of them.
    """
    told = os.environ.get("OMP_NUM_THREADS", "")
    cores = int(told) if told.isdecimal() and int(told) else len(os.sched_getaffinity(0))
    shared = _SHARED.get()
    return max(1, cores // shared.jobs if shared else cores)


class SharedCores:
    """Cores of this process, for ``jobs`` that run at the same time in threads of it.

    Each has an equal share. When one has ended, those that still run share its cores: what they start afterwards has
    more threads. Threads that wait for one another in a busy loop, as OpenMP's do, cost many times the work if they
    outnumber the cores.
    """

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self._lock = Lock()

    @contextlib.contextmanager
    def of_one_job(self) -> Iterator[None]:
        """Context of one of the jobs, entered once in its thread."""
        token = _SHARED.set(self)
        try:
            yield
        finally:
            _SHARED.reset(token)
            with self._lock:
                self.jobs = max(1, self.jobs - 1)


_SHARED: ContextVar[SharedCores | None] = ContextVar("_SHARED", default=None)


def _jit(function: Function, **options: Any) -> Function:
    made: Any = numba.njit(nogil=True, error_model="numpy", **options)(function)
    return cast(Function, made)
