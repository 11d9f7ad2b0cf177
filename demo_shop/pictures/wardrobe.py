"""Pattern of each silhouette: ``WARDROBE[silhouette](atelier)`` draws it."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Final

from demo_shop.pictures import (
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
from demo_shop.pictures.atelier import Atelier
from demo_shop.vocabulary import ranges

Cut = Callable[[Atelier], None]
ROOMS: Final = (
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
    for room in ROOMS:
        if _defines(room, silhouette):
            cut: Cut = getattr(room, silhouette)
            return cut
    raise LookupError(f"no pattern for the silhouette {silhouette!r}: define {silhouette}(atelier) in one of ROOMS")


def _defines(room: ModuleType, silhouette: str) -> bool:
    found = getattr(room, silhouette, None)
    return getattr(found, "__module__", None) == room.__name__


WARDROBE: Final[dict[str, Cut]] = dict(_cuts({line.silhouette for line in ranges()}))
