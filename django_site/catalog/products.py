"""Contents of a product page: the article with its colours, rows of related articles and attributes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from catalog.addresses import url
from catalog.categories import Category, articles_in, categories_of
from catalog.rows import ROW_LENGTH, Row, without_repeats
from recsys_core.contracts.release import UNKNOWN
from recsys_core.serving import Article, Release

RELATED_ROWS = (
    ("goes_with", "Goes well with"),
    ("similar", "Similar pieces"),
    ("also_bought", "Others also bought"),
    ("same_look", "Looks alike"),
    ("same_style", "Same style"),
)
"""Relations of a release (``contracts.release.RELATIONS``) in the order of the page."""
CONTINUED = ("same-look", "similar")
"""The row that "more like this" continues: the first of these that the page has."""
MIN_ROWS_WITHOUT_POPULAR = 4
"""Fewest related rows without the row of what is popular in the department."""
MAX_VARIANTS = 81
"""Colours shown of a product; of more, those nearest by article id."""


@dataclass(frozen=True)
class ProductPage:
    article: Article
    trail: list[Category]
    variants: list[Article]
    """All colours of the product, this one among them; alone when there is one colour only."""
    rows: list[Row]
    attributes: list[tuple[str, str]]


def product_page(release: Release, idx: int) -> ProductPage:
    article = release.catalogue.article(idx)
    trail = categories_of(release, article)
    variants = colour_variants(release, article)
    return ProductPage(
        article=article,
        trail=trail,
        variants=variants,
        rows=_rows(release, article, trail, {variant.article_idx for variant in variants}),
        attributes=list(_attributes(article)),
    )


def _rows(release: Release, article: Article, trail: list[Category], own: set[int]) -> list[Row]:
    idx = article.article_idx
    related = [(name.replace("_", "-"), title, release.related(idx, name)) for name, title in RELATED_ROWS]
    rows = without_repeats(release, related, own)
    continued = next((surface for surface in CONTINUED if any(row.surface == surface for row in rows)), "")
    more_url = url("imagesearch:like", article.article_id)
    rows = [replace(row, more_url=more_url) if row.surface == continued else row for row in rows]
    if len(rows) >= MIN_ROWS_WITHOUT_POPULAR or not trail:
        return rows
    shown = own | {card.article.article_idx for row in rows for card in row.cards}
    best = articles_in(release, trail[-1])
    best = best[release.catalogue.in_stock[best]][: ROW_LENGTH + len(shown)]
    popular = [("popular", f"Popular in {trail[-1]}", best)]
    return rows + [replace(row, more_url=trail[-1].url) for row in without_repeats(release, popular, shown)]


def colour_variants(release: Release, article: Article) -> list[Article]:
    """Articles of the same product code, by id; an article without one is alone."""
    rows = release.catalogue.variants(article.article_idx)
    first = max(0, int(np.searchsorted(rows, article.article_idx)) - MAX_VARIANTS // 2)
    return release.catalogue.articles(rows[first : first + MAX_VARIANTS])


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
    return ((title, value) for title, value in named if value and value != UNKNOWN)
