"""Draws a look as SVG: the garment on a soft sheet, with shading, seams and pattern."""

import re
from functools import lru_cache
from typing import Final

from catalog.colours import luminance, mixed
from catalog.pictures.looks import Look
from catalog.pictures.silhouettes import PATTERNS, SILHOUETTES, Silhouette

VERSION: Final = 1
"""Part of every ETag: raise it when drawings change."""
WIDTH, HEIGHT = 240, 360
MIRROR: Final = f'transform="matrix(-1 0 0 1 {WIDTH} 0)"'
BLACK, WHITE = "#000000", "#ffffff"
SEGMENT = re.compile(r"([MLC])([^MLC]+)")


@lru_cache(maxsize=1024)
def draw(look: Look) -> str:
    """The whole SVG document."""
    base = f"#{look.colour}"
    tones = _tones(base)
    pattern = PATTERNS[look.pattern].format(ink=tones["ink"], base=base)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="480" height="720">'
        "<defs>"
        '<linearGradient id="sheet" x1="0" y1="0" x2="0" y2="1">'
        '<stop offset="0" stop-color="#f6f3ee"/><stop offset="1" stop-color="#e9e4dc"/></linearGradient>'
        '<linearGradient id="sheen" x1="0" y1="0" x2="1" y2=".25">'
        '<stop offset="0" stop-color="#fff" stop-opacity=".20"/><stop offset=".45" stop-color="#fff" stop-opacity="0"/>'
        '<stop offset="1" stop-color="#000" stop-opacity=".16"/></linearGradient>'
        '<filter id="lift" x="-20%" y="-20%" width="140%" height="150%">'
        '<feDropShadow dx="0" dy="7" stdDeviation="8" flood-color="#4a4034" flood-opacity=".26"/></filter>'
        f"{pattern}</defs>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#sheet)"/>'
        f'<g filter="url(#lift)" stroke-linejoin="round" stroke-linecap="round">'
        f"{_garment(SILHOUETTES[look.silhouette], tones, bool(pattern))}</g></svg>"
    )


def _tones(base: str) -> dict[str, str]:
    """Colours that belong to a base colour: on dark cloth lines are lighter, on light cloth darker."""
    dark = luminance(base) < 0.3
    return {
        "base": base,
        "line": mixed(base, WHITE, 0.26) if dark else mixed(base, BLACK, 0.24),
        "shade": mixed(base, BLACK, 0.32 if not dark else 0.45),
        "light": mixed(base, WHITE, 0.10 if dark else 0.42),
        "ink": mixed(base, WHITE, 0.62) if dark or luminance(base) < 0.6 else mixed(base, BLACK, 0.38),
    }


def _garment(shape: Silhouette, tones: dict[str, str], patterned: bool) -> str:
    nested = (
        f'<g transform="{transform}">{_garment(SILHOUETTES[name], tones, patterned)}</g>'
        for name, transform in shape.parts
    )
    body = [mirrored(shape.half)] if shape.half else []
    parts = [*nested, *_strokes(shape, tones)]
    for path in [*body, *shape.whole]:
        parts += _cloth(path, tones, patterned)
    parts += [_filled(path, tones["shade"]) for path in shape.shade]
    parts += [_filled(path, tones["light"], tones["line"]) for path in shape.light]
    parts += [_line(path, tones["line"], 1.3) for path in shape.lines]
    return "".join(parts)


def _cloth(path: str, tones: dict[str, str], patterned: bool) -> list[str]:
    fills = [tones["base"], *(["url(#p)"] if patterned else []), "url(#sheen)"]
    cloth = [f'<path d="{path}" fill="{fill}"/>' for fill in fills]
    return [*cloth, f'<path d="{path}" fill="none" stroke="{tones["line"]}" stroke-width="1.4"/>']


def _strokes(shape: Silhouette, tones: dict[str, str]) -> list[str]:
    bands = []
    for path in shape.strokes:
        bands.append(_line(path, tones["line"], shape.stroke_width + 2))
        bands.append(_line(path, tones["base"], shape.stroke_width))
    return bands


def _filled(path: str, fill: str, outline: str = "none") -> str:
    def element(d: str, extra: str = "") -> str:
        return f'<path d="{d}" fill="{fill}" fill-rule="evenodd" stroke="{outline}" {extra}/>'

    return element(path[1:]) + element(path[1:], MIRROR) if path.startswith("m") else element(path)


def _line(path: str, colour: str, width: float) -> str:
    def element(d: str, extra: str = "") -> str:
        return f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width}" {extra}/>'

    return element(path[1:]) + element(path[1:], MIRROR) if path.startswith("m") else element(path)


def mirrored(half: str) -> str:
    """A closed path from its left half: down the left side, then up the right side.

    >>> mirrored("M120 0 L100 0 L90 50 L120 50")
    'M120 0 L100 0 L90 50 L120 50 L150 50 L140 0 L120 0 Z'
    """
    segments = [(command, _points(numbers)) for command, numbers in SEGMENT.findall(half)]
    ends = [points[-1] for _, points in segments]
    back = []
    for (command, points), end in zip(reversed(segments[1:]), reversed(ends[:-1]), strict=True):
        backwards = [*reversed(points[:-1]), end]
        back.append(command + " ".join(f"{WIDTH - x:g} {y:g}" for x, y in backwards))
    return f"{half} {' '.join(back)} Z"


def _points(numbers: str) -> list[tuple[float, float]]:
    values = [float(number) for number in numbers.split()]
    return list(zip(values[::2], values[1::2], strict=True))
