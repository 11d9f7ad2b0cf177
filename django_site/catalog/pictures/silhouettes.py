"""The drawings' material: outlines of garments and patterns of cloth, from the two TOML files beside this one."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent


@dataclass(frozen=True)
class Silhouette:
    """SVG paths on a sheet of 240 x 360; ``silhouettes.toml`` says how they are drawn."""

    half: str = ""
    whole: tuple[str, ...] = ()
    shade: tuple[str, ...] = ()
    light: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    strokes: tuple[str, ...] = ()
    stroke_width: float = 6
    parts: tuple[tuple[str, str], ...] = ()


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


SILHOUETTES: Final = {name: Silhouette(**shapes) for name, shapes in _load("silhouettes.toml").items()}
PATTERNS: Final[dict[str, str]] = _load("patterns.toml")
