"""Suggestions of autocomplete: kinds of articles with how many there are, and products by name."""

import json
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys_core.contracts.release import MEANINGLESS, PHRASE_COLUMNS
from recsys_core.search.analysis import tokens, words

KINDS: Final[tuple[tuple[str, ...], ...]] = (
    ("product_type_name",),
    ("colour_group_name", "product_type_name"),
    ("index_group_name", "product_type_name"),
    ("section_name",),
    ("department_name",),
)
"""Columns whose values together are a phrase, in the order of the words; what is clicked is filtered by them."""
PRODUCT: Final = ("prod_name",)
KEY_BYTES: Final = 24
"""Bytes of a word by which typed beginnings are told apart."""


def write_phrases(articles: pa.Table, folder: Path) -> int:
    """Write ``phrases.arrow`` and the word index of ``contracts.release.SEARCH`` into ``folder``; how many there are.

    ``articles`` is the catalogue, one row an article.
    """
    phrases = phrase_table(articles)
    with pa.OSFile(str(folder / "phrases.arrow"), "wb") as file, pa.ipc.new_file(file, phrases.schema) as writer:
        writer.write_table(phrases.combine_chunks())
    keys = [
        (word.encode()[:KEY_BYTES], row)
        for row, text in enumerate(phrases.column("text").to_pylist())
        for word in dict.fromkeys(words(text))
    ]
    keys.sort()
    np.save(folder / "phrase_words.npy", np.array([key for key, _ in keys], dtype=f"S{KEY_BYTES}"))
    np.save(folder / "phrase_rows.npy", np.array([row for _, row in keys], dtype=np.int32))
    return int(phrases.num_rows)


def named_words(articles: pa.Table) -> list[str]:
    """The words of all kinds, colours and departments, ascending."""
    columns = dict.fromkeys(name for columns in KINDS for name in columns)
    values = {value for name in columns for value in pc.unique(articles.column(name)).to_pylist()}
    return sorted({word for value in values if value not in MEANINGLESS for word in words(value)})


def phrase_table(articles: pa.Table) -> pa.Table:
    """One row a phrase, ``PHRASE_COLUMNS``, most sold first.

    Of texts that differ in plurals or case alone only the first kind is kept. ``cover`` is the article that stands for
    it: in stock, with an image, most sold.
    """
    shown = pc.and_(articles.column("in_stock"), articles.column("has_image")).cast(pa.int8())
    ranked = articles.append_column("shown", shown)
    ranked = ranked.append_column("cover", pa.array(np.arange(articles.num_rows, dtype=np.int32)))
    ranked = ranked.sort_by([("shown", "descending"), ("sold_30d", "descending"), ("cover", "ascending")])
    tables = pa.concat_tables([_phrases(ranked, columns) for columns in (*KINDS, PRODUCT)])
    folded = [" ".join(tokens(text)) for text in tables.column("text").to_pylist()]
    first = np.unique(folded, return_index=True)[1]
    each_once = tables.take(pa.array(np.sort(first)))
    kinds_first = each_once.append_column("place", pa.array(np.arange(len(first))))
    ordered = kinds_first.sort_by([("sold", "descending"), ("count", "descending"), ("place", "ascending")])
    return ordered.select(PHRASE_COLUMNS)


def _phrases(ranked: pa.Table, columns: tuple[str, ...]) -> pa.Table:
    for name in columns:
        keep = pc.invert(pc.is_in(ranked.column(name), value_set=pa.array(MEANINGLESS)))
        ranked = ranked.filter(keep)
    aggregates = [("cover", "count"), ("cover", "first"), ("sold_30d", "sum")]
    grouped = ranked.group_by(list(columns), use_threads=False).aggregate(aggregates)
    values = [grouped.column(name).to_pylist() for name in columns]
    filters = {} if columns == PRODUCT else dict(zip(columns, values, strict=True))
    rows = range(grouped.num_rows)
    made = {
        "text": pa.array([" ".join(column[row] for column in values) for row in rows], pa.string()),
        "filters": pa.array([json.dumps({name: filters[name][row] for name in filters}) for row in rows], pa.string()),
        "count": grouped.column("cover_count").cast(pa.int32()),
        "cover": grouped.column("cover_first").cast(pa.int32()),
        "sold": grouped.column("sold_30d_sum").cast(pa.int64()),
    }
    return pa.table({name: made[name] for name in PHRASE_COLUMNS})
