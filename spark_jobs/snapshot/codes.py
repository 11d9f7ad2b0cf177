"""Attributes of the articles as numbers, for the tasks: written once, read by each."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa

from recsys_core.contracts.columns import ARTICLE_ID, KEY_ATTRIBUTES, PRODUCT_CODE
from recsys_core.features.snapshot import UNKNOWN, article_codes
from spark_jobs.snapshot.histories import Bools, Ints

CHILDREN = "Baby/Children"
CHILDREN_ATTRIBUTE = "index_group_name"


@dataclass(frozen=True)
class ArticleCodes:
    """Of all articles, sorted by article_id."""

    codes: Ints
    """(n_attributes + 1, n_articles): codes into the sorted values of KEY_ATTRIBUTES, and of the product codes."""
    unknown: Ints
    """(n_attributes + 1,) code of ``unknown``, -1 where all is known."""
    children: Bools
    """(n_articles,) children's wear."""

    @classmethod
    def of(cls, articles: pa.Table) -> Self:
        found = [article_codes(articles[name], name, articles[ARTICLE_ID]) for name in (*KEY_ATTRIBUTES, PRODUCT_CODE)]
        unknown = [codes.values.index(UNKNOWN) if UNKNOWN in codes.values else -1 for codes in found]
        groups = found[KEY_ATTRIBUTES.index(CHILDREN_ATTRIBUTE)]
        children = groups.values.index(CHILDREN) if CHILDREN in groups.values else -1
        codes = np.stack([each.codes for each in found])
        return cls(codes, np.array(unknown, np.int32), groups.codes == children)

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("codes", "unknown", "children")))

    def save(self, folder: Path) -> None:
        folder.mkdir()
        for name in ("codes", "unknown", "children"):
            np.save(folder / f"{name}.npy", getattr(self, name), allow_pickle=False)

    @property
    def n_articles(self) -> int:
        return len(self.children)

    @property
    def product(self) -> Ints:
        """Product of each article, (n_articles,)."""
        products: Ints = self.codes[-1]
        return products
