"""The demo shop's vocabulary, read from the TOML files beside this module.

Numbers and category names (``product_type_no``, ``section_name``, ...) are those of the H&M data format; every
name, phrase and description is written for this project.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

STYLES: Final = ("classic", "minimal", "romantic", "sporty", "street", "boho", "glam", "cosy")
SLOTS: Final = ("top", "layer", "bottom", "dress", "under", "night", "swim", "legs", "shoes", "acc")
VALUE_IDS: Final = {
    "Dusty Light": 1,
    "Medium Dusty": 2,
    "Light": 3,
    "Dark": 4,
    "Bright": 5,
    "Medium": 7,
}
MASTER_IDS: Final = {
    "Mole": 1,
    "Blue": 2,
    "Orange": 3,
    "Pink": 4,
    "Black": 5,
    "Lilac Purple": 6,
    "Turquoise": 7,
    "Yellow": 8,
    "White": 9,
    "Beige": 11,
    "Grey": 12,
    "Brown": 13,
    "Metal": 15,
    "Red": 18,
    "Green": 19,
    "Khaki green": 20,
}
GARMENT_GROUP_NOS: Final = {
    "Jersey Basic": 1002,
    "Knitwear": 1003,
    "Jersey Fancy": 1005,
    "Woven/Jersey/Knitted mix Baby": 1006,
    "Outdoor": 1007,
    "Dressed": 1008,
    "Trousers": 1009,
    "Blouses": 1010,
    "Shirts": 1011,
    "Skirts": 1012,
    "Dresses Ladies": 1013,
    "Dresses/Skirts girls": 1014,
    "Trousers Denim": 1016,
    "Under-, Nightwear": 1017,
    "Swimwear": 1018,
    "Accessories": 1019,
    "Shoes": 1020,
    "Socks and Tights": 1021,
    "Shorts": 1025,
}
INDEXES: Final = {
    "A": ("Ladieswear", 1, "Ladieswear"),
    "B": ("Lingeries/Tights", 1, "Ladieswear"),
    "C": ("Ladies Accessories", 1, "Ladieswear"),
    "D": ("Divided", 2, "Divided"),
    "F": ("Menswear", 3, "Menswear"),
    "G": ("Baby Sizes 50-98", 4, "Baby/Children"),
    "H": ("Children Sizes 92-140", 4, "Baby/Children"),
    "I": ("Children Sizes 134-170", 4, "Baby/Children"),
    "J": ("Children Accessories, Swimwear", 4, "Baby/Children"),
    "S": ("Sport", 26, "Sport"),
}
"""index_code -> (index_name, index_group_no, index_group_name)."""

KIDS_AUDIENCES: Final = (
    "newborn",
    "baby_girl",
    "baby_boy",
    "kids_girl",
    "kids_boy",
    "young_girl",
    "young_boy",
    "kids_any",
)


@dataclass(frozen=True)
class ProductType:
    name: str
    number: int
    group: str
    silhouette: str
    slot: str
    nouns: tuple[str, ...]


@dataclass(frozen=True)
class Colour:
    name: str
    code: int
    value: str
    master: str
    rgb: tuple[int, int, int]
    family: str
    weight: float


@dataclass(frozen=True)
class Range:
    """One line of the shop floor: what products are drawn from."""

    section_no: int
    section: str
    index: str
    audience: str
    type: ProductType
    department_no: int
    department: str
    garment_group: str
    weight: float
    tag: float
    season: str
    basic: float
    styles: tuple[str, ...]
    silhouette: str
    wear: str


@dataclass(frozen=True)
class Persona:
    """A kind of customer; all numbers are leanings (natural log) but for ``buys``, a linear taste."""

    name: str
    share: float
    age: float
    spread: float
    purse: float
    online: float
    kids: float
    buys: Mapping[str, float] = field(default_factory=dict)
    styles: Mapping[str, float] = field(default_factory=dict)
    colours: Mapping[str, float] = field(default_factory=dict)


@cache
def load(name: str) -> dict[str, Any]:
    """A vocabulary file of this package as a dict."""
    return tomllib.loads((Path(__file__).with_name(f"{name}.toml")).read_text(encoding="utf-8"))


@cache
def product_types() -> dict[str, ProductType]:
    return {
        name: ProductType(name, number, group, silhouette, slot, tuple(nouns))
        for name, (number, group, silhouette, slot, nouns) in load("types").items()
    }


@cache
def colours() -> tuple[Colour, ...]:
    return tuple(
        Colour(name, code, value, master, _rgb(text), family, weight)
        for name, (code, value, master, text, family, weight) in load("colours").items()
    )


@cache
def colour_families() -> tuple[str, ...]:
    return tuple(dict.fromkeys(colour.family for colour in colours()))


@cache
def ranges() -> tuple[Range, ...]:
    return tuple(_range(section, line) for section in load("ranges")["section"] for line in section["lines"])


@cache
def personas() -> tuple[Persona, ...]:
    return tuple(Persona(name=name, **fields) for name, fields in load("personas").items())


def _rgb(text: str) -> tuple[int, int, int]:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _range(section: Mapping[str, Any], line: list[Any]) -> Range:
    type_name, department_no, department, garment_group, weight, tag, season, basic, styles, cut = line
    kind = product_types()[type_name]
    silhouette = cut or kind.silhouette
    return Range(
        section_no=section["no"],
        section=section["name"],
        index=section["index"],
        audience=section["audience"],
        type=kind,
        department_no=department_no,
        department=department,
        garment_group=garment_group,
        weight=weight,
        tag=tag,
        season=season,
        basic=basic,
        styles=tuple(styles.split()),
        silhouette=silhouette,
        wear=_wear(silhouette, kind, garment_group, section["index"]),
    )


_WEAR_BY_SILHOUETTE: Final = {
    **dict.fromkeys(("tshirt", "polo"), "tee"),
    **dict.fromkeys(("sweater", "cardigan", "beanie", "gloves"), "knit"),
    **dict.fromkeys(("hoodie", "joggers"), "sweat"),
    **dict.fromkeys(("blouse",), "woven"),
    **dict.fromkeys(("shirt",), "shirt"),
    **dict.fromkeys(("dress", "jumpsuit", "skirt", "sarong"), "flowing"),
    **dict.fromkeys(("trousers", "chinos", "cargo", "shorts"), "trousers"),
    **dict.fromkeys(("jeans", "denim_shorts", "denim_skirt", "denim_jacket", "dungarees"), "denim"),
    **dict.fromkeys(("jacket", "coat"), "outer"),
    **dict.fromkeys(("puffer", "raincoat", "waistcoat"), "padded"),
    **dict.fromkeys(("blazer", "tailored"), "tailored"),
    **dict.fromkeys(("sports_bra", "sport_shorts", "track_jacket"), "sport"),
    **dict.fromkeys(("bra", "lingerie_body"), "lingerie"),
    **dict.fromkeys(("boxers", "tights", "alice_band"), "basics"),
    **dict.fromkeys(("robe", "nightgown", "pyjamas"), "night"),
    **dict.fromkeys(("bikini_top", "bikini_bottom", "swimsuit", "swim_shorts"), "swim"),
    **dict.fromkeys(("sneakers", "ballerinas", "sandals", "heeled_sandals", "pumps", "boots"), "leather"),
    **dict.fromkeys(("chelsea", "wellies", "bag", "backpack", "belt", "cap", "brim_hat"), "leather"),
    **dict.fromkeys(("earrings", "necklace", "rings", "hair_clip", "sunglasses"), "hard"),
    **dict.fromkeys(("scarf", "tie"), "scarf"),
    "socks": "sock",
    "soft_toy": "basics",
}


def _wear(silhouette: str, kind: ProductType, garment_group: str, index: str) -> str:
    """The kind of fabric: what patterns it comes in and what the description calls it."""
    if silhouette == "briefs":
        return "lingerie" if index == "B" else "basics"
    wear = _WEAR_BY_SILHOUETTE.get(silhouette, "jersey")
    childrens = index in "GHI" and wear in ("jersey", "tee", "sweat", "flowing", "basics", "night")
    if childrens and kind.slot not in ("legs", "acc"):
        return "kids"
    if garment_group == "Jersey Fancy" and index == "S" and wear in ("tee", "jersey", "sweat"):
        return "sport"
    return wear
