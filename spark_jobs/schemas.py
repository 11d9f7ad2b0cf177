"""Contract of a raw file: its columns, their kinds, and the value that stands in for an absent one."""

import datetime as dt
import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from recsys_core.contracts import columns as c
from recsys_core.contracts import orders

Kind = Literal[
    "text", "article_id", "customer_id", "day", "price", "channel", "number", "age", "name", "flag", "quantity"
]

DEFAULT_CHANNEL: Final = 2
"""Online: what a shop without channels is taken for."""
PRODUCT_CODE_LENGTH: Final = 7
"""An article id begins with its product code."""

LINE: Final = "_line"
TEXT: Final = "_text"
REASON: Final = "_reason"
"""Columns beside the data while a file is being checked: physical line, raw text, why it is bad (null: good)."""

FILE_NUMBER: Final = "_file_number"
"""Column of a view beside LINE: number of the file, in the order of the names, where the view has several. Where the
query hands it on, a row's text says the name of its file, and the first and the last rows of an id are told by it."""

QUANTITY: Final = "quantity"
"""Column that a mapping may give beside those of ``transactions``: number of pieces, each of which is a purchase."""
MAX_QUANTITY: Final = 100
"""Purchases that a line makes at most, unless its mapping says another number."""

FILE: Final = "_file"
"""Key of the file that a row stands in (``batches.file_key``): its name may change, and another file take it."""

LEFT_OUT: Final = "left out"
"""REASON of a row that the column mapping leaves out on purpose: not bad, not kept."""
COLUMN_COUNT: Final = "wrong number of columns"
UNKNOWN_ARTICLE: Final = "unknown article"
FUTURE_DATE: Final = "date in the future"

UTC: Final = "UTC"
EARLIEST_DAY: Final = dt.date(1990, 1, 1)
"""Older days are slips: no shop has purchases of before."""
MAX_PRICE: Final = 1e10
"""Sums of features are exact up to 900 million purchases at such a price."""
NULL_WORDS: Final = (
    *("", r"\N", "n/a", "N/A", "na", "NA", "nan", "NaN", "NAN", "nat", "NaT", "<NA>", "nil", "NIL"),
    *("none", "None", "NONE", "null", "Null", "NULL"),
)
"""Words by which programs write that a value is absent, as they are spelled: ``lower`` is slow in Spark."""


@dataclass(frozen=True)
class TableContract:
    """One table: its columns in order with their kinds, the required ones, and its id where rows are unique.

    A *feed* is a statement of now: only its latest file by name counts, older ones are not read.
    """

    name: str
    kinds: Mapping[str, Kind]
    required: tuple[str, ...]
    unique: tuple[str, ...] = ()
    file_pattern: str = ""
    optional: bool = False
    feed: bool = False
    counted: bool = False
    """True if a source may give QUANTITY."""

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.kinds)

    @property
    def mapped(self) -> tuple[str, ...]:
        """Columns that a mapping may give."""
        return (*self.columns, QUANTITY) if self.counted else self.columns

    @property
    def of_customers(self) -> bool:
        """True if a row belongs to a customer, who may have it erased."""
        return c.CUSTOMER_ID in self.kinds

    def require_columns(self, found: tuple[str, ...], source: "TableSource", file: str) -> None:
        """Raises ValueError if a required column, or one that the mapping names, is not in the file, or not clear."""
        for column, name in source.names.items():
            if name in found:
                similar = [other for other in found if other != name and other.casefold() == name.casefold()]
                if found.count(name) > 1 or similar:
                    others = ", ".join(map(repr, [name] * (found.count(name) - 1) + similar))
                    raise ValueError(
                        f"{file}: column {name!r} is not clear, since the header also has {others}: rename one of them"
                    )
            elif column in self.required or column in source.columns:
                raise ValueError(_missing(column, name, found, source, file))


def _missing(column: str, name: str, found: tuple[str, ...], source: "TableSource", file: str) -> str:
    similar = [other for other in found if other.casefold() == name.casefold()]
    similar += difflib.get_close_matches(name, [other for other in found if other], n=1)
    hint = f" Did you mean {similar[0]!r}?" if similar else ""
    listed = ", ".join(filter(None, found))
    if column in source.columns:
        key = f"[{source.contract.name}.columns] {column} = {name!r}"
        return f"{file} has no column {name!r}, which the mapping names: {key}. Columns found: {listed}.{hint}"
    return (
        f"{file}: required column {name!r} is missing; columns found: {listed}.{hint} Rename it in the file, or name "
        "it in a column mapping (--mapping)."
    )


