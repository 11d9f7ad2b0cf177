"""The demo shop's catalogue: products drawn from the ranges, and their articles (colour variants)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from demo_shop.seasons import ASSORTMENT_GROWTH_DAYS, TRENDS, growth, season_curve
from demo_shop.texts import Copywriter
from demo_shop.vocabulary import STYLES, Range, colours, load, ranges

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LATENT: Final = 6
"""Dimensions of what a product has beside its attributes, and a customer likes beside them."""
PRICE_UNIT: Final = 590.0
"""Euros per unit of the data's scaled prices."""
FIRST_CODE, LAST_CODE = 108_000, 958_000
LEAD_DAYS: Final = 35
"""The shop brings a season's garments this long before they are wanted."""
CARRIED_LIFE: Final = (300, 900)
FASHION_LIFE: Final = (28, 300)
FASHION_MEDIAN: Final = 130
IN_STORES, ONLINE = 1, 2
"""Sales channels as the data number them."""
ONLY_IN_STORES, ONLY_ONLINE = 0.06, 0.12
"""Shares of the products that sell in one channel alone."""


@dataclass(frozen=True)
class Products:
    """One entry a product, in order of ``code``."""

    code: Ints
    line: Ints
    style: Ints
    drop: Ints
    life: Ints
    carried: npt.NDArray[np.bool_]
    tag: Floats
    log_popularity: Floats
    latent: npt.NDArray[np.float32]
    only: Ints
    """The one channel that a product is sold in, 0 for both."""
    features: list[dict[str, str]]
    names: list[str]
    descriptions: list[str]


@dataclass(frozen=True)
class Catalogue:
    """Articles in order of ``article_id``; days count from the shop's first day and may be negative.

    ``product``, ``colour``, ``appearance`` index :class:`Products`, ``colours()`` and ``appearances``;
    ``end`` is the first day after the last day of sale.
    """

    products: Products
    appearances: tuple[str, ...]
    product: Ints
    variant: Ints
    colour: Ints
    appearance: Ints
    drop: Ints
    end: Ints
    log_popularity: Floats

    @property
    def size(self) -> int:
        return len(self.product)

    @cached_property
    def article_ids(self) -> list[str]:
        codes = self.products.code[self.product]
        return [f"0{code:06d}{variant:03d}" for code, variant in zip(codes, self.variant, strict=True)]

    @cached_property
    def lines(self) -> list[Range]:
        """The range of each article."""
        every = ranges()
        return [every[i] for i in self.products.line[self.product]]

    @cached_property
    def trend_members(self) -> Floats:
        """Returns the articles that each trend lifts, ``(len(TRENDS), size)``, 0 or 1; carried basics by a third."""
        members = np.zeros((len(TRENDS), self.size))
        for row, trend in zip(members, TRENDS, strict=True):
            row[:] = np.isin(self._attribute(trend.attribute), trend.values)
        return members * np.where(self.products.carried[self.product], 1 / 3, 1.0)

    def _attribute(self, name: str) -> npt.NDArray[np.str_]:
        if name == "family":
            return np.array([colour.family for colour in colours()])[self.colour]
        if name == "appearance":
            return np.array(self.appearances)[self.appearance]
        return np.array([features.get(name, "") for features in self.products.features])[self.product]


