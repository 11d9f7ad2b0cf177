"""Cloth: a square tile of colour that pieces are cut from, with its weave and its shine."""

import math
from dataclasses import dataclass
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
    """``tile`` is ``(3, n, n)`` float32 in 0..255, as large as an image's diagonal, or ``(3,)`` when plain."""

    tile: Tile
    gloss: float = 0.0

    @classmethod
    def plain(cls, rgb: RGB, gloss: float = 0.0) -> "Cloth":
        return cls(np.asarray(rgb, dtype=np.float32), gloss)

    @cached_property
    def rgb(self) -> RGB:
        """The mean colour."""
        red, green, blue = self.tile if self.tile.ndim == 1 else _means(self.tile)
        return float(red), float(green), float(blue)

    @cached_property
    def depth(self) -> float:
        """Darkness of its edges, which turn away from the light."""
        return 0.13 + 0.10 * (1 - brightness(self.rgb))

    def sampled(self, width: int, height: int, angle: float, window: tuple[slice, slice]) -> Tile:
        """A window of the tile turned by ``angle`` degrees and cut to an image's size, ``(3, rows, columns)``.

        A plain colour is ``(3, 1, 1)``.
        """
        if self.tile.ndim == 1:
            return self.tile[:, None, None]
        top, left = (self.tile.shape[1] - height) // 2, (self.tile.shape[2] - width) // 2
        if round(angle) == 0:
            return self.tile[:, top : top + height, left : left + width][:, *window]
        return self._turned(top, left, round(angle), window)

    def _turned(self, top: int, left: int, angle: int, window: tuple[slice, slice]) -> Tile:
        """Turned from the image's corner on: from the window's, the coordinates would be rounded otherwise."""
        rows, columns = window
        middle = self.tile.shape[1] / 2
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        x0, y0 = left - middle, top - middle
        back = (cos, -sin, middle + x0 * cos - y0 * sin, sin, cos, middle + x0 * sin + y0 * cos)
        size = columns.stop, rows.stop
        turned = self._image.transform(size, Image.Transform.AFFINE, back, Image.Resampling.BILINEAR)
        return tile_of(turned.crop((columns.start, rows.start, columns.stop, rows.stop)))

    @cached_property
    def _image(self) -> Image.Image:
        planes = np.clip(self.tile, 0, 255).astype(np.uint8)
        return Image.merge("RGB", [Image.fromarray(plane) for plane in planes])


def planes(rgb: RGB) -> Tile:
    """A colour as ``(3, 1, 1)``, to be multiplied with surfaces."""
    return np.asarray(rgb, dtype=np.float32)[:, None, None]


def tile_of(image: Image.Image) -> Tile:
    """An RGB image as ``(3, rows, columns)``."""
    return np.asarray([np.asarray(band) for band in image.split()], dtype=np.float32)


def _means(tile: Tile) -> tuple[np.float32, np.float32, np.float32]:
    """Mean of each plane, added up pixel by pixel in one order, as images depend on the last digits.

    Each sum waits for the one before, so that two planes take no longer than one: as a complex number.
    """
    pair = np.empty(tile[0].size, dtype=np.complex64)
    pair.real, pair.imag = tile[0].ravel(), tile[1].ravel()
    both, last = np.add.accumulate(pair, out=pair)[-1], np.add.accumulate(tile[2].ravel())[-1]
    size = np.float32(tile[0].size)
    return both.real / size, both.imag / size, last / size


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
