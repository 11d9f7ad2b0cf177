"""A customer's choice among candidate articles: colour, kind of garment, price, what attributes do not say, match."""

from typing import Final

import numpy as np
import numpy.typing as npt

from demo_shop.catalogue import Catalogue
from demo_shop.customers import Customers
from demo_shop.vocabulary import SLOTS, colour_families, colours

Ints = npt.NDArray[np.int64]
Floats32 = npt.NDArray[np.float32]

LATENT_WEIGHT: Final = np.float32(0.6)
PRICE_WIDTH: Final = 0.75
"""Log price distance at which an article is felt as out of one's league."""
SAME_STYLE, SAME_AUDIENCE = 0.9, 0.8
NOT_SOLD_HERE: Final = 12.0
"""Log drop of what the visit's channel does not sell."""
OWNED_ALREADY: Final = 2.0
"""Log drop of wanting what one has; buying again on purpose is another step."""

_OUTFITS: Final = {
    ("top", "bottom"): 1.4,
    ("layer", "bottom"): 1.0,
    ("top", "layer"): 0.8,
    ("dress", "layer"): 0.7,
    ("dress", "shoes"): 0.8,
    ("dress", "acc"): 0.7,
    ("bottom", "shoes"): 0.5,
    ("dress", "legs"): 0.6,
    ("under", "legs"): 0.6,
    ("under", "under"): 1.2,
    ("swim", "swim"): 2.2,
    ("night", "legs"): 0.6,
    ("night", "under"): 0.5,
    ("acc", "acc"): 0.9,
    ("top", "top"): 0.3,
}
"""Log lift of a second item's slot given the first's; symmetrical."""
_NEUTRALS: Final = ("black", "white", "grey", "navy", "earth")
_FRIENDS: Final = (
    ("blue", "white"),
    ("navy", "white"),
    ("navy", "red"),
    ("earth", "green"),
    ("earth", "orange"),
    ("earth", "white"),
    ("pink", "grey"),
    ("lilac", "white"),
    ("black", "red"),
    ("black", "metal"),
    ("blue", "earth"),
    ("green", "navy"),
    ("turquoise", "white"),
    ("yellow", "blue"),
)


class Taste:
    """Personal choices over one catalogue and its customers."""

    def __init__(self, catalogue: Catalogue, customers: Customers) -> None:
        families = colour_families()
        family_of = np.array([families.index(colour.family) for colour in colours()])
        products = catalogue.products
        self._customers = customers
        self._family = family_of[catalogue.colour].astype(np.int8)
        self._slot = np.array([SLOTS.index(line.type.slot) for line in catalogue.lines], dtype=np.int8)
        audiences = sorted({line.audience for line in catalogue.lines})
        self._audience = np.array([audiences.index(line.audience) for line in catalogue.lines], dtype=np.int8)
        self._style = products.style[catalogue.product].astype(np.int8)
        self._latent = products.latent[catalogue.product]
        log_tag = np.log(products.tag[catalogue.product])
        self._log_price = (log_tag - _mean_by(self._slot, log_tag)).astype(np.float32)
        self._first = np.searchsorted(catalogue.product, np.arange(len(products.code)))
        self._variants = np.bincount(catalogue.product, minlength=len(products.code))
        self._product = catalogue.product
        self._harmony = _harmony(families)
        self._outfit = _outfit()
        self.carried = products.carried[catalogue.product]
        self.only = products.only[catalogue.product]
        """The one channel that sells an article, 0 for both."""

    def choose(
        self,
        customer: Ints,
        candidates: Ints,
        owned: npt.NDArray[np.int32],
        channel: Ints,
        rng: np.random.Generator,
        beside: Ints | None = None,
    ) -> Ints:
        """One of each row of ``candidates`` ``(n, k)``, by personal utility with Gumbel noise (a logit choice).

        ``owned`` are articles that the customer has already, ``(n, m)``; ``channel`` is where each shops, ``(n,)``;
        ``beside`` are the articles that the choice shall go with, ``(n,)``.
        """
        utility = self._liking(customer, candidates)
        utility -= np.float32(NOT_SOLD_HERE) * ~self.sold_in(channel[:, None], candidates)
        utility -= np.float32(OWNED_ALREADY) * (candidates[:, :, None] == owned[:, None, :]).any(axis=2)
        if beside is not None:
            utility += self._match(beside[:, None], candidates)
        noise = rng.random(candidates.shape, dtype=np.float32)
        utility -= np.log(-np.log(np.maximum(noise, np.float32(1e-9))))
        chosen: Ints = candidates[np.arange(len(candidates)), np.argmax(utility, axis=1)]
        return chosen

    def sold_in(self, channel: Ints, article: Ints) -> npt.NDArray[np.bool_]:
        """True where a channel sells an article; shapes broadcast."""
        sold: npt.NDArray[np.bool_] = (self.only[article] == 0) | (self.only[article] == channel)
        return sold

    def other_colour(self, article: Ints, rng: np.random.Generator) -> Ints:
        """A random variant of each article's product; the article itself where it is the only one."""
        product = self._product[article]
        step = rng.integers(1, 16, len(article))
        place = (article - self._first[product] + step) % self._variants[product]
        return self._first[product] + place

    def _liking(self, customer: Ints, candidates: Ints) -> Floats32:
        c, who = self._customers, customer[:, None]
        latent = np.einsum("nkl,nl->nk", self._latent[candidates], c.latent_taste[customer].astype(np.float32))
        distance = (self._log_price[candidates] - c.purse[who]) / np.float32(PRICE_WIDTH)
        liking: Floats32 = (
            c.colour_taste[who, self._family[candidates]].astype(np.float32)
            + c.slot_taste[who, self._slot[candidates]].astype(np.float32)
            + LATENT_WEIGHT * latent
            - np.float32(0.5) * distance**2
        )
        return liking

    def _match(self, first: Ints, candidates: Ints) -> Floats32:
        match = self._harmony[self._family[first], self._family[candidates]]
        match = match + self._outfit[self._slot[first], self._slot[candidates]]
        match += np.float32(SAME_STYLE) * (self._style[first] == self._style[candidates])
        match += np.float32(SAME_AUDIENCE) * (self._audience[first] == self._audience[candidates])
        match -= np.float32(4.0) * (self._product[first] == self._product[candidates])
        return match


def _mean_by(group: npt.NDArray[np.int8], values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Each entry's group mean."""
    sums, counts = np.bincount(group, values), np.bincount(group)
    return (sums / np.maximum(counts, 1))[group]


def _harmony(families: tuple[str, ...]) -> Floats32:
    """Log lift of two colour families in one basket."""
    table = np.full((len(families), len(families)), -0.3, dtype=np.float32)
    for i, one in enumerate(families):
        for j, other in enumerate(families):
            if one in _NEUTRALS or other in _NEUTRALS:
                table[i, j] = 0.1
            if (one, other) in _FRIENDS or (other, one) in _FRIENDS:
                table[i, j] = 0.7
        table[i, i] = 0.6
    return table


def _outfit() -> Floats32:
    table = np.zeros((len(SLOTS), len(SLOTS)), dtype=np.float32)
    for (one, other), lift in _OUTFITS.items():
        table[SLOTS.index(one), SLOTS.index(other)] = table[SLOTS.index(other), SLOTS.index(one)] = lift
    return table
