"""Placement of the two shoes of a pair."""

from collections.abc import Callable

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.cloth import RGB
from demo_shop.drawing.paths import Path, moved

Shift = Callable[[Path], Path]


BEHIND: tuple[float, float] = (13.0, -26.0)


def pair(a: Atelier, shoe: Callable[[Atelier, Shift, float], None]) -> None:
    """The far shoe, then the near one."""
    shoe(a, lambda points: moved(points, *BEHIND), 0.9)
    shoe(a, lambda points: moved(points, -6, 10), 1.0)


def sole_rgb(a: Atelier) -> RGB:
    if a.style.wear == "leather" and a.style.silhouette in ("sneakers",):
        return (240, 238, 232) if a.style.seed % 4 else (214, 178, 132)
    return (64, 52, 44) if a.style.seed % 3 else (34, 32, 32)