def draw_catalogue(articles: int, first_day: dt.date, days: int, rng: np.random.Generator) -> Catalogue:
    """Draw a catalogue of exactly ``articles`` articles for ``days`` days from ``first_day`` on."""
    counts = _variant_counts(articles, rng)
    products = _draw_products(len(counts), first_day, days, rng)
    product = np.repeat(np.arange(len(counts)), counts)
    rank = np.arange(articles) - np.repeat(np.cumsum(counts) - counts, counts)
    appearances = tuple(load("appearances")["number"])
    late = np.where(rng.random(articles) < 0.35, rng.integers(7, 60, articles), 0) * (rank > 0)
    drop = products.drop[product] + np.minimum(late, products.life[product] // 3)
    colour = _draw_colours(products, counts, rng)
    weight = np.array([c.weight for c in colours()])[colour]
    log_popularity = (
        products.log_popularity[product]
        + rng.normal(0, 0.35, articles)
        + 0.3 * np.log(weight / weight.mean())
        - 0.12 * rank
    )
    return Catalogue(
        products=products,
        appearances=appearances,
        product=product,
        variant=1 + rank * rng.integers(1, 4, len(counts))[product],
        colour=colour,
        appearance=_draw_appearances(products, product, rank, appearances, rng),
        drop=drop,
        end=products.drop[product] + products.life[product] + rng.integers(0, 15, articles),
        log_popularity=log_popularity,
    )


def draw_index(weights: Sequence[float] | Floats, size: int, rng: np.random.Generator) -> Ints:
    """``size`` draws of a position with probability proportional to ``weights``."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    places: Ints = np.searchsorted(edges, rng.random(size) * edges[-1], side="right")
    return np.minimum(places, len(edges) - 1)


def _variant_counts(articles: int, rng: np.random.Generator) -> Ints:
    """Articles of each product, long-tailed, summing to ``articles``."""
    counts = 1 + np.minimum(rng.geometric(0.48, articles) - 1, 9)
    upto = int(np.searchsorted(np.cumsum(counts), articles))
    counts = counts[: upto + 1]
    counts[-1] -= counts.sum() - articles
    return counts


def _draw_products(n: int, first_day: dt.date, days: int, rng: np.random.Generator) -> Products:
    every = ranges()
    line = draw_index([r.weight for r in every], n, rng)
    carried = rng.random(n) < np.array([r.basic for r in every])[line]
    life = np.where(carried, rng.integers(*CARRIED_LIFE, n), _fashion_life(n, rng))
    drop = _draw_drops(line, life, first_day, days, rng)
    order = np.argsort(drop, kind="stable")
    line, carried, life, drop = line[order], carried[order], life[order], drop[order]
    style = np.array([_position(every[i].styles, pick) for i, pick in zip(line, rng.random(n), strict=True)])
    tag = _charm(np.array([r.tag for r in every])[line] * np.exp(rng.normal(0, 0.28, n)))
    features = _draw_features(line, rng)
    writer, picks = Copywriter(), rng.integers(0, 2**31, (n, 6)).tolist()
    texts = [(every[i], s, f, tuple(p)) for i, s, f, p in zip(line, style, features, picks, strict=True)]
    return Products(
        code=_codes(n, rng),
        line=line,
        style=style,
        drop=drop,
        life=life,
        carried=carried,
        tag=tag,
        log_popularity=rng.normal(0, 0.45, n) + 0.1 * carried - 0.25 * np.log(tag / 20),
        latent=rng.normal(0, 1, (n, LATENT)).astype(np.float32),
        only=_only_channel(n, rng),
        features=features,
        names=[writer.name(range_, STYLES[s], f, p) for range_, s, f, p in texts],
        descriptions=[writer.description(range_, f, p) for range_, _, f, p in texts],
    )


def _only_channel(n: int, rng: np.random.Generator) -> Ints:
    pick = rng.random(n)
    return np.where(pick < ONLY_IN_STORES, IN_STORES, np.where(pick < ONLY_IN_STORES + ONLY_ONLINE, ONLINE, 0))


def _fashion_life(n: int, rng: np.random.Generator) -> Ints:
    return np.clip(np.exp(rng.normal(np.log(FASHION_MEDIAN), 0.5, n)), *FASHION_LIFE).astype(np.int64)


def _draw_drops(line: Ints, life: Ints, first_day: dt.date, days: int, rng: np.random.Generator) -> Ints:
    """The day each product comes to the shop: Mondays and Thursdays, a season's garments before the season."""
    every, drop = ranges(), np.zeros(len(line), dtype=np.int64)
    longest = int(life.max())
    start = first_day - dt.timedelta(days=longest)
    weekday = (start.weekday() + np.arange(longest + days)) % 7
    for season in dict.fromkeys(r.season for r in every):
        curve = season_curve(season, start + dt.timedelta(days=LEAD_DAYS), longest + days)
        curve = np.where(weekday == 0, 1.0, np.where(weekday == 3, 0.6, 0.0)) * curve
        curve = curve * growth(longest + days, ASSORTMENT_GROWTH_DAYS)
        mine = np.flatnonzero(np.array([r.season == season for r in every])[line])
        edges = np.concatenate([[0.0], np.cumsum(curve)])
        low = edges[longest - life[mine] + 1]
        at = low + rng.random(len(mine)) * (edges[-1] - low)
        drop[mine] = np.minimum(np.searchsorted(edges, at, side="right") - 1, longest + days - 1) - longest
    return drop


def _position(styles: tuple[str, ...], pick: float) -> int:
    """A style's number: the first named style for half of the products, else any of them."""
    chosen = styles[0] if pick < 0.4 else styles[int((pick - 0.4) / 0.6 * len(styles))]
    return STYLES.index(chosen)


def _charm(prices: Floats) -> Floats:
    """Price tags as shops write them: x.99."""
    coarse = np.where(prices > 60, 10, np.where(prices > 25, 5, np.where(prices > 10, 2, 1)))
    return np.maximum(np.round(prices / coarse) * coarse, 2) - 0.01


def _codes(n: int, rng: np.random.Generator) -> Ints:
    """Six digits, rising with the drop day."""
    step = (LAST_CODE - FIRST_CODE) / max(n, 1)
    return (FIRST_CODE + (np.arange(n) + rng.random(n) * 0.9) * step).astype(np.int64)


_MENS: Final = {"length": {"cropped": "regular"}, "sleeve": {"rolled": "short", "balloon": "long"}}
_MENS_MORE: Final = {"neck": {"scoop": "crew", "boat": "crew"}, "rise": {"high": "regular"}, "leg": {"flared": "slim"}}
_BOYS_OR_MEN: Final = ("men_", "kids_boy", "young_boy", "baby_boy")
_CHILDS: Final = {
    "length": {"maxi": "knee", "midi": "knee", "cropped": "regular", "mini": "knee"},
    "neck": {"v": "crew", "bardot": "square", "halter": "crew", "scoop": "crew"},
    "skirt": {"pencil": "a_line", "slip": "tiered", "wrap": "a_line"},
    "cut": {"pencil": "circle", "wrap": "tiered", "biker": "bomber"},
    "detail": {"ripped": "worn", "slit": "none"},
    "leg": {"skinny": "slim"},
}


def _draw_features(line: Ints, rng: np.random.Generator) -> list[dict[str, str]]:
    every, designs = ranges(), load("designs")
    features: list[dict[str, str]] = [{} for _ in line]
    silhouettes = np.array([r.silhouette for r in every])[line]
    for silhouette in dict.fromkeys(r.silhouette for r in every):
        mine = np.flatnonzero(silhouettes == silhouette)
        for feature, options in designs[silhouette].items():
            names = list(options)
            for i, option in zip(mine, draw_index(list(options.values()), len(mine), rng), strict=True):
                features[i][feature] = _fitting(every[line[i]], feature, names[option])
    return features


def _fitting(line: Range, feature: str, option: str) -> str:
    """The option, or what stands for it in men's and children's wear."""
    if line.audience.startswith(_BOYS_OR_MEN):
        option = (_MENS | _MENS_MORE).get(feature, {}).get(option, option)
    if line.index in "GHIJ":
        option = _CHILDS.get(feature, {}).get(option, option)
    return option


def _draw_colours(products: Products, counts: Ints, rng: np.random.Generator) -> Ints:
    """Colours of all articles, without repeats within a product (as long as the palette lasts)."""
    every = ranges()
    tables = {i: _palette(every[i]) for i in np.unique(products.line)}
    noise = rng.gumbel(size=(len(counts), len(colours())))
    chosen = []
    for line, count, row in zip(products.line, counts, noise, strict=True):
        ranked = np.argsort(-(tables[line] + row), kind="stable")
        usable = max(int(np.isfinite(tables[line]).sum()), 1)
        chosen.append(ranked[np.arange(count) % usable])
    return np.concatenate(chosen)


def _palette(line: Range) -> Floats:
    """Log weight of each colour for a range; minus infinity where it is never dyed."""
    palettes: Mapping[str, Mapping[str, float]] = load("appearances")["palette"]
    leanings = palettes.get(line.silhouette, palettes.get(line.wear))
    weights = np.array([c.weight * (leanings.get(c.family, 0.0) if leanings else 1.0) for c in colours()])
    if line.audience.startswith("men_") or line.audience in ("kids_boy", "young_boy", "baby_boy"):
        weights *= np.array([0.12 if c.family in ("pink", "lilac") else 1.0 for c in colours()])
    if line.wear != "hard":
        weights *= np.array([0.1 if c.family == "metal" else 1.0 for c in colours()])
    with np.errstate(divide="ignore"):
        log_weights: Floats = np.log(weights)
    return log_weights


def _draw_appearances(
    products: Products, product: Ints, rank: Ints, appearances: tuple[str, ...], rng: np.random.Generator
) -> Ints:
    """A product's pattern, which three quarters of its variants share."""
    worn: dict[str, Any] = load("appearances")["worn"]
    every, place = ranges(), {name: i for i, name in enumerate(appearances)}
    wears = np.array([r.wear for r in every])[products.line]
    own = np.zeros(len(product), dtype=np.int64)
    for wear, options in worn.items():
        codes = np.array([place[name] for name in options])
        mine = np.flatnonzero(wears[product] == wear)
        own[mine] = codes[draw_index(list(options.values()), len(mine), rng)]
    first = own[np.flatnonzero(rank == 0)][product]
    return np.where(rng.random(len(product)) < 0.75, first, own)
