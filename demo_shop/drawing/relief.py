"""Light on the edge of a piece: how it rounds off, slopes and shines, and the shadow it casts.

All follow from the piece's mask, and none from its colour. The colour variants of a product have the same masks, so
the last results are remembered by the mask's bytes.
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from demo_shop.drawing.cloth import RGB, planes
from demo_shop.drawing.raster import Frame, Shape, Window, rasterised

Field = npt.NDArray[np.float32]
Levels = npt.NDArray[np.uint8]
Number = TypeVar("Number", bound=np.generic)

REMEMBERED: Final = 256
"""Reliefs kept: more than one image has pieces."""
ALL: Final = np.float32(255)
SHARES: Final[Field] = np.arange(256, dtype=np.float32) / ALL
RIMS: Final[Field] = np.clip((SHARES - 0.5) * 2, 0, 1)
"""By level of the wide blur: 0 on the edge, 1 well inside."""
FALLING_OFF: Final[Field] = (1 - RIMS) ** 1.5
GLINTS: Final[Field] = np.exp(-(((RIMS - 0.55) / 0.22) ** 2))


class Mask(NamedTuple):
    """A piece's mask 0..255, row by row with an empty margin, and the rows and columns that the piece covers."""

    levels: bytes
    height: int
    width: int
    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True)
class Relief:
    """``shadow`` has the mask's size, the others that of its core."""

    shadow: Levels
    wide: Levels
    slope: Field
    lit: Field
    """Difference of the wide blur towards the light and away from it."""

    @cached_property
    def glint(self) -> Field:
        """Shine, 0..1: along the rim, on the side of the light."""
        glint: Field = GLINTS.take(self.wide) * np.clip(self.lit * 3 + 0.1, 0, 1)
        return glint

    def shade(self, depth: float, relief: float, gloss: float, drape: Field) -> Field:
        """Light on the core, 1 where it is flat."""
        shade: Field = (1 - np.float32(depth) * FALLING_OFF).take(self.wide)
        shade += np.float32(0.10 * relief) * self.slope
        shade += np.float32(0.045) * drape
        if gloss:
            shade += np.float32(0.55 * gloss) * self.glint + np.float32(0.05 * gloss) * drape
        return shade


def relief_within(mask: Field, around: Window, core: Window, scale: float) -> Relief:
    """The relief of a mask 0..1 that touches ``core``, with a margin up to ``around``."""
    levels = levels_of(mask[around])
    (rows, columns), top, left = core, around[0].start, around[1].start
    inside = (rows.start - top, rows.stop - top, columns.start - left, columns.stop - left)
    return relief_of(Mask(levels.tobytes(), levels.shape[0], levels.shape[1], *inside), scale)


@lru_cache(maxsize=REMEMBERED)
def relief_of(mask: Mask, scale: float) -> Relief:
    """``scale`` is pixels a drawing unit; the result is shared, so it is read-only."""
    levels = np.frombuffer(mask.levels, dtype=np.uint8).reshape(mask.height, mask.width)
    core = (slice(mask.top, mask.bottom), slice(mask.left, mask.right))
    wide, tight = blurred(levels, 7.0 * scale), blurred(levels, 2.4 * scale)
    step, dx, dy = 1.6 * scale, 4 * scale, 3 * scale
    return Relief(
        shadow=blurred(shifted(levels, 2.0 * scale, 3.0 * scale), 3.0 * scale),
        wide=wide[core].copy(),
        slope=_difference(tight, step, step, core),
        lit=_difference(wide, dx, dy, core),
    )


@lru_cache(maxsize=REMEMBERED)
def creases_of(frame: Frame, folds: tuple[Shape, ...]) -> tuple[Window, Field]:
    """Light and shadow beside folds, and the window outside which there is none."""
    radius, step = 2.2 * frame.scale, 1.8 * frame.scale
    drawn = rasterised(frame, folds)
    rows, columns = drawn.window
    pad = reach(radius) + math.ceil(step) + 1
    top, left = max(rows.start - pad, 0), max(columns.start - pad, 0)
    window = (slice(top, min(rows.stop + pad, frame.height)), slice(left, min(columns.stop + pad, frame.width)))
    levels = np.zeros((window[0].stop - top, window[1].stop - left), dtype=np.uint8)
    levels[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = drawn.coverage
    depth = shares(blurred(levels, radius))
    creases: Field = 0.34 * (shifted(depth, -step, 0) - shifted(depth, step, 0)) - 0.16 * depth
    return window, creases


@lru_cache(maxsize=2)
def shadowed_paper(levels: bytes, width: int, height: int, scale: float, paper: RGB) -> Field:
    """The ground of an image, lighter at the top and in the middle, in a garment's shadow.

    ``levels`` is the garment's mask 0..255.
    """
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    mask = np.frombuffer(levels, dtype=np.uint8).reshape(height, width)
    far = shares(blurred(shifted(mask, 3.0 * scale, 6.0 * scale), 8.0 * scale))
    near = shares(blurred(shifted(mask, 1.0 * scale, 1.8 * scale), 2.2 * scale))
    ground: Field = planes(paper) * (1.012 - 0.03 * y - 0.012 * x * x)
    return ground * (1 - 0.20 * far - 0.16 * near)


def blurred(levels: Levels, radius: float) -> Levels:
    """Blurred by ``radius`` pixels; beyond the border it goes on as on it."""
    return np.asarray(Image.fromarray(levels).filter(ImageFilter.GaussianBlur(radius)))


def reach(radius: float) -> int:
    """Pixels that a blur of ``radius`` spreads at most (three box blurs)."""
    return 3 * math.ceil(radius) + 1


def levels_of(mask: Field) -> Levels:
    """A mask 0..1 as 0..255."""
    return (np.clip(mask, 0, 1) * 255).astype(np.uint8)


def shares(levels: Levels) -> Field:
    """Levels 0..255 as 0..1."""
    return levels.astype(np.float32) / ALL


def shifted(field: npt.NDArray[Number], dx: float, dy: float) -> npt.NDArray[Number]:
    """The field moved right and down by whole pixels; what comes in is zero."""
    ix, iy = whole(dx), whole(dy)
    moved = np.zeros_like(field)
    height, width = field.shape
    ys, yd = slice(max(-iy, 0), height - max(iy, 0)), slice(max(iy, 0), height - max(-iy, 0))
    xs, xd = slice(max(-ix, 0), width - max(ix, 0)), slice(max(ix, 0), width - max(-ix, 0))
    moved[yd, xd] = field[ys, xs]
    return moved


def touched(mask: Field) -> Window | None:
    """Rows and columns in which a mask is not zero; None for an empty one."""
    rows = np.flatnonzero(mask.any(axis=1))
    if len(rows) == 0:
        return None
    within = slice(int(rows[0]), int(rows[-1]) + 1)
    columns = np.flatnonzero(mask[within].any(axis=0))
    return within, slice(int(columns[0]), int(columns[-1]) + 1)


def whole(distance: float) -> int:
    """Pixels of a move: at least one, unless the distance is zero."""
    return round(distance) or int(np.sign(distance))


def _difference(levels: Levels, dx: float, dy: float, core: Window) -> Field:
    """The field moved against the light minus the field moved with it."""
    return shares(shifted(levels, -dx, -dy)[core]) - shares(shifted(levels, dx, dy)[core])
