"""Turns of several ways to do the same work, and what they found, for the benchmarks of learning from purchases."""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from recsys_core.features.snapshot import IntArray

K = 12
"""Articles of a list whose recall is measured."""


def in_turns(work: Mapping[str, Callable[[], Any]], rounds: int, title: str) -> dict[str, list[float]]:
    """Seconds of each way in each round; all have their turn in a round, so that a busy moment hits all of them."""
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in tqdm(range(rounds), desc=title, disable=None):
        for name, do in work.items():
            started = time.perf_counter()
            do()
            seconds[name].append(time.perf_counter() - started)
    return seconds


def times(theirs: list[float], ours: list[float]) -> float:
    """Their time by ours, median over the rounds."""
    return round(statistics.median(one / other for one, other in zip(theirs, ours, strict=True)), 2)


def without(found: IntArray, bought: list[set[int]], k: int = K) -> IntArray:
    """(n, k) the first of each row of ``found`` that the customer had not ``bought``, -1 where none is left."""
    best = np.full((len(found), k), -1, np.int32)
    for row, own in enumerate(bought):
        left = [article for article in found[row].tolist() if article >= 0 and article not in own][:k]
        best[row, : len(left)] = left
    return best


def recall(found: npt.NDArray[np.integer], held_out: IntArray, bought: list[set[int]]) -> float:
    """Share of the held-out articles that were found, of those that the customer had not bought before."""
    hits = wanted = 0
    for row, own in enumerate(bought):
        new = set(held_out[row].tolist()) - own
        wanted += len(new)
        hits += len(new.intersection(found[row].tolist()))
    return round(hits / max(wanted, 1), 4)


def run_alone(description: str | None, measure: Callable[[bool], Mapping[str, Any]]) -> int:
    """The command line of a benchmark by itself: ``--small``, and one JSON object as the last line."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a small input, to see whether all of it works")
    print(json.dumps(measure(parser.parse_args().small)))
    return 0


def show(title: str, result: Mapping[str, Any]) -> None:
    print(f"\n{title}", file=sys.stderr)
    for name, value in result.items():
        print(f"  {name:36}{value}", file=sys.stderr)
