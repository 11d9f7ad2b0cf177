"""What a drawing shows: silhouette, colour and pattern, read from an article's attributes."""

import re
from dataclasses import dataclass
from typing import Final

from django.utils.text import slugify

from catalog import colours
from catalog.pictures.silhouettes import PATTERNS, SILHOUETTES
from recsys_core.serving import Article

HEX = re.compile(r"[0-9a-f]{6}")

BY_TYPE: Final = {
    "t-shirt": "tee", "top": "tee", "kids underwear top": "vest", "vest top": "vest", "underdress": "slip",
    "polo shirt": "polo", "shirt": "shirt", "blouse": "blouse", "sweater": "sweater", "hoodie": "hoodie",
    "cardigan": "cardigan", "blazer": "blazer", "jacket": "jacket", "coat": "coat", "robe": "coat",
    "tailored waistcoat": "waistcoat", "outdoor waistcoat": "waistcoat", "bodysuit": "bodysuit",
    "underwear body": "swimsuit", "swimsuit": "swimsuit", "bra": "bra", "bikini top": "bra", "swimwear top": "bra",
    "underwear corset": "bra", "underwear bottom": "briefs", "swimwear bottom": "briefs", "underwear set": "lingerie",
    "swimwear set": "lingerie", "trousers": "trousers", "outdoor trousers": "trousers", "pyjama bottom": "trousers",
    "long john": "leggings", "leggings/tights": "leggings", "underwear tights": "leggings", "leg warmers": "socks",
    "shorts": "shorts", "skirt": "skirt", "sarong": "skirt", "dress": "dress", "night gown": "slip",
    "costumes": "dress", "jumpsuit/playsuit": "jumpsuit", "pyjama jumpsuit/playsuit": "jumpsuit",
    "outdoor overall": "jumpsuit", "sleeping sack": "jumpsuit", "sleep bag": "jumpsuit", "dungarees": "dungarees",
    "pyjama set": "set", "garment set": "set", "socks": "socks", "sneakers": "sneaker", "other shoe": "sneaker",
    "boots": "boot", "bootie": "boot", "sandals": "sandal", "flip flop": "sandal", "slippers": "flat",
    "ballerinas": "flat", "flat shoe": "flat", "flat shoes": "flat", "moccasins": "flat", "pre-walkers": "flat",
    "heeled sandals": "heel", "heels": "heel", "pumps": "heel", "wedge": "heel", "bag": "bag", "tote bag": "bag",
    "shoulder bag": "bag", "cross-body bag": "bag", "weekend/gym bag": "bag", "bumbag": "bag", "washing bag": "bag",
    "backpack": "backpack", "hat/beanie": "beanie", "beanie": "beanie", "cap/peaked": "cap", "cap": "cap",
    "hat/brim": "hat", "straw hat": "hat", "felt hat": "hat", "bucket hat": "hat", "scarf": "scarf",
    "blanket": "scarf", "towel": "scarf", "belt": "belt", "braces": "belt", "sunglasses": "glasses",
    "eyeglasses": "glasses", "earring": "earrings", "earrings": "earrings", "necklace": "necklace",
    "ring": "ring", "bracelet": "ring", "hair/alice band": "hairband", "alice band": "hairband",
    "hairband": "hairband", "headband": "hairband", "hair string": "ring", "hair ties": "ring",
    "hair clip": "hairband", "gloves": "gloves", "tie": "tie", "watch": "watch", "wallet": "wallet",
    "mobile case": "wallet", "fine cosmetics": "bottle", "chem. cosmetics": "bottle", "waterbottle": "bottle",
    "clothing mist": "bottle", "stain remover spray": "bottle", "soft toys": "toy", "toy": "toy",
}  # fmt: skip
"""Silhouette by product type, in lower case."""

