"""Files by which the storefront hands orders to the pipeline, and by which ingest confirms them.

``incoming/shop_orders_*.csv``: COLUMNS, a row an item. No shop's layout or column mapping changes how they are read.
The order number makes two files with the same purchases differ, because ingest knows a file by its checksum.

``receipts/orders.json``: ``{"tables": key, "files": {file name: entry}}``; an entry holds the result for a file.
"""

from fnmatch import fnmatch
from typing import Final, NotRequired, TypedDict

from recsys_core.contracts.columns import ARTICLE_ID, CHANNEL, CUSTOMER_ID, PRICE, T_DAT

ORDER_NUMBER: Final = "order_number"
COLUMNS: Final = (ORDER_NUMBER, T_DAT, CUSTOMER_ID, ARTICLE_ID, PRICE, CHANNEL)
"""``t_dat``: ISO day; ``price``: of one item, scaled units; ``sales_channel_id``: ONLINE."""
ONLINE: Final = 2
PREFIX: Final = "shop_orders_"
FORMER_PREFIX: Final = "transactions_orders_"
"""Prefix of former versions' files, which have no order number and are still read."""
FORMER_COLUMNS: Final = COLUMNS[1:]
PATTERNS: Final = (f"{PREFIX}*.csv", f"{FORMER_PREFIX}*.csv")


class FileReceipt(TypedDict):
    """Result of ingesting a file of orders."""

    sha256: str
    """Digest of the content that was read."""
    problems: dict[str, str]
    """Reasons why rows are in quarantine, by line of the file (from 1 on, counting the header)."""
    duplicate_of: NotRequired[str]
    """Name of a file with the same bytes, which was read instead."""
    refused: NotRequired[str]
    """Reason why nothing of the file was read."""


def is_order_file(name: str) -> bool:
    """Returns True if a file in ``incoming/`` holds orders, by its name."""
    return any(fnmatch(name, pattern) for pattern in PATTERNS)


def columns_of(name: str) -> tuple[str, ...]:
    """The columns of an order file, by its name."""
    return FORMER_COLUMNS if name.startswith(FORMER_PREFIX) else COLUMNS
