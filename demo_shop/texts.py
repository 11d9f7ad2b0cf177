"""Names and descriptions of products, in a catalogue's voice."""

from collections.abc import Mapping
from typing import Any, Final

from demo_shop.vocabulary import Range, load

Features = Mapping[str, str]

MAX_FEATURES: Final = 3


class Copywriter:
    """Writes texts from a product's features. ``picks`` are its random numbers, 0 <= pick < 2**31."""

    def __init__(self) -> None:
        phrases: dict[str, Any] = load("phrases")
        self._material = phrases["material"]
        self._closing = phrases["closing"]
        self._adjective = phrases["adjective"]
        self._feature = phrases["feature"]
        self._noun: dict[str, list[str]] = phrases["noun"]
        self._described: dict[str, str] = phrases["described"]
        self._first = phrases["name"]["first"]
        self._style = phrases["name"]["style"]

    def name(self, line: Range, style: str, features: Features, picks: tuple[int, ...]) -> str:
        """A product's name, e.g. ``Linnea tiered dress``."""
        nouns = self._noun.get(line.silhouette, line.type.nouns)
        noun = nouns[picks[0] % len(nouns)]
        words = [self._first[picks[1] % len(self._first)], noun]
        kind = picks[2] % 10
        if kind < 3:
            words.insert(1, self._style[style][picks[3] % len(self._style[style])])
        elif kind < 6:
            words.insert(1, self._first_adjective(features).lower())
        name = " ".join(filter(None, words))
        return f"MAMA {name}" if line.audience == "mama" else name

    def description(self, line: Range, features: Features, picks: tuple[int, ...]) -> str:
        """Two sentences: what it is, and why one wants it."""
        noun = self._described.get(line.silhouette, line.type.nouns[0])
        adjective = self._first_adjective(features)
        material = self._material[line.wear][picks[4] % len(self._material[line.wear])]
        closing = self._closing[line.wear][picks[5] % len(self._closing[line.wear])]
        opening = f"{adjective} {noun}" if adjective else noun[0].upper() + noun[1:]
        what = _join([self._feature[f][o] for f, o in self._told(features)][:MAX_FEATURES])
        return f"{opening} in {material}{' with ' if what else ''}{what}. {closing}"

    def _first_adjective(self, features: Features) -> str:
        for feature, option in features.items():
            if option in self._adjective.get(feature, {}):
                return str(self._adjective[feature][option])
        return ""

    def _told(self, features: Features) -> list[tuple[str, str]]:
        return [(f, o) for f, o in features.items() if o in self._feature.get(f, {})]


def _join(parts: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
