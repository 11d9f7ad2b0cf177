"""Surfaces of cloth: luminance tiles around 1 that a pattern's colours are multiplied with."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

Tile = npt.NDArray[np.float32]
Grid = tuple[Tile, Tile]


def grid(n: int) -> Grid:
    """x and y of a tile in pixels, ``(1, n)`` and ``(n, 1)``: what depends on one of them is computed once a line."""
    axis = np.arange(n, dtype=np.float32)
    return axis[None, :], axis[:, None]


def diagonal(n: int, k: np.float32) -> Tile:
    """Sine of ``k * (x + y)`` on an ``(n, n)`` tile."""
    waves = np.sin(np.arange(2 * n - 1, dtype=np.float32) * k)
    return np.lib.stride_tricks.sliding_window_view(waves, n)


def noise(n: int, cells: int, rng: np.random.Generator, stretch: float = 1.0) -> Tile:
    """Smooth noise of about unit spread; ``stretch`` > 1 draws it out downwards."""
    rows = max(2, int(cells / stretch))
    coarse = Image.fromarray(rng.normal(0, 1, (rows, cells)).astype(np.float32))
    return np.asarray(coarse.resize((n, n), Image.Resampling.BICUBIC), dtype=np.float32)


def smooth_noise(width: int, height: int, cells: tuple[int, int], rng: np.random.Generator) -> Tile:
    """Smooth noise of an image's size; remembered as :func:`surface` is."""
    field, rng.bit_generator.state = _smooth_noise(width, height, cells, Dice(rng))
    return field


@lru_cache(maxsize=2)
def _smooth_noise(width: int, height: int, cells: tuple[int, int], dice: "Dice") -> tuple[Tile, dict[str, Any]]:
    coarse = dice.rng.normal(0, 1, (cells[1], cells[0])).astype(np.float32)
    image = Image.fromarray(coarse, mode=None).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(image, dtype=np.float32), dice.state()


def jersey(n: int, scale: float, rng: np.random.Generator) -> Tile:
    return 1 + np.float32(0.012) * rng.normal(0, 1, (n, n)).astype(np.float32)


def poplin(n: int, scale: float, rng: np.random.Generator) -> Tile:
    slub = rng.normal(0, 1, (n, 1)).astype(np.float32) + rng.normal(0, 1, (1, n)).astype(np.float32)
    return 1 + np.float32(0.010) * slub


