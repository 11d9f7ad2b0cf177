"""The catalogue of a release: rows of a memory-mapped Arrow file, found by id, filtered by facets."""

from collections.abc import Iterable, Mapping, Set
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from recsys_core.contracts.columns import ARTICLE_COLUMNS, COLLECTION
from recsys_core.contracts.release import CATALOGUE_EXTRA, UNKNOWN
from recsys_core.serving.arrays import Int32, find_id, map_array
from recsys_core.serving.facets import FacetIndex, FacetPage, FacetSelection
from recsys_core.serving.tables import map_rows, take_rows

MAX_CACHED_ARTICLES = 4096
"""Articles that a process holds as it read them; the popular ones are shown again and again."""
ROW_COLUMNS = (*ARTICLE_COLUMNS, *CATALOGUE_EXTRA)


class Article(NamedTuple):
    """One article. Attributes are the shop's own strings; an empty string where the shop has none."""

    article_idx: int
    article_id: str
    product_code: str
    prod_name: str
    product_type_no: str
    product_type_name: str
    product_group_name: str
    graphical_appearance_no: str
    graphical_appearance_name: str
    colour_group_code: str
    colour_group_name: str
    perceived_colour_value_id: str
    perceived_colour_value_name: str
    perceived_colour_master_id: str
    perceived_colour_master_name: str
    department_no: str
    department_name: str
    index_code: str
    index_name: str
    index_group_no: str
    index_group_name: str
    section_no: str
    section_name: str
    garment_group_no: str
    garment_group_name: str
    detail_desc: str
    price: float
    """Scaled units, as in the transactions."""
    in_stock: bool
    sold_7d: int
    sold_30d: int
    days_since_first_sale: int
    """-1 if never sold."""
    has_image: bool


class Catalogue:
    """All articles of a release; ``article_idx`` is the row."""

    def __init__(self, folder: Path) -> None:
        self._rows = map_rows(folder / "articles.arrow", ROW_COLUMNS)
        self.article_ids: NDArray[np.bytes_] = map_array(folder / "article_ids.npy")
        self.all_idx: Int32 = np.arange(self.size, dtype=np.int32)
        self.price: NDArray[np.float64] = self._numbers("price")
        self.in_stock: NDArray[np.bool_] = self._numbers("in_stock")
        self.sold_7d: Int32 = self._numbers("sold_7d")
        self.sold_30d: Int32 = self._numbers("sold_30d")
        self.days_since_first_sale: Int32 = self._numbers("days_since_first_sale")
        self._facets = FacetIndex(folder, self.price, self.in_stock)
        self.all_idx.flags.writeable = False
        self._kept: dict[int, Article] = {}

    @property
    def size(self) -> int:
        return cast(int, self._rows.num_rows)

    def index_of(self, article_id: str) -> int | None:
        """The row of an article id, or None if the release does not know it."""
        return find_id(self.article_ids, article_id)

    @cached_property
    def _product_codes(self) -> Int32:
        """(n_articles,) a number for each product_code."""
        encoded = self._rows.column("product_code").dictionary_encode()
        return cast(Int32, fixed_width_values(encoded.indices, "int32"))

    def variants(self, idx: int) -> Int32:
        """Rows of the articles with the same product_code, ascending, this one among them; it alone without a code."""
        if not self._rows.column("product_code")[idx].as_py():
            return np.array([idx], np.int32)
        return np.flatnonzero(self._product_codes == self._product_codes[idx]).astype(np.int32)

    def article(self, idx: int) -> Article:
        """One article.

        Raises
        ------
        IndexError
            If ``idx`` is no row of this catalogue.
        """
        return self.articles([idx])[0]

    def articles(self, idxs: Iterable[int] | NDArray[np.integer[Any]]) -> list[Article]:
        """Articles in the order of ``idxs``; raises IndexError for a row that does not exist."""
        rows = np.fromiter(idxs, dtype=np.int64)
        if len(rows) and not 0 <= rows.min() <= rows.max() < self.size:
            raise IndexError(f"article_idx {rows.min()}..{rows.max()} outside 0..{self.size - 1}")
        wanted, kept = rows.tolist(), self._kept
        fresh = self._read([idx for idx in dict.fromkeys(wanted) if idx not in kept])
        if len(fresh) > MAX_CACHED_ARTICLES:
            kept = kept | fresh
        elif fresh and len(kept) + len(fresh) > MAX_CACHED_ARTICLES:
            self._kept = fresh
            kept = kept | fresh
        else:
            kept.update(fresh)
        return [kept[idx] for idx in wanted]

    def _read(self, idxs: list[int]) -> dict[int, Article]:
        rows = take_rows(self._rows, np.array(idxs, np.int64)) if idxs else iter(())
        return {idx: Article(idx, *row) for idx, row in zip(idxs, rows, strict=True)}

    def name(self, idx: int) -> str:
        """The name of one article, without reading the rest of its row."""
        kept = self._kept.get(idx)
        return kept.prod_name if kept else cast(str, self._rows.column("prod_name")[idx].as_py())

    def collection(self, idx: int) -> str:
        """The index group of one article; empty where the shop has none."""
        facet = self._facets.facets[COLLECTION]
        value = facet.values[facet.codes[idx]]
        return "" if value == UNKNOWN else value

    def facet(self, candidates: NDArray[np.integer[Any]], selection: FacetSelection) -> FacetPage:
        """Filter candidates by a selection and count what each facet value would leave."""
        return self._facets.page(candidates, selection)

    def facet_values(self, name: str) -> list[str]:
        """All values of a facet, ascending."""
        return list(self._facets.facets[name].values)

    def has_value(self, name: str, values: Set[str]) -> NDArray[np.bool_]:
        """(n_articles,) whether the article's value of a facet is among these."""
        facet = self._facets.facets[name]
        return facet.chosen(values)[facet.codes]

    def weights_by_value(self, name: str, weights: Mapping[str, float], idxs: Int32) -> NDArray[np.float32]:
        """(len(idxs),) the weight of each article's value of a facet, 1 for a value without one."""
        facet = self._facets.facets[name]
        by_code = np.array([weights.get(value, 1.0) for value in facet.values], np.float32)
        return by_code[facet.codes[idxs]]

    def matching(self, candidates: NDArray[np.integer[Any]], selection: FacetSelection) -> Int32:
        """The candidates that a selection leaves, in their order, without counting anything."""
        return self._facets.matching(candidates, selection)

    def facet_codes(self, name: str) -> NDArray[np.int16]:
        """(n_articles,) positions in ``facet_values(name)``."""
        return self._facets.facets[name].codes

    def _numbers(self, name: str) -> NDArray[Any]:
        column = self._rows.column(name)
        written = "float32" if str(column.type) == "float" else CATALOGUE_EXTRA[name]  # prices of former versions
        return fixed_width_values(column, written).astype(CATALOGUE_EXTRA[name], copy=False)


def fixed_width_values(column: Any, dtype: str) -> NDArray[Any]:
    """An Arrow array without nulls as numpy of ``dtype``; numbers share its memory.

    By its buffers, because pyarrow's own conversion imports pandas where it is installed.
    """
    _, values = column.buffers()
    part = slice(column.offset, column.offset + len(column))
    if dtype == "bool":
        bits = np.unpackbits(np.frombuffer(values, np.uint8), bitorder="little")
        return bits[part].astype(bool)
    return np.frombuffer(values, dtype)[part]
