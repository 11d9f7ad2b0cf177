"""Which pattern each silhouette is cut from."""

from collections.abc import Callable
from typing import Final

from recsys_core.data.demo.pictures import tops
from recsys_core.data.demo.pictures.atelier import Atelier
from recsys_core.data.demo.vocabulary import ranges

_CUTS: Final[dict[str, Callable[[Atelier], None]]] = {
    "tshirt": tops.tshirt,
    "top": tops.top,
    "vest_top": tops.vest_top,
    "bodysuit": tops.bodysuit,
    "polo": tops.polo,
    "blouse": tops.blouse,
    "shirt": tops.shirt,
}
WARDROBE: Final[dict[str, Callable[[Atelier], None]]] = {
    line.silhouette: _CUTS.get(line.silhouette, tops.tshirt) for line in ranges()
}