def linen(n: int, scale: float, rng: np.random.Generator) -> Tile:
    slub = noise(n, n // 2, rng, 0.15) + noise(n, n // 2, rng, 6)
    return 1 + np.float32(0.03) * slub


def twill(n: int, scale: float, rng: np.random.Generator) -> Tile:
    ridge = diagonal(n, np.float32(2 * np.pi / (2.6 * scale)))
    return np.asarray(
        1 + np.float32(0.03) * ridge + np.float32(0.02) * rng.normal(0, 1, (n, n)).astype(np.float32), dtype=np.float32
    )


def corduroy(n: int, scale: float, rng: np.random.Generator) -> Tile:
    x, _ = grid(n)
    return np.asarray(1 + np.float32(0.10) * np.sin(x * np.float32(2 * np.pi / (4.4 * scale))), dtype=np.float32)


def rib(n: int, scale: float, rng: np.random.Generator) -> Tile:
    x, y = grid(n)
    ridge = np.sin(x * np.float32(2 * np.pi / (4.6 * scale)))
    stitch = np.sin(y * np.float32(2 * np.pi / (2.4 * scale)))
    return np.asarray(1 + np.float32(0.085) * ridge + np.float32(0.015) * stitch, dtype=np.float32)


def fine_knit(n: int, scale: float, rng: np.random.Generator) -> Tile:
    return _stitches(n, 3.4 * scale, 3.0 * scale, 0.05) + np.float32(0.012) * noise(n, 24, rng)


def chunky_knit(n: int, scale: float, rng: np.random.Generator) -> Tile:
    return _stitches(n, 8.0 * scale, 6.4 * scale, 0.12) + np.float32(0.015) * noise(n, 24, rng)


def moss_knit(n: int, scale: float, rng: np.random.Generator) -> Tile:
    x, y = grid(n)
    k = np.float32(2 * np.pi / (6.0 * scale))
    return np.asarray(1 + np.float32(0.09) * np.sin(x * k) * np.sin(y * k * np.float32(1.15)), dtype=np.float32)


def cable_knit(n: int, scale: float, rng: np.random.Generator) -> Tile:
    """Columns of two strands that cross, with ribs between them."""
    x, y = grid(n)
    period, turn = np.float32(27.0 * scale), np.float32(23.0 * scale)
    middle = np.float32(n / 2)
    u = (x - middle + period / 2) % period - period / 2
    swing = np.sin(y * np.float32(2 * np.pi) / turn)
    over = np.cos(y * np.float32(2 * np.pi) / turn)
    width = np.float32(3.3 * scale)
    reach = np.float32(3.9 * scale)
    left = np.exp(-(((u - reach * swing) / width) ** 2)) * (1 + np.float32(0.35) * over)
    right = np.exp(-(((u + reach * swing) / width) ** 2)) * (1 - np.float32(0.35) * over)
    strands = np.maximum(left, right)
    ditch = np.exp(-(((np.abs(u) - 9.2 * scale) / (1.5 * scale)) ** 2))
    ribs = np.where(np.abs(u) > 9.5 * scale, np.sin(u * np.float32(2 * np.pi / (3.2 * scale))), 0)
    return np.asarray(np.float32(0.94) + 0.17 * strands - 0.15 * ditch + 0.04 * ribs, dtype=np.float32)


def denim(n: int, scale: float, rng: np.random.Generator) -> Tile:
    threads = noise(n, n // 2, rng, 8)
    return np.asarray(
        twill(n, scale, rng) + np.float32(0.045) * threads + np.float32(0.04) * noise(n, 10, rng), dtype=np.float32
    )


def boucle(n: int, scale: float, rng: np.random.Generator) -> Tile:
    return 1 + np.float32(0.05) * noise(n, int(n / (1.9 * scale)), rng) + np.float32(0.015) * noise(n, n // 8, rng)


def satin(n: int, scale: float, rng: np.random.Generator) -> Tile:
    return 1 + np.float32(0.045) * noise(n, 9, rng, 2.5) + np.float32(0.02) * noise(n, 30, rng, 4)


def leather(n: int, scale: float, rng: np.random.Generator) -> Tile:
    return 1 + np.float32(0.022) * noise(n, int(n / (1.8 * scale)), rng) + np.float32(0.02) * noise(n, 12, rng)


def straw(n: int, scale: float, rng: np.random.Generator) -> Tile:
    x, y = grid(n)
    k = np.float32(2 * np.pi / (4.2 * scale))
    basket = np.where(((x // (4.2 * scale)) + (y // (4.2 * scale))) % 2 == 0, np.sin(x * k), np.sin(y * k))
    return np.asarray(1 + np.float32(0.11) * basket + np.float32(0.03) * noise(n, n // 6, rng), dtype=np.float32)


WEAVES: Final[dict[str, Callable[[int, float, np.random.Generator], Tile]]] = {
    "jersey": jersey,
    "poplin": poplin,
    "linen": linen,
    "twill": twill,
    "corduroy": corduroy,
    "rib": rib,
    "fine": fine_knit,
    "chunky": chunky_knit,
    "moss": moss_knit,
    "cable": cable_knit,
    "denim": denim,
    "boucle": boucle,
    "satin": satin,
    "leather": leather,
    "straw": straw,
}


def surface(name: str, n: int, scale: float, rng: np.random.Generator) -> Tile:
    """A weave's tile, read-only because the last ones are remembered; ``rng`` moves on as if it were drawn anew.

    The colour variants of a product have the same cloth.
    """
    tile, rng.bit_generator.state = _surface(name, n, scale, Dice(rng))
    return tile


class Dice:
    """Random numbers to come, equal if their state is."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self._state = str(rng.bit_generator.state)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dice) and self._state == other._state

    def __hash__(self) -> int:
        return hash(self._state)

    def state(self) -> dict[str, Any]:
        """State of the generator by now, for whoever finds remembered what was drawn with it."""
        return dict(self.rng.bit_generator.state)


@lru_cache(maxsize=6)
def _surface(name: str, n: int, scale: float, dice: Dice) -> tuple[Tile, dict[str, Any]]:
    tile = np.broadcast_to(WEAVES[name](n, scale, dice.rng), (n, n))
    return tile, dice.state()


def _stitches(n: int, width: float, height: float, depth: float) -> Tile:
    """Knit stitches: columns of little Vs."""
    x, y = grid(n)
    u = (x % np.float32(width)) / np.float32(width) - np.float32(0.5)
    v = (y / np.float32(height) - np.abs(u) * np.float32(1.3)) % 1
    loop = np.sin(v * np.float32(np.pi)) * np.clip(np.cos(u * np.float32(np.pi)), 0, 1) ** np.float32(0.6)
    return np.asarray(np.float32(1 - depth * 0.55) + np.float32(depth) * loop, dtype=np.float32)
