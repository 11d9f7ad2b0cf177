"""Contents of one image: everything that drawing needs to know of an article."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from demo_shop.drawing.cloth import RGB, brightness, mixed

WARM: tuple[RGB, ...] = ((214, 92, 74), (232, 168, 88), (240, 214, 140), (196, 120, 96), (226, 150, 150))
COOL: tuple[RGB, ...] = ((88, 134, 178), (120, 168, 160), (70, 100, 92), (176, 196, 216), (140, 128, 186))
CREAM: RGB = (246, 240, 228)
INK: RGB = (38, 38, 44)


@dataclass(frozen=True)
class Style:
    """Style of one article.

    ``features`` are the design's, ``wear`` the kind of fabric; the seed is the product's, so that its colour variants
    have the same cut and print.
    """

    silhouette: str
    features: Mapping[str, str]
    rgb: RGB
    appearance: str
    wear: str
    index: str
    seed: int
    variant: int = 0

    def get(self, feature: str, default: str = "") -> str:
        return self.features.get(feature, default)

    @property
    def childs(self) -> bool:
        return self.index in "GHIJ"

    @property
    def mens(self) -> bool:
        return self.index == "F"

    def rng(self, purpose: int) -> np.random.Generator:
        """Random numbers for one purpose, the same for all colours of the product."""
        return np.random.default_rng([self.seed, purpose])

    def jitter(self, purpose: int, spread: float) -> float:
        """A number within ``-spread .. spread``, the same for all colours of the product."""
        return float(self.rng(100 + purpose).uniform(-spread, spread))

    @property
    def dark(self) -> bool:
        return brightness(self.rgb) < 0.42

    @cached_property
    def accents(self) -> tuple[RGB, RGB, RGB, RGB]:
        """Four colours that go with the article's: for prints, stripes and trims."""
        rng = np.random.default_rng([self.seed, self.variant, 7])
        first = CREAM if brightness(self.rgb) < 0.62 else mixed(self.rgb, INK, 0.62)
        pools = [WARM, COOL] if rng.random() < 0.5 else [COOL, WARM]
        second = pools[0][int(rng.integers(len(WARM)))]
        third = pools[1][int(rng.integers(len(COOL)))]
        fourth = mixed(self.rgb, CREAM if self.dark else INK, 0.3)
        return first, second, third, fourth

    @property
    def trim(self) -> RGB:
        """Metal of zips and buckles."""
        return (206, 170, 98) if self.seed % 3 == 0 else (186, 188, 192)
