"""Outlines in drawing space: 200 units wide, 300 high, the middle at x = 100, y downwards.

A node ``(x, y)`` is a corner; ``smooth(x, y)`` is passed without one. Between two corners the outline is a
Catmull-Rom spline through the smooth nodes. Nodes may be written as a text, too: ``"100,96 ~120,96.5 134,101"``, with a
tilde before the smooth ones.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final

import numpy as np

Node = tuple[float, float] | tuple[float, float, bool]
Point = tuple[float, float]
Path = list[Point]

STEPS: Final = 10
"""Points a spline segment."""
MIDDLE: Final = 100.0


def smooth(x: float, y: float) -> Node:
    return (x, y, True)


def line(*parts: Node | str) -> Path:
    """An open line through the nodes."""
    nodes = _nodes(parts)
    points: Path = []
    for run in _runs(nodes):
        points += _spline(run)[:-1]
    return [*points, nodes[-1][:2]]


def outline(*parts: Node | str) -> Path:
    """A closed outline."""
    nodes = _nodes(parts)
    corners = [i for i, node in enumerate(nodes) if len(node) == 2]
    if not corners:
        return _loop([node[:2] for node in nodes])
    turned = [*nodes[corners[0] :], *nodes[: corners[0]], nodes[corners[0]][:2]]
    return line(*turned)[:-1]


def mirrored(*right: Node | str) -> Path:
    """A symmetrical outline from its right half, given from the top middle to the bottom middle."""
    half = line(*right)
    return half + flip(half)[::-1]


def flip(points: Iterable[Point]) -> Path:
    """The other side's points."""
    return [(2 * MIDDLE - x, y) for x, y in points]


def flip_nodes(nodes: Iterable[Node]) -> list[Node]:
    return [(2 * MIDDLE - node[0], *node[1:]) for node in nodes]


def moved(points: Iterable[Point], dx: float, dy: float) -> Path:
    return [(x + dx, y + dy) for x, y in points]


def scaled(points: Iterable[Point], factor: float, about: Point = (MIDDLE, 150.0)) -> Path:
    return [(about[0] + (x - about[0]) * factor, about[1] + (y - about[1]) * factor) for x, y in points]


def turned(points: Iterable[Point], degrees: float, about: Point) -> Path:
    """Turned clockwise about a point."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    ax, ay = about
    return [(ax + (x - ax) * cos - (y - ay) * sin, ay + (x - ax) * sin + (y - ay) * cos) for x, y in points]


def ellipse(x: float, y: float, rx: float, ry: float | None = None, steps: int = 28) -> Path:
    ry = rx if ry is None else ry
    return [(x + rx * cos, y + ry * sin) for cos, sin in _circle(steps)]


@cache
def _circle(steps: int) -> tuple[Point, ...]:
    angles = [2 * math.pi * i / steps for i in range(steps)]
    return tuple((math.cos(a), math.sin(a)) for a in angles)


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float, steps: int = 24) -> Path:
    """Part of an ellipse, degrees clockwise from the right."""
    angles = [math.radians(start + (end - start) * i / steps) for i in range(steps + 1)]
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


def box(x: float, y: float, width: float, height: float, radius: float = 0.0) -> Path:
    """A rectangle from its top left corner, rounded by ``radius``."""
    if radius <= 0:
        return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    right, bottom, r = x + width, y + height, radius
    return [
        *arc(right - r, y + r, r, r, -90, 0, 6),
        *arc(right - r, bottom - r, r, r, 0, 90, 6),
        *arc(x + r, bottom - r, r, r, 90, 180, 6),
        *arc(x + r, y + r, r, r, 180, 270, 6),
    ]


def between(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def along(points: Sequence[Point], count: int) -> list[Point]:
    """``count`` points at equal distances along a line, ends included."""
    lengths = [0.0]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        lengths.append(lengths[-1] + math.hypot(x1 - x0, y1 - y0))
    places, segment = [], 0
    for i in range(count):
        target = lengths[-1] * i / max(count - 1, 1)
        while segment < len(points) - 2 and lengths[segment + 1] < target:
            segment += 1
        span = lengths[segment + 1] - lengths[segment] or 1.0
        places.append(between(points[segment], points[segment + 1], (target - lengths[segment]) / span))
    return places


def length(points: Sequence[Point]) -> float:
    steps = np.diff(np.asarray(points, dtype=np.float64), axis=0)
    return float(np.hypot(steps[:, 0], steps[:, 1]).sum())


def wavy(start: Point, end: Point, waves: int, depth: float) -> Path:
    """A scalloped line: arches hanging from the straight line."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy) or 1.0
    nx, ny = -dy / length, dx / length
    steps = waves * 6
    points = []
    for i in range(steps + 1):
        share = i / steps
        out = depth * abs(math.sin(math.pi * waves * share))
        points.append((start[0] + dx * share + nx * out, start[1] + dy * share + ny * out))
    return points


def _nodes(parts: Iterable[Node | str]) -> list[Node]:
    nodes: list[Node] = []
    for part in parts:
        nodes += _read(part) if isinstance(part, str) else [part]
    return nodes


def _read(text: str) -> Iterator[Node]:
    for word in text.split():
        x, y = map(float, word.removeprefix("~").split(","))
        yield smooth(x, y) if word.startswith("~") else (x, y)


def _runs(nodes: Sequence[Node]) -> Iterable[list[Point]]:
    run: list[Point] = [nodes[0][:2]]
    for i, node in enumerate(nodes[1:], 1):
        run.append(node[:2])
        if len(node) == 2 or i == len(nodes) - 1:
            yield run
            run = [node[:2]]


def _spline(points: list[Point]) -> Path:
    if len(points) == 2:
        return points
    padded = [_beyond(points[0], points[1]), *points, _beyond(points[-1], points[-2])]
    result: Path = []
    for i in range(1, len(padded) - 2):
        result += _segment(*padded[i - 1 : i + 3])
    return [*result, points[-1]]


def _loop(points: list[Point]) -> Path:
    n, result = len(points), []
    for i in range(n):
        result += _segment(points[i - 1], points[i], points[(i + 1) % n], points[(i + 2) % n])
    return result


def _beyond(end: Point, inner: Point) -> Point:
    return 2 * end[0] - inner[0], 2 * end[1] - inner[1]


def _weights(t: float) -> tuple[float, float, float, float]:
    """Shares of four points of a Catmull-Rom spline at ``t`` from the second to the third."""
    a, b = -0.5 * t + t * t - 0.5 * t**3, 1 - 2.5 * t * t + 1.5 * t**3
    c, d = 0.5 * t + 2 * t * t - 1.5 * t**3, -0.5 * t * t + 0.5 * t**3
    return a, b, c, d


_WEIGHTS: Final = tuple(_weights(step / STEPS) for step in range(STEPS))


def _segment(p0: Point, p1: Point, p2: Point, p3: Point) -> Path:
    """Points from p1 up to, not including, p2."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = p0, p1, p2, p3
    return [(a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3) for a, b, c, d in _WEIGHTS]
