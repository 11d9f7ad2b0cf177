"""Contract of a raw file: its columns, their kinds, and the value that stands in for an absent one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from recsys_core.contracts import columns as c
from recsys_core.contracts import orders

Kind = Literal["text", "article_id", "customer_id", "day", "price", "channel", "number", "age", "name", "flag"]

DEFAULT_CHANNEL: Final = 2
"""Online: what a shop without channels is taken for."""
PRODUCT_CODE_LENGTH: Final = 7
"""An article id begins with its product code."""

LINE: Final = "_line"
TEXT: Final = "_text"
REASON: Final = "_reason"
"""Columns beside the data while a file is being checked: physical line, raw text, why it is bad (null: good)."""

FILE: Final = "_file"
"""Key of the file that a row stands in (``batches.file_key``): its name may change, and another file take it."""

LEFT_OUT: Final = "left out"
"""REASON of a row that the column mapping leaves out on purpose: not bad, not kept."""
COLUMN_COUNT: Final = "wrong number of columns"
UNKNOWN_ARTICLE: Final = "unknown article"
FUTURE_DATE: Final = "date in the future"


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

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.kinds)

    @property
    def of_customers(self) -> bool:
        """True if a row belongs to a customer, who may have it erased."""
        return c.CUSTOMER_ID in self.kinds

    def require_columns(self, found: tuple[str, ...], names: Mapping[str, str], file: str) -> None:
        """Stop if a required column is not in the file.

        ``names`` maps our column to the file's. Raises ValueError naming column, file and what was found.
        """
        missing = [names[column] for column in self.required if column in names and names[column] not in found]
        if missing:
            raise ValueError(
                f"{file}: required column {', '.join(map(repr, missing))} is missing; columns found: "
                f"{', '.join(found)}. Rename it in the file, or name it in a column mapping (--mapping)."
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
class TableSource:
    """Source of a table's rows and the format in which the shop writes them; the defaults are Kaggle's own layout."""

    contract: TableContract
    pattern: str
    """File name glob in the raw and the incoming folder."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Our column -> the file's column, where they differ."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Our column -> one value for every row."""
    where: str | None = None
    """Spark SQL condition over the file's own columns (all strings); other rows are left out, not quarantined."""
    distinct: bool = False
    """True for a dimension table read from purchase rows: of rows with one id the first is kept, the rest left out."""
    date_format: str = "yyyy-MM-dd"
    separator: str = ","
    encoding: str = "utf-8"
    any_article_id: bool = False
    """Article ids may be any text of up to 10 characters, padded with zeros; else 10 digits."""
    own: bool = False
    """Files of our own storefront: looked for in the incoming folder alone, where no other source reads them."""

    @property
    def names(self) -> dict[str, str]:
        """Our column -> the file's, for every column that is read from the file."""
        return {n: self.columns.get(n, n) for n in self.contract.columns if n not in self.constants}


def kaggle_sources() -> tuple[TableSource, ...]:
    return tuple(TableSource(contract, contract.file_pattern) for contract in CONTRACTS)


def order_sources() -> tuple[TableSource, ...]:
    """The storefront's orders: read beside every shop's own sources, in the one format of ``contracts/orders.py``."""
    return tuple(TableSource(TRANSACTIONS, pattern, any_article_id=True, own=True) for pattern in orders.PATTERNS)
