"""Current demand, counted in baskets.

Every basket has one vote, split evenly among its articles (``votes_<window>`` of the snapshot). Units count a customer
who buys by the dozen a dozen times, but MAP@12 counts customers, and most of them buy one or two articles: lists
ordered by votes were better than by units on nine of twelve label windows (docs/experiments.md).
"""

from collections.abc import Iterator

from recsys_core.features.feature import Feature, Floats
from recsys_core.features.of_article import log_share
from recsys_core.features.snapshot import Snapshot

SPANS = ("1d", "3d", "7d", "30d")
FEATURES = tuple(
    Feature(f"demand_{span}", "demand", "log share of all baskets, each split among its articles", span, "log")
    for span in SPANS
)


def table(snapshot: Snapshot) -> Iterator[Floats]:
    """Values of ``FEATURES`` for all articles, each (n_articles,)."""
    for span in SPANS:
        yield log_share(snapshot.article(f"votes_{span}"))
