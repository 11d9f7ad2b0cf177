"""Arithmetic of the progress: shares, remaining times and the speed of this machine. Seconds everywhere."""

import math
from collections.abc import Iterable, Mapping

from scripts.stage_plan import Stage

STRAIGHT = 0.9
"""Part of the expected time in which the share grows evenly; then it slows down, because nobody knows."""
HIGHEST_SHARE = 0.99
OVERTIME_SHARE = 0.1
"""A stage beyond its expected time is expected to take this share of its elapsed time longer."""
TRUSTED_SECONDS = 30.0
"""Weight of the assumption that this machine is as fast as the recorded one."""
SLOWEST, FASTEST = 10.0, 0.1


def share_done(elapsed: float, expected: float) -> float:
    """Share of a running stage: grows with ``elapsed``, stays below 1.

    >>> [round(share_done(elapsed, expected=100), 3) for elapsed in (0, 50, 90, 100, 1000)]
    [0.0, 0.5, 0.9, 0.963, 0.99]
    """
    part = elapsed / expected
    if part <= STRAIGHT:
        return max(part, 0.0)
    rest = 1 - STRAIGHT
    return min(STRAIGHT + rest * (1 - math.exp((STRAIGHT - part) / rest)), HIGHEST_SHARE)


def remaining_time(elapsed: float, expected: float) -> float:
    """Seconds until a running stage ends; never 0, so that the expected end moves with a late stage.

    >>> [remaining_time(elapsed, expected=100) for elapsed in (0, 40, 200)]
    [100, 60, 20.0]
    """
    return max(expected - elapsed, OVERTIME_SHARE * elapsed)


def pace(ended: Iterable[tuple[float, float]]) -> float:
    """Time that this run takes for each second of the record: 2 on a machine of half the speed.

    ``ended`` holds seconds measured and expected of each stage that ended. The pace is the weighted median of their
    ratios, the weight being the expected seconds, and a ratio of 1 with ``TRUSTED_SECONDS``: short stages and a single
    odd one move nothing.

    >>> pace([(100, 50), (180, 90), (9, 1)])
    2.0
    >>> pace([(20, 10)])
    1.0
    """
    ratios = sorted([(1.0, TRUSTED_SECONDS), *((measured / expected, expected) for measured, expected in ended)])
    half = sum(weight for _, weight in ratios) / 2
    passed = 0.0
    for ratio, weight in ratios:
        passed += weight
        if passed >= half:
            return min(max(ratio, FASTEST), SLOWEST)
    return 1.0


def time_to_end(plan: Iterable[Stage], remaining: Mapping[str, float]) -> float:
    """Seconds until the last stage ends: the longest path through the plan.

    ``remaining`` holds the seconds that each stage still takes; one that is not named there takes none.
    """
    ends: dict[str, float] = {}
    for stage in plan:
        begins = max((ends.get(key, 0.0) for key in stage.after), default=0.0)
        ends[stage.key] = begins + remaining.get(stage.key, 0.0)
    return max(ends.values(), default=0.0)
