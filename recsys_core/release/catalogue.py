"""The catalogue of a release as columns: articles with price and stock, and facets as codes."""

import logging
from collections.abc import Set
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys_core.contracts.columns import ARTICLE_COLUMNS, FACETS
from recsys_core.contracts.release import UNKNOWN
from recsys_core.store.artifacts import write_json

log = logging.getLogger(__name__)

MAX_VALUES = int(np.iinfo(np.int16).max)


def catalogue_table(
    articles: pa.Table,
    sold_within_days: int | None,
    images: Set[str],
    in_stock: NDArray[np.bool_] | None = None,
) -> pa.Table:
    """One row an article: ARTICLE_COLUMNS + CATALOGUE_EXTRA, in snapshot order.

    Parameters
    ----------
    articles
        ``articles/`` of a snapshot, sorted by ``article_idx``.
    sold_within_days
        In stock without an inventory feed: sold in that many days before the cut-off. None: everything is.
    images
        article_ids that have an image.
    in_stock
        (n_articles,) what the inventory feed says; None without one.
    """
    ids = articles.column("article_id").to_pylist()
    columns: dict[str, Any] = {name: _text(articles, name) for name in ARTICLE_COLUMNS}
    # Pages and links need some words for an article without a name.
    columns["prod_name"] = pc.if_else(pc.equal(columns["prod_name"], ""), columns["article_id"], columns["prod_name"])
    days_since_last = _numbers(articles, "days_since_last_sale")
    days_since_first = _numbers(articles, "days_since_first_sale")
    columns["price"] = prices(articles)
    columns["in_stock"] = _sold_within(days_since_last, sold_within_days) if in_stock is None else in_stock
    columns["sold_7d"] = _numbers(articles, "sold_7d").astype(np.int32)
    columns["sold_30d"] = _numbers(articles, "sold_30d").astype(np.int32)
    columns["days_since_first_sale"] = np.nan_to_num(days_since_first, nan=-1).astype(np.int32)
    columns["has_image"] = np.fromiter((one in images for one in ids), dtype=bool, count=len(ids))
    return pa.table(columns)


def prices(articles: pa.Table) -> NDArray[np.float64]:
    """Last seen price; the median of the product type for an article never sold, then of all, then 0."""
    last = pd.Series(_numbers(articles, "price_last"))
    product_type = pd.Series(articles.column("product_type_name").to_pandas()).fillna(UNKNOWN)
    of_type = last.groupby(product_type).transform("median")
    of_all = last.median() if last.notna().any() else 0.0
    return np.asarray(last.fillna(of_type).fillna(of_all), np.float64)


def _sold_within(days_since_last: NDArray[np.float64], days: int | None) -> NDArray[np.bool_]:
    if days is None:
        return np.ones(len(days_since_last), bool)
    return days_since_last <= days


def write_catalogue(table: pa.Table, folder: Path) -> None:
    """Write ``contracts.release.CATALOGUE`` into ``folder``.

    Raises
    ------
    ValueError
        If the rows are not in ascending, unique article_id order, or a facet has too many values.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ids = np.array([one.encode() for one in table.column("article_id").to_pylist()])
    if not np.all(ids[:-1] < ids[1:]):
        raise ValueError("articles are not sorted by article_id, or one stands twice: run `recsys features`")
    np.save(folder / "article_ids.npy", ids)
    with (
        pa.OSFile(str(folder / "articles.arrow"), "wb") as file,
        pa.ipc.new_file(file, table.schema) as writer,
    ):
        writer.write_table(table.combine_chunks())
    for name in FACETS:
        _write_facet(table.column(name), name, folder)
    log.info("catalogue: %d articles, %d in stock", len(ids), pc.sum(table.column("in_stock")).as_py() or 0)


def _write_facet(column: Any, name: str, folder: Path) -> None:
    codes, values = pd.factorize(column.to_numpy(), sort=True)
    if len(values) > MAX_VALUES:
        raise ValueError(f"{name} has {len(values)} values, a facet holds {MAX_VALUES}: map it to fewer")
    np.save(folder / f"facet_{name}.npy", codes.astype(np.int16))
    write_json(folder / f"facet_{name}.json", values.tolist())


def _text(articles: pa.Table, name: str) -> Any:
    column = articles.column(name).cast(pa.string())
    return pc.fill_null(column, UNKNOWN if name in FACETS else "")


def _numbers(articles: pa.Table, name: str) -> NDArray[np.float64]:
    """A column as float64, null as NaN."""
    column = articles.column(name).cast(pa.float64())
    return np.asarray(column.to_numpy(), dtype=np.float64)
