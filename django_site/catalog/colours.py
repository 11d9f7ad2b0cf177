"""Colours by the shop's names for them, for swatches and placeholders."""

from functools import cache
from typing import Final

from django.utils.text import slugify

COLOURS: Final = {
    "Black": "#26262a", "Dark Grey": "#55565a", "Grey": "#8b8c8f", "Light Grey": "#c9c9c8", "White": "#f7f6f3",
    "Off White": "#efe9dc", "Light Beige": "#e2d3bd", "Beige": "#cdb592", "Dark Beige": "#a98f6c",
    "Greyish Beige": "#b5a998", "Yellowish Brown": "#9a6b3c", "Brown": "#6b4a35", "Light Brown": "#a67c57",
    "Dark Brown": "#4a3327", "Bronze/Copper": "#b0703f", "Gold": "#c9a14e", "Silver": "#b7babd", "Mole": "#8d8377",
    "Light Yellow": "#f6e8a6", "Yellow": "#f0cd4a", "Dark Yellow": "#d1a029", "Other Yellow": "#e3c869",
    "Light Orange": "#f3bf95", "Orange": "#e88a3f", "Dark Orange": "#c4602c", "Other Orange": "#dc8b5f",
    "Light Pink": "#f3cfd0", "Pink": "#e79aa8", "Dark Pink": "#c9546f", "Other Pink": "#dba0a5",
    "Light Red": "#e3695f", "Red": "#c23236", "Dark Red": "#7d2430", "Other Red": "#a84848",
    "Light Purple": "#cdbfe0", "Purple": "#8a6bab", "Dark Purple": "#51375f", "Other Purple": "#9a84a6",
    "Lilac Purple": "#b49bc8", "Light Blue": "#b3cde6", "Blue": "#5a86b8", "Dark Blue": "#2b3a57",
    "Other Blue": "#6f93a8", "Light Turquoise": "#b4ddd8", "Turquoise": "#52a8a4", "Dark Turquoise": "#26646a",
    "Other Turquoise": "#79b3ae", "Light Green": "#bdd4b0", "Green": "#5f8f61", "Dark Green": "#2f4b3b",
    "Other Green": "#8aa888", "Greenish Khaki": "#76764f", "Khaki green": "#7b7a52", "Khaki": "#8a8660",
    "Bluish Green": "#4e8f83", "Yellowish Green": "#a9b85a", "Metal": "#b0aca6", "Transparent": "#e6ebed",
}  # fmt: skip
"""H&M's colour groups and perceived master colours."""

UNKNOWN: Final = "#b9b2a8"
BY_LAST_WORD: Final = {name.lower(): name for name in COLOURS if " " not in name}
BY_SLUG: Final = {slugify(name): value for name, value in COLOURS.items()} | {"unknown": UNKNOWN}
"""Hex codes by the names that addresses hold."""


def hex_of(name: str) -> str:
    """The colour's hex code; for a name that is not ours, that of its last word ("Misty Blue"), else a neutral."""
    return COLOURS.get(_known(name) or "", UNKNOWN)


@cache
def slug_of(name: str) -> str:
    """The key of ``BY_SLUG`` whose colour ``hex_of`` gives."""
    return slugify(_known(name) or "unknown")


def is_known(name: str) -> bool:
    return _known(name) is not None


def _known(name: str) -> str | None:
    return name if name in COLOURS else BY_LAST_WORD.get(name.lower().rsplit(" ", 1)[-1])


def mixed(colour: str, other: str, share: float) -> str:
    """``colour`` with ``share`` of ``other`` mixed in, both as ``#rrggbb``.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def luminance(colour: str) -> float:
    """Relative brightness in 0..1, by the eye's sensitivity."""
    red, green, blue = _channels(colour)
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
