"""Pattern of each silhouette: ``WARDROBE[silhouette](atelier)`` draws it."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Final

from demo_shop.drawing import (
    accessories,
    bags,
    boots,
    childrens,
    coats,
    denims,
    dresses,
    hair_and_eyes,
    headwear,
    hosiery,
    intimates,
    jackets,
    jewellery,
    knits,
    onepieces,
    puffers,
    sandals,
    shirts,
    shoes,
    skirts,
    swimwear,
    tops,
    trousers,
)
from demo_shop.drawing.atelier import Atelier
from demo_shop.vocabulary import ranges

Cut = Callable[[Atelier], None]
MODULES: Final = (
    accessories,
    bags,
    boots,
    childrens,
    coats,
    denims,
    dresses,
    hair_and_eyes,
    headwear,
    hosiery,
    intimates,
    jackets,
    jewellery,
    knits,
    onepieces,
    puffers,
    sandals,
    shirts,
    shoes,
    skirts,
    swimwear,
    tops,
    trousers,
)


def _cuts(silhouettes: set[str]) -> Iterator[tuple[str, Cut]]:
    for silhouette in sorted(silhouettes):
        yield silhouette, _cut(silhouette)


def _cut(silhouette: str) -> Cut:
    for module in MODULES:
        if _defines(module, silhouette):
            cut: Cut = getattr(module, silhouette)
            return cut
    raise LookupError(f"no pattern for the silhouette {silhouette!r}: define {silhouette}(atelier) in one of MODULES")


def _defines(module: ModuleType, silhouette: str) -> bool:
    found = getattr(module, silhouette, None)
    return getattr(found, "__module__", None) == module.__name__


WARDROBE: Final[dict[str, Cut]] = dict(_cuts({line.silhouette for line in ranges()}))
