"""What a product page shows beside the article itself."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from catalog.categories import Category, articles_in, categories_of
from catalog.listing import Card, ListingContext, make_cards
from recsys_core.serving import Article, Release

ROW_LENGTH = 12
MOST_VARIANTS = 40


@dataclass(frozen=True)
class ProductPage:
    article: Article
    trail: list[Category]
    variants: list[Article]
    """All colours of the product, this one among them; alone when there is one colour only."""
    similar: list[Card]
    popular: list[Card]
    attributes: list[tuple[str, str]]


def product_page(release: Release, idx: int) -> ProductPage:
    article = release.catalogue.article(idx)
    trail = categories_of(release, article)
    variants = colour_variants(release, article)
    own = {variant.article_idx for variant in variants}
    similar = [i for i in release.similar(idx).tolist() if i not in own][:ROW_LENGTH]
    context = ListingContext(path="")
    return ProductPage(
        article=article,
        trail=trail,
        variants=variants,
        similar=make_cards(release, np.array(similar, np.int32), context),
        popular=make_cards(release, _popular(release, trail, own | set(similar)), context),
        attributes=list(_attributes(article)),
    )


def colour_variants(release: Release, article: Article) -> list[Article]:
    """Articles of the same product code: the catalogue is sorted by id, so they are neighbours."""
    low = max(0, article.article_idx - MOST_VARIANTS)
    high = min(release.catalogue.size, article.article_idx + MOST_VARIANTS + 1)
    near = release.catalogue.articles(range(low, high))
    return [other for other in near if other.product_code == article.product_code]


def _popular(release: Release, trail: list[Category], without: set[int]) -> np.ndarray:
    if not trail:
        return np.empty(0, np.int32)
    best = articles_in(release, trail[-1])[: ROW_LENGTH + len(without)].tolist()
    return np.array([idx for idx in best if idx not in without][:ROW_LENGTH], np.int32)


def _attributes(article: Article) -> Iterator[tuple[str, str]]:
    named = (
        ("Colour", article.colour_group_name),
        ("Pattern", article.graphical_appearance_name),
        ("Product type", article.product_type_name),
        ("Collection", article.index_group_name),
        ("Department", article.department_name),
        ("Section", article.section_name),
        ("Article number", article.article_id),
    )
    return ((title, value) for title, value in named if value and value != "Unknown")
