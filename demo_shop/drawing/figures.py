"""Small figures for children's prints and chest prints, in a box of -1..1."""

import math
from dataclasses import dataclass
from typing import Final

from demo_shop.drawing.paths import Path, arc, box, ellipse, outline, smooth


@dataclass(frozen=True)
class Part:
    """A filled shape; tone 0 is the figure's colour, 1 its second colour, 2 ink."""

    points: Path
    tone: int = 0


def star(x: float, y: float, radius: float, points: int, inner: float = 0.45) -> Path:
    result: Path = []
    for i in range(points * 2):
        r = radius if i % 2 == 0 else radius * inner
        a = -math.pi / 2 + math.pi * i / points
        result.append((x + r * math.cos(a), y + r * math.sin(a)))
    return result


def heart(x: float, y: float, size: float) -> Path:
    points: Path = []
    for i in range(32):
        t = 2 * math.pi * i / 32
        px = 16 * math.sin(t) ** 3
        py = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        points.append((x + size * px / 17, y - size * py / 17))
    return points


def _rainbow() -> list[Part]:
    parts = []
    for i, tone in enumerate((0, 1, 0, 1)):
        outer, inner = 1.0 - i * 0.2, 0.86 - i * 0.2
        band = arc(0, 0.5, outer, outer, 180, 360) + arc(0, 0.5, inner, inner, 360, 180)
        parts.append(Part(band, tone))
    return parts


def _cat() -> list[Part]:
    ears = [Part([(-0.75, -0.1), (-0.68, -0.95), (-0.15, -0.55)]), Part([(0.75, -0.1), (0.68, -0.95), (0.15, -0.55)])]
    eyes = [Part(ellipse(x, 0.05, 0.1, 0.13, 10), 2) for x in (-0.32, 0.32)]
    return [*ears, Part(ellipse(0, 0.1, 0.85, 0.72)), *eyes, Part([(-0.1, 0.28), (0.1, 0.28), (0, 0.4)], 2)]


def _dinosaur() -> list[Part]:
    body = outline(
        "~-1,0.45 ~-0.55,0 ~-0.1,-0.25 ~0.35,-0.75 ~0.75,-0.85 ~0.98,-0.6 ~0.6,-0.45 ~0.5,0.15 ~0.1,0.45 ~-0.45,0.42"
    )
    legs = [Part(box(-0.3, 0.3, 0.2, 0.55, 0.05)), Part(box(0.15, 0.3, 0.2, 0.55, 0.05))]
    spikes = [
        Part([(x, y), (x + 0.22, y - 0.28), (x + 0.3, y + 0.02)], 1)
        for x, y in ((-0.55, 0.0), (-0.2, -0.22), (0.08, -0.5))
    ]
    return [*spikes, Part(body), *legs, Part(ellipse(0.74, -0.7, 0.06, 0.06, 8), 2)]


def _rocket() -> list[Part]:
    hull = outline((0, -1), smooth(0.38, -0.35), (0.34, 0.5), (-0.34, 0.5), smooth(-0.38, -0.35))
    fins = [Part([(0.3, 0.1), (0.68, 0.65), (0.3, 0.5)], 1), Part([(-0.3, 0.1), (-0.68, 0.65), (-0.3, 0.5)], 1)]
    flame = Part([(-0.2, 0.55), (0.2, 0.55), (0, 1.0)], 1)
    return [*fins, Part(hull), Part(ellipse(0, -0.2, 0.17, 0.17, 14), 2), flame]


def _flower() -> list[Part]:
    petals = [
        Part(ellipse(0.55 * math.cos(a), 0.55 * math.sin(a), 0.4, 0.4, 14))
        for a in (2 * math.pi * i / 6 for i in range(6))
    ]
    return [*petals, Part(ellipse(0, 0, 0.32, 0.32, 14), 1)]


def _apple() -> list[Part]:
    body = outline("~0,-0.35 ~0.5,-0.5 ~0.85,0 ~0.5,0.85 ~0,0.75 ~-0.5,0.85 ~-0.85,0 ~-0.5,-0.5")
    leaf = outline((0.05, -0.5), smooth(0.25, -0.95), (0.6, -0.9), smooth(0.4, -0.6))
    return [Part(body), Part(leaf, 1)]


def _car() -> list[Part]:
    body = outline("-1,0.35 -0.95,0 ~-0.5,-0.1 -0.3,-0.5 0.4,-0.5 0.6,-0.05 ~0.95,0 1,0.35")
    wheels = [Part(ellipse(x, 0.38, 0.24, 0.24, 14), 2) for x in (-0.5, 0.5)]
    return [Part(body), Part([(-0.22, -0.4), (0.3, -0.4), (0.42, -0.08), (-0.35, -0.08)], 1), *wheels]


def _sun() -> list[Part]:
    return [Part(star(0, 0, 1, 12, 0.7)), Part(ellipse(0, 0, 0.5), 1)]


def _cloud() -> list[Part]:
    puffs = [(-0.5, 0.1, 0.42), (0.0, -0.15, 0.55), (0.5, 0.1, 0.42), (0.0, 0.2, 0.45)]
    return [Part(ellipse(x, y, r)) for x, y, r in puffs]


def _moon() -> list[Part]:
    crescent = arc(0, 0, 0.9, 0.9, 60, 300) + arc(0.42, 0, 0.78, 0.78, 280, 80)
    return [Part(crescent), Part(star(0.5, -0.1, 0.28, 5), 1)]


FIGURES: Final[dict[str, list[Part]]] = {
    "star": [Part(star(0, 0, 1, 5))],
    "heart": [Part(heart(0, 0, 1))],
    "rainbow": _rainbow(),
    "cat": _cat(),
    "dinosaur": _dinosaur(),
    "rocket": _rocket(),
    "flower": _flower(),
    "apple": _apple(),
    "car": _car(),
    "sun": _sun(),
    "cloud": _cloud(),
    "moon": _moon(),
}
"""Figures by name; what children's prints are made of."""
