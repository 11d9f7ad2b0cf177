"""Views of images: what a shopper's photograph may do to the shop's own, drawn at random for training.

A view is cut, mirrored, turned a little, lit and tinted otherwise, blurred and compressed. A whole batch is made at
once.
"""

import math
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

MIN_SIDE_SHARE: Final = 0.65
"""Part of an image's width and height that a view keeps at least."""
TURN: Final = math.radians(6)
MAX_STRETCH: Final = 0.15
"""Largest logarithm of a change in aspect."""
MAX_LIGHT_CHANGE: Final = 0.3
"""Largest change of brightness, contrast and saturation."""
MAX_TINT_CHANGE: Final = 0.05
"""Largest change of a colour channel: lamps differ."""
BLUR_SHARE: Final = 0.2
COMPRESSION_SHARE: Final = 0.3
"""Shares of the views."""
QUALITY: Final = (25, 85)
GREY: Final = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class Views:
    """Draws views of (height, width) pixels."""

    height: int
    width: int

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """(n, 3, h, w) bytes to (n, 3, height, width) floats of 0..1."""
        colours = images.float() / 255
        cut = self._cut(colours, generator)
        lit = _light(cut, generator)
        return _compress(_blur(lit, generator), generator)

    def _cut(self, colours: Tensor, generator: torch.Generator) -> Tensor:
        """A part of each image, half of them mirrored, by one affine map each."""
        n = len(colours)
        side, stretch, turn, mirror, *shift = torch.rand(6, n, generator=generator)
        scale = MIN_SIDE_SHARE + (1 - MIN_SIDE_SHARE) * side
        aspect = torch.exp(MAX_STRETCH * (2 * stretch - 1))
        across, down = (scale * aspect).clamp(max=1), (scale / aspect).clamp(max=1)
        angle = TURN * (2 * turn - 1)
        left_right = torch.where(mirror < 0.5, -across, across)
        rows = (
            torch.stack([left_right * angle.cos(), -down * angle.sin(), (2 * shift[0] - 1) * (1 - across)], 1),
            torch.stack([left_right * angle.sin(), down * angle.cos(), (2 * shift[1] - 1) * (1 - down)], 1),
        )
        grid = functional.affine_grid(torch.stack(rows, 1), [n, 3, self.height, self.width], align_corners=False)
        cut: Tensor = functional.grid_sample(colours, grid, padding_mode="border", align_corners=False)
        return cut


def _light(colours: Tensor, generator: torch.Generator) -> Tensor:
    n = len(colours)
    brightness, contrast, saturation = 1 + MAX_LIGHT_CHANGE * (2 * torch.rand(3, n, 1, 1, 1, generator=generator) - 1)
    tint = 1 + MAX_TINT_CHANGE * (2 * torch.rand(n, 3, 1, 1, generator=generator) - 1)
    lit = colours * brightness * tint
    weights = torch.tensor(GREY).view(1, 3, 1, 1)
    grey = (lit * weights).sum(1, keepdim=True)
    mean = grey.mean((2, 3), keepdim=True)
    coloured = grey + saturation * (lit - grey)
    seen: Tensor = mean + contrast * (coloured - mean)
    return seen.clamp(0, 1)


def _blur(colours: Tensor, generator: torch.Generator) -> Tensor:
    """Some as if they had been small once."""
    chosen = torch.rand(len(colours), generator=generator) < BLUR_SHARE
    if chosen.any():
        height, width = colours.shape[2:]
        small = functional.interpolate(colours[chosen], scale_factor=0.5, mode="bilinear", antialias=True)
        colours[chosen] = functional.interpolate(small, size=(height, width), mode="bilinear")
    return colours


def _compress(colours: Tensor, generator: torch.Generator) -> Tensor:
    """Some with the marks that JPEG leaves."""
    chosen = torch.nonzero(torch.rand(len(colours), generator=generator) < COMPRESSION_SHARE)[:, 0]
    qualities = torch.randint(*QUALITY, (len(chosen),), generator=generator)
    pixels = (255 * colours[chosen]).byte().permute(0, 2, 3, 1).numpy()
    for row, quality, image in zip(chosen.tolist(), qualities.tolist(), pixels, strict=True):
        file = BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=quality)
        with Image.open(file) as marked:
            data = torch.frombuffer(bytearray(marked.tobytes()), dtype=torch.uint8)
        colours[row] = data.view(*image.shape).permute(2, 0, 1).float() / 255
    return colours
