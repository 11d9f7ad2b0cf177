"""Staff's view of articles: a search by text or number, and all that the release and the shop know of one."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
from django.utils import timezone

from catalog.categories import popularity_order
from catalog.listing import Indices
from merchandising.models import Boost, Pin
from recsys_core.contracts.columns import ARTICLE_COLUMNS
from recsys_core.serving import Article, Release
from releases.explanations import OWN_LIST
from search.text import find_by_text

SIMILAR_ARTICLES_SHOWN: Final = 12
OWN_FIELDS: Final = ("article_id", "prod_name", "detail_desc")


@dataclass(frozen=True)
class RetrieverCount:
    code: str
    words: str
    """Explanation shown on the cards."""
    lists: int


@dataclass(frozen=True)
class ArticlePage:
    article: Article
    attributes: list[tuple[str, str]]
    """Column and value, in the order of the articles' file."""
    first_sale: dt.date | None
    retrievers: list[RetrieverCount]
    """Customers' lists that hold it, by the retriever that put it there, most first."""
    lists: int
    """All lists of the release."""
    pins: list[Pin]
    boosts: list[Boost]
    similar: list[Article]

    @property
    def holders(self) -> int:
        return sum(retriever.lists for retriever in self.retrievers)

    @property
    def holders_share(self) -> float | None:
        return self.holders / self.lists if self.lists else None


def find_articles(release: Release, typed: str) -> Indices:
    """Best first: by the beginning of the number (its leading zero may be missing), else by text; all for nothing."""
    if not typed:
        return popularity_order(release)
    is_digits = typed.isascii() and typed.isdigit()
    for beginning in (typed, f"0{typed}") if is_digits else (typed,):
        if len(numbered := _numbered(release, beginning)):
            return numbered
    return release.catalogue.all_idx[:0] if is_digits else find_by_text(release, typed).article_idx


def article_page(release: Release, idx: int) -> ArticlePage:
    """Reads all lists of the release: tens of milliseconds for hundreds of thousands of them."""
    article = release.catalogue.article(idx)
    retrievers = release.lists.retrievers_of_article(idx)
    now = timezone.now()
    return ArticlePage(
        article=article,
        attributes=[
            (column, value)
            for column in ARTICLE_COLUMNS
            if column not in OWN_FIELDS and (value := getattr(article, column))
        ],
        first_sale=_first_sale(release, article),
        retrievers=[RetrieverCount(code, OWN_LIST.get(code, ""), n) for code, n in retrievers.items()],
        lists=len(release.lists),
        pins=list(Pin.objects.filter(article_id=article.article_id).within(now, None)),
        boosts=[each for each in Boost.objects.within(now, None) if each.is_about(article)],
        similar=release.catalogue.articles(release.related(idx, "similar")[:SIMILAR_ARTICLES_SHOWN]),
    )


def _numbered(release: Release, beginning: str) -> Indices:
    """Articles whose number begins so: neighbours, because numbers are in ascending order."""
    ids = release.catalogue.article_ids
    key, width = beginning.encode("utf-8", "surrogatepass"), ids.dtype.itemsize
    if len(key) > width:
        return release.catalogue.all_idx[:0]
    first = np.searchsorted(ids, np.array(key, ids.dtype))
    end = np.searchsorted(ids, np.array(key.ljust(width, b"\xff"), ids.dtype), side="right")
    return release.catalogue.all_idx[first:end]


def _first_sale(release: Release, article: Article) -> dt.date | None:
    """Its age counts from the release's cut-off back."""
    if article.days_since_first_sale < 0:
        return None
    cutoff = dt.date.fromisoformat(release.manifest["cutoff"])
    return cutoff - dt.timedelta(days=article.days_since_first_sale)
