"""Loops that numpy has no function for, compiled by numba.

A function is compiled when it is first called. Its machine code is kept beside the source, or in ``NUMBA_CACHE_DIR``,
for the next process. It runs without the interpreter's lock, so that ``in_blocks`` can give the blocks of an array to
all cores.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])
BLOCKS_PER_CORE = 8
"""Blocks are of unequal work; with so many each core ends at about the same time."""


def compiled(function: Function) -> Function:
    """Compile a function of numbers and arrays; results are those of IEEE arithmetic, as numpy's are."""
    try:
        return _jit(function, cache=True)
    except RuntimeError:  # no folder that numba may write to
        return _jit(function, cache=False)


def in_blocks(work: Callable[[int, int], None], n: int, threads: int | None = None) -> None:
    """Call ``work(first, end)`` for all rows of 0 .. ``n``, in blocks, on as many threads as there are cores."""
    threads = threads or len(os.sched_getaffinity(0))
    size = max(1, -(-n // (threads * BLOCKS_PER_CORE)))
    with ThreadPoolExecutor(threads, "block") as workers:
        done = [workers.submit(work, first, min(first + size, n)) for first in range(0, n, size)]
        for each in done:
            each.result()


def _jit(function: Function, cache: bool) -> Function:
    made: Any = numba.njit(nogil=True, cache=cache, error_model="numpy")(function)
    return cast(Function, made)