ARTICLES: Final = TableContract(
    name="articles",
    kinds={name: "article_id" if name == c.ARTICLE_ID else "text" for name in c.ARTICLE_COLUMNS},
    required=(c.ARTICLE_ID,),
    unique=(c.ARTICLE_ID,),
    file_pattern="articles*",
)
CUSTOMERS: Final = TableContract(
    name="customers",
    kinds={
        c.CUSTOMER_ID: "customer_id",
        "FN": "number",
        "Active": "number",
        "club_member_status": "text",
        "fashion_news_frequency": "text",
        "age": "age",
        "postal_code": "text",
    },
    required=(c.CUSTOMER_ID,),
    unique=(c.CUSTOMER_ID,),
    file_pattern="customers*",
    optional=True,
)
TRANSACTIONS: Final = TableContract(
    name="transactions",
    kinds={
        c.T_DAT: "day",
        c.CUSTOMER_ID: "customer_id",
        c.ARTICLE_ID: "article_id",
        c.PRICE: "price",
        c.CHANNEL: "channel",
    },
    required=(c.T_DAT, c.CUSTOMER_ID, c.ARTICLE_ID, c.PRICE),
    file_pattern="transactions*",
    counted=True,
)
INVENTORY: Final = TableContract(
    name="inventory",
    kinds={c.ARTICLE_ID: "article_id", c.REGION: "name", c.IN_STOCK: "flag"},
    required=(c.ARTICLE_ID, c.REGION, c.IN_STOCK),
    unique=(c.ARTICLE_ID, c.REGION),
    file_pattern="inventory*",
    optional=True,
    feed=True,
)
REGIONS: Final = TableContract(
    name="regions",
    kinds={c.POSTAL_CODE: "name", c.REGION: "name"},
    required=(c.POSTAL_CODE, c.REGION),
    unique=(c.POSTAL_CODE,),
    file_pattern="regions*",
    optional=True,
    feed=True,
)
FEEDS: Final = (INVENTORY, REGIONS)
CONTRACTS: Final = (ARTICLES, CUSTOMERS, TRANSACTIONS, *FEEDS)


@dataclass(frozen=True)
class ViewFiles:
    """Files of a view that a query reads."""

    patterns: tuple[str, ...]
    """Globs for names of files, as of ``TableSource``."""
    columns: tuple[str, ...] = ()
    """Columns that have to be there; none listed: any."""
    optional_columns: tuple[str, ...] = ()
    """Columns that are null where a file lacks them."""
    optional: bool = False
    """True if the view may be without a file: it then has the listed columns and no row."""


@dataclass(frozen=True)
class TableSource:
    """Source of a table's rows and the format in which the shop writes them; the defaults are Kaggle's own layout."""

    contract: TableContract
    patterns: tuple[str, ...]
    """Globs for names of files in the raw and the incoming folder, without their endings (``files.py``)."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Our column -> the file's column, where they differ."""
    expressions: Mapping[str, str] = field(default_factory=dict)
    """Our column -> a Spark SQL expression over the file's own columns, all of them text."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Our column -> one value for every row."""
    where: str | None = None
    """Spark SQL condition over the file's own columns (all text); other rows are left out, not quarantined."""
    select: str | None = None
    """Spark SQL query over ``views``; its columns are called as ours."""
    views: Mapping[str, ViewFiles] = field(default_factory=dict)
    """Name of each view that ``select`` may read -> the files in it."""
    variables: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    """Values of the ``:names`` in ``select``."""
    distinct: bool | Literal["last"] = False
    """True for a dimension table read from purchase rows: of rows with one id the first, or the last, is kept, the rest
    left out."""
    max_quantity: int = MAX_QUANTITY
    """Rows that a row makes at most, by its QUANTITY."""
    date_formats: tuple[str, ...] = ()
    """Patterns of days, tried in this order; ISO 8601 is always understood."""
    decimal: str = "."
    """Character before the fraction of a number; a comma means that dots separate thousands."""
    separator: str | None = None
    """None: told by the first lines."""
    encoding: str | None = None
    """None: told by the first bytes."""
    time_zone: str = UTC
    """Zone in which an instant's day is taken."""
    ten_digits: bool = False
    """True where an article id has ten digits, as H&M's: shorter ones lost their zeros in a spreadsheet, and the first
    seven are the product code."""
    own: bool = False
    """Files of our own storefront: looked for in the incoming folder alone, where no other source reads them."""

    @property
    def names(self) -> dict[str, str]:
        """Our column -> the file's, for every column that is read from the file."""
        made = {*self.constants, *self.expressions}
        read = (*self.contract.columns, *({QUANTITY} & set(self.columns)))
        return {n: self.columns.get(n, n) for n in read if n not in made}

    @property
    def needs_all_columns(self) -> bool:
        """True if SQL may speak of any column of the file."""
        return bool(self.where or self.expressions or self.select)


def kaggle_sources() -> tuple[TableSource, ...]:
    return tuple(TableSource(contract, (contract.file_pattern,), ten_digits=True) for contract in CONTRACTS)


def order_sources() -> tuple[TableSource, ...]:
    """The storefront's orders: read beside every shop's own sources, in the one format of ``contracts/orders.py``."""
    return tuple(
        TableSource(TRANSACTIONS, (pattern,), separator=",", encoding="utf-8", own=True) for pattern in orders.PATTERNS
    )
