"""Sheets of images: a query in each row, what was found for it beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFont

THUMB: Final = (96, 144)
GAP_PIXELS: Final = 8
CAPTION_PIXELS: Final = 16
INK, QUIET, GOOD, PAPER = "#22303c", "#c3cbd2", "#2f8f5f", "#ffffff"


@dataclass(frozen=True)
class Found:
    """One image of a row; ``is_right`` frames it."""

    image: Image.Image
    caption: str
    is_right: bool = False


def draw_sheet(rows: Sequence[tuple[Image.Image, str, Sequence[Found]]]) -> Image.Image:
    """(query, caption, what was found) as rows; a green frame is right."""
    columns = 1 + max((len(found) for _, _, found in rows), default=0)
    step = (THUMB[0] + GAP_PIXELS, THUMB[1] + CAPTION_PIXELS + GAP_PIXELS)
    sheet = Image.new("RGB", (columns * step[0] + 2 * GAP_PIXELS, len(rows) * step[1] + GAP_PIXELS), PAPER)
    for down, (query, caption, found) in enumerate(rows):
        for across, cell in enumerate([Found(query, caption), *found]):
            left = GAP_PIXELS + across * step[0] + (GAP_PIXELS if across else 0)
            _draw_cell(sheet, cell, (left, GAP_PIXELS + down * step[1]))
    return sheet


def _draw_cell(sheet: Image.Image, cell: Found, at: tuple[int, int]) -> None:
    thumb = cell.image.convert("RGB")
    thumb.thumbnail(THUMB)
    left, top = at
    sheet.paste(thumb, (left + (THUMB[0] - thumb.width) // 2, top + (THUMB[1] - thumb.height) // 2))
    draw = ImageDraw.Draw(sheet)
    frame = (left - 2, top - 2, left + THUMB[0] + 1, top + THUMB[1] + 1)
    draw.rectangle(frame, outline=GOOD if cell.is_right else QUIET, width=2 if cell.is_right else 1)
    draw.text((left, top + THUMB[1] + 2), cell.caption[:17], INK, ImageFont.load_default(10))
