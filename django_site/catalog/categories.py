"""The shop's tree of categories: collections (index groups) and their departments, with readable addresses."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.urls import reverse
from django.utils.text import slugify

from catalog.listing import Indices
from catalog.per_release import per_release
from catalog.rows import Row, make_row
from recsys_core.contracts.columns import COLLECTION
from recsys_core.serving import Article, FacetSelection, Release

DEPARTMENT = "department_name"
COVER_CANDIDATES = 48
POPULAR_ROWS = 4


@dataclass(frozen=True)
class Category:
    name: str
    slug: str
    count: int
    parent: "Category | None" = None

    def __str__(self) -> str:
        return self.name

    @cached_property
    def url(self) -> str:
        if self.parent is None:
            return reverse("catalog:collection", args=[self.slug])
        return reverse("catalog:department", args=[self.parent.slug, self.slug])

    @property
    def fixed(self) -> dict[str, frozenset[str]]:
        """The facet values that make this category."""
        if self.parent is None:
            return {COLLECTION: frozenset({self.name})}
        return {**self.parent.fixed, DEPARTMENT: frozenset({self.name})}


@per_release
def popularity_order(release: Release) -> Indices:
    """All articles, most sold of the last week first, then of the month, then the most lately introduced."""
    catalogue = release.catalogue
    age = catalogue.days_since_first_sale.astype(np.int64)
    age = np.where(age < 0, np.iinfo(np.int64).max, age)
    return np.lexsort((age, -catalogue.sold_30d, -catalogue.sold_7d)).astype(np.int32)


@per_release
def collections(release: Release) -> list[Category]:
    """All collections, largest first."""
    return _categories(release.catalogue.facet(release.catalogue.all_idx, FacetSelection()).counts[COLLECTION])


@per_release
def departments(release: Release, group: Category) -> list[Category]:
    page = release.catalogue.facet(release.catalogue.all_idx, FacetSelection(group.fixed))
    return _categories(page.counts[DEPARTMENT], group)


@per_release
def articles_in(release: Release, category: Category) -> Indices:
    """The category's articles, most popular first."""
    return release.catalogue.facet(popularity_order(release), FacetSelection(category.fixed)).article_idx


@per_release
def popular_rows(release: Release) -> list[Row]:
    """Rows of the best-selling articles in stock, one for each of the largest collections."""
    rows = []
    for category in collections(release)[:POPULAR_ROWS]:
        best = articles_in(release, category)
        best = best[release.catalogue.in_stock[best]]
        title = f"Popular in {category}"
        rows.append(make_row(release, "popular", title, best, category.url, name=category.slug))
    return [row for row in rows if row]


def find_collection(release: Release, slug: str) -> Category | None:
    return next((category for category in collections(release) if category.slug == slug), None)


def find_department(release: Release, group: Category, slug: str) -> Category | None:
    return next((category for category in departments(release, group) if category.slug == slug), None)


def categories_of(release: Release, article: Article) -> list[Category]:
    """The way down to an article: its collection and department."""
    group = next((c for c in collections(release) if c.name == article.index_group_name), None)
    if group is None:
        return []
    below = (c for c in departments(release, group) if c.name == article.department_name)
    return [group, *below]


def _categories(counts: Sequence[tuple[str, int]], parent: Category | None = None) -> list[Category]:
    """Categories with unique slugs ("Jersey fancy" and "Jersey Fancy" both exist)."""
    taken: dict[str, int] = {}
    made = []
    for name, count in counts:
        if not count:
            continue
        slug = slugify(name.replace("/", " ")) or "other"
        taken[slug] = taken.get(slug, 0) + 1
        number = f"-{taken[slug]}" if taken[slug] > 1 else ""
        made.append(Category(name, slug + number, count, parent))
    return made


@per_release
def _cover_articles(release: Release) -> dict[str, Article]:
    """Per collection its most popular article, one with an image where there is any."""
    covers = {}
    for category in collections(release):
        best = release.catalogue.articles(articles_in(release, category)[:COVER_CANDIDATES])
        covers[category.name] = next((a for a in best if a.has_image), best[0])
    return covers


def with_images(release: Release, shown: Sequence[Category]) -> list[tuple[Category, Article]]:
    """Collections with the article that stands for each."""
    covers = _cover_articles(release)
    return [(category, covers[category.name]) for category in shown]