BY_WORD: Final = (
    ("dress", "dress"), ("skirt", "skirt"), ("trouser", "trousers"), ("jean", "trousers"), ("chino", "trousers"),
    ("legging", "leggings"), ("short", "shorts"), ("hood", "hoodie"), ("cardigan", "cardigan"),
    ("jumper", "sweater"), ("sweat", "sweater"), ("knit", "sweater"), ("coat", "coat"), ("parka", "coat"),
    ("jacket", "jacket"), ("blazer", "blazer"), ("t-shirt", "tee"), ("shirt", "shirt"), ("blouse", "blouse"),
    ("top", "tee"), ("boot", "boot"), ("sandal", "sandal"), ("shoe", "sneaker"), ("sneaker", "sneaker"),
    ("bag", "bag"), ("hat", "hat"), ("beanie", "beanie"), ("scarf", "scarf"), ("sock", "socks"), ("bra", "bra"),
    ("brief", "briefs"), ("pyjama", "set"), ("swim", "swimsuit"), ("body", "bodysuit"), ("glove", "gloves"),
)  # fmt: skip
"""For product types of other shops: the first word that occurs."""

BY_GROUP: Final = {
    "garment upper body": "tee", "garment lower body": "trousers", "garment full body": "dress", "shoes": "sneaker",
    "underwear": "briefs", "swimwear": "swimsuit", "socks & tights": "socks", "nightwear": "set", "bags": "bag",
    "cosmetic": "bottle",
}  # fmt: skip

BY_APPEARANCE: Final = {
    "stripe": "stripe", "dot": "dot", "check": "check", "argyle": "check", "melange": "melange", "slub": "melange",
    "neps": "melange", "denim": "denim", "chambray": "denim", "all over pattern": "floral",
    "other pattern": "floral", "mixed solid/pattern": "floral", "jacquard": "floral", "embroidery": "floral",
    "front print": "print", "placement print": "print", "application/3d": "print", "lace": "lace", "mesh": "lace",
    "colour blocking": "block", "contrast": "block", "sequin": "glitter", "glittering/metallic": "glitter",
    "metallic": "glitter", "hologram": "glitter", "treatment": "melange",
}  # fmt: skip

SLEEVES: Final = {
    "long": {"tee": "longsleeve", "dress": "longdress"},
    "none": {"tee": "vest", "dress": "slip"},
}


@dataclass(frozen=True)
class Look:
    """``str(look)`` is its name in an address, ``Look.parse`` reads it."""

    silhouette: str
    colour: str
    """Six hex digits."""
    pattern: str

    def __str__(self) -> str:
        return f"{self.silhouette}_{self.colour}_{self.pattern}"

    @classmethod
    def parse(cls, text: str) -> "Look":
        """
        Raises
        ------
        ValueError
            If the text names no drawing of ours.
        """
        parts = text.split("_")
        if len(parts) != 3 or parts[0] not in SILHOUETTES or parts[2] not in PATTERNS or not HEX.fullmatch(parts[1]):
            raise ValueError(f"{text!r} is no drawing: expected <silhouette>_<rrggbb>_<pattern>")
        return cls(*parts)


def look_of(article: Article) -> Look:
    colour = article.colour_group_name
    if not colours.is_known(colour):
        colour = article.perceived_colour_master_name
    pattern = BY_APPEARANCE.get(article.graphical_appearance_name.lower(), "solid")
    return Look(_silhouette(article), colours.hex_of(colour)[1:], pattern)


def _silhouette(article: Article) -> str:
    kind = article.product_type_name.lower()
    found = BY_TYPE.get(kind) or _named(f"{kind} {slugify(article.prod_name)}")
    found = found or BY_GROUP.get(article.product_group_name.lower(), "hanger")
    return SLEEVES.get(_sleeves(article.detail_desc.lower()), {}).get(found, found)


def _named(words: str) -> str | None:
    return next((shape for word, shape in BY_WORD if word in words), None)


def _sleeves(description: str) -> str:
    if "long sleeve" in description or "long-sleeved" in description:
        return "long"
    if "shoulder strap" in description or "sleeveless" in description:
        return "none"
    return "short"
