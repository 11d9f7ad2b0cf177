"""Re-ordering of a list so that articles of one kind do not crowd it: maximal marginal relevance."""

from collections.abc import Sequence, Set
from typing import Final

import numpy as np

from catalog.listing import Indices
from recsys_core.serving import Article, Release

SAME_PRODUCT: Final = 1.0
SAME_TYPE: Final = 0.5
SAME_COLOUR: Final = 0.25
MAX_DIVERSIFIED_ARTICLES: Final = 500
"""Articles from the front of a list that are re-ordered; those behind them follow as they are."""


def without(article_idx: Indices, excluded: Set[int]) -> Indices:
    return article_idx[~np.isin(article_idx, list(excluded))] if excluded else article_idx


def diversified(release: Release, article_idx: Indices, diversity: float) -> Indices:
    """``article_idx`` (best first) in the order of ``diverse_order``; as it is for a diversity of 0."""
    if not diversity:
        return article_idx
    front = article_idx[:MAX_DIVERSIFIED_ARTICLES]
    order = diverse_order(release.catalogue.articles(front), diversity)
    return np.concatenate([front[order], article_idx[MAX_DIVERSIFIED_ARTICLES:]])


def diverse_order(articles: Sequence[Article], diversity: float) -> list[int]:
    """Positions of ``articles`` (best first), chosen one after the other by maximal marginal relevance.

    Next comes the article with the greatest ``(1 - diversity) * relevance - diversity * similarity``; of equals the
    earlier one. Relevance falls evenly from 1 at the first position of n to 1/n at the last. Similarity is the mean
    similarity to those chosen so far: 1 for the same product, else 0.5 for the same product type and 0.25 for the same
    colour, added. The mean, not the maximum of Carbonell and Goldstein (1998): once every type has been seen, the
    maximum would no longer tell a type seen once from one seen ten times.
    """
    product = _codes([article.product_code or article.article_id for article in articles])
    kind = _codes([article.product_type_name for article in articles])
    colour = _codes([article.colour_group_name for article in articles])
    relevance = 1 - np.arange(len(articles)) / max(1, len(articles))
    similarity = np.zeros(len(articles))
    left = np.ones(len(articles), bool)
    order: list[int] = []
    for chosen in range(len(articles)):
        score = (1 - diversity) * relevance - diversity * similarity / max(1, chosen)
        best = int(np.argmax(np.where(left, score, -np.inf)))
        order.append(best)
        left[best] = False
        near = SAME_TYPE * (kind == kind[best]) + SAME_COLOUR * (colour == colour[best])
        similarity += np.where(product == product[best], SAME_PRODUCT, near)
    return order


def _codes(values: list[str]) -> Indices:
    """A number for each value."""
    return np.unique(np.array(values, str), return_inverse=True)[1]
