"""Cache of results that are computed once per release and dropped with it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from recsys_core.serving import Release

Result = TypeVar("Result")


def per_release(compute: Callable[..., Result]) -> Callable[..., Result]:
    """Remember ``compute(release, *names)`` as long as the release is open; ``names`` must be of a bounded set."""
    kept: WeakKeyDictionary[Release, dict[tuple[Any, ...], Result]] = WeakKeyDictionary()

    @wraps(compute)
    def remembered(release: Release, *names: Any) -> Result:
        results = kept.setdefault(release, {})
        if names not in results:
            results[names] = compute(release, *names)
        return results[names]

    return remembered
