"""Cloth: a square tile of colour that pieces are cut from, with its weave and its shine."""

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

Tile = npt.NDArray[np.float32]
RGB = tuple[float, float, float]

LUMINANCE: Final = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass
class Cloth:
    """``tile`` is ``(n, n, 3)`` float32 in 0..255, as large as an image's diagonal, or ``(3,)`` when plain."""

    tile: Tile
    gloss: float = 0.0
    _cut: dict[tuple[int, int, float], Tile] = field(default_factory=dict, repr=False)

    @classmethod
    def plain(cls, rgb: RGB, gloss: float = 0.0) -> "Cloth":
        return cls(np.asarray(rgb, dtype=np.float32), gloss)

    @cached_property
    def rgb(self) -> RGB:
        """The mean colour."""
        mean = self.tile if self.tile.ndim == 1 else self.tile.mean(axis=(0, 1))
        return float(mean[0]), float(mean[1]), float(mean[2])

    def sampled(self, width: int, height: int, angle: float) -> Tile:
        """The tile turned by ``angle`` degrees, cut to ``(height, width, 3)`` (or the plain colour)."""
        if self.tile.ndim == 1:
            return self.tile
        key = (width, height, round(angle))
        if key not in self._cut:
            self._cut[key] = self._turned(*key)
        return self._cut[key]

    def _turned(self, width: int, height: int, angle: int) -> Tile:
        top, left = (self.tile.shape[0] - height) // 2, (self.tile.shape[1] - width) // 2
        if angle == 0:
            return self.tile[top : top + height, left : left + width]
        image = Image.fromarray(np.clip(self.tile, 0, 255).astype(np.uint8))
        middle = self.tile.shape[0] / 2
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        x0, y0 = left - middle, top - middle
        back = (cos, -sin, middle + x0 * cos - y0 * sin, sin, cos, middle + x0 * sin + y0 * cos)
        turned = image.transform((width, height), Image.Transform.AFFINE, back, Image.Resampling.BILINEAR)
        return np.asarray(turned, dtype=np.float32)


def mixed(one: RGB, other: RGB, share: float) -> RGB:
    """``share`` of the other colour in the one."""
    a, b = np.asarray(one), np.asarray(other)
    r, g, bl = (a + (b - a) * share).tolist()
    return r, g, bl


def darker(rgb: RGB, by: float) -> RGB:
    return mixed(rgb, (8, 8, 12), by)


def lighter(rgb: RGB, by: float) -> RGB:
    return mixed(rgb, (255, 254, 250), by)


def brightness(rgb: RGB) -> float:
    """0 (black) .. 1 (white)."""
    return float(np.asarray(rgb, dtype=np.float32) @ LUMINANCE / 255)
