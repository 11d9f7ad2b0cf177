"""Statistics of the events: click-through and conversion by variant and by retriever, with 95 % intervals."""

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from events.models import Event
from releases.experiment import OUTSIDE

Z: Final = NormalDist().inv_cdf(0.975)
FEED: Final = "feed"


@dataclass(frozen=True)
class Rate:
    """A share with its Wilson interval."""

    hits: int
    of: int

    @property
    def share(self) -> float | None:
        return self.hits / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 %, by Wilson: honest for few hits and for few tries.

        >>> [round(bound, 3) for bound in Rate(1, 10).interval]
        [0.018, 0.404]
        """
        if not self.of:
            return None
        share, n = self.hits / self.of, self.of
        middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z / (1 + Z * Z / n) * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Difference:
    """Difference of the second share from the first, with its interval by Newcombe."""

    control: Rate
    variant: Rate

    @property
    def value(self) -> float | None:
        if self.control.share is None or self.variant.share is None:
            return None
        return self.variant.share - self.control.share

    @property
    def interval(self) -> tuple[float, float] | None:
        if self.control.interval is None or self.variant.interval is None or self.value is None:
            return None
        (low_c, high_c), (low_v, high_v) = self.control.interval, self.variant.interval
        c, v = self.control.share or 0.0, self.variant.share or 0.0
        below = math.hypot(v - low_v, high_c - c)
        above = math.hypot(high_v - v, c - low_c)
        return self.value - below, self.value + above

    @property
    def is_clear(self) -> bool:
        """True if the interval excludes zero."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


@dataclass(frozen=True)
class Line:
    """One variant, or one retriever."""

    name: str
    click_through: Rate
    """Clicks of cards shown in the feed."""
    conversion: Rate
    """Visitors who ordered something after they had seen the feed; of a retriever, articles ordered of those shown."""


def by_variant(since: dt.datetime) -> list[Line]:
    """Rates by variant, without visitors outside the experiment.

    A conversion counts each visitor once, in the variant that was seen first.
    """
    shown, clicked = Counter[str](), Counter[str]()
    first_seen: dict[str, tuple[dt.datetime, str]] = {}
    for event in _events(since, Event.Kind.IMPRESSION, surface=FEED):
        if event.variant == OUTSIDE:
            continue
        shown[event.variant] += len(event.shown or ())
        first_seen.setdefault(event.visitor, (event.at, event.variant))
    for event in _events(since, Event.Kind.CLICK, surface=FEED):
        clicked[event.variant] += 1
    bought = {
        event.visitor
        for event in _events(since, Event.Kind.ORDER)
        if event.visitor in first_seen and event.at >= first_seen[event.visitor][0]
    }
    visitors = Counter(variant for _, variant in first_seen.values())
    buyers = Counter(first_seen[visitor][1] for visitor in bought)
    return [
        Line(name, Rate(min(clicked[name], shown[name]), shown[name]), Rate(buyers[name], visitors[name]))
        for name in sorted(shown)
    ]


def by_retriever(since: dt.datetime) -> list[Line]:
    """Rates by the retriever that put an article on the customer's own list, most shown first."""
    shown, clicked, ordered = Counter[str](), Counter[str](), Counter[str]()
    seen: dict[str, dict[str, str]] = defaultdict(dict)
    for event in _events(since, Event.Kind.IMPRESSION, surface=FEED):
        for article_id, _, retriever in event.shown or ():
            if retriever:
                shown[retriever] += 1
                seen[event.visitor][article_id] = retriever
    for event in _events(since, Event.Kind.CLICK, surface=FEED):
        clicked[event.retriever] += bool(event.retriever)
    for event in _events(since, Event.Kind.ORDER):
        retriever = seen[event.visitor].get(event.article_id, "")
        ordered[retriever] += bool(retriever)
    distinct = Counter(retriever for articles in seen.values() for retriever in articles.values())
    return [
        Line(
            retriever,
            Rate(min(clicked[retriever], n), n),
            Rate(min(ordered[retriever], distinct[retriever]), distinct[retriever]),
        )
        for retriever, n in shown.most_common()
    ]


def _events(since: dt.datetime, kind: Event.Kind, **where: str) -> Iterable[Event]:
    """Events of a kind, oldest first, streamed."""
    return Event.objects.filter(kind=kind, at__gte=since, **where).order_by("at", "pk").iterator(chunk_size=2000)
