"""Column names of the H&M-shaped data, written once.

Outside ids (``article_id``, ``customer_id``) are strings; inside indices (``*_idx``) are int32 row
numbers of one snapshot. The two never mix.
"""

import math
from itertools import pairwise
from typing import Final

ARTICLE_ID: Final = "article_id"
CUSTOMER_ID: Final = "customer_id"
ARTICLE_IDX: Final = "article_idx"
CUSTOMER_IDX: Final = "customer_idx"
T_DAT: Final = "t_dat"
PRICE: Final = "price"
CHANNEL: Final = "sales_channel_id"
DAY: Final = "day"
BASKET_SHARE: Final = "basket_share"
PRODUCT_CODE: Final = "product_code"
POSTAL_CODE: Final = "postal_code"
REGION: Final = "region"
IN_STOCK: Final = "in_stock"

ARTICLE_COLUMNS: Final = (
    "article_id",
    "product_code",
    "prod_name",
    "product_type_no",
    "product_type_name",
    "product_group_name",
    "graphical_appearance_no",
    "graphical_appearance_name",
    "colour_group_code",
    "colour_group_name",
    "perceived_colour_value_id",
    "perceived_colour_value_name",
    "perceived_colour_master_id",
    "perceived_colour_master_name",
    "department_no",
    "department_name",
    "index_code",
    "index_name",
    "index_group_no",
    "index_group_name",
    "section_no",
    "section_name",
    "garment_group_no",
    "garment_group_name",
    "detail_desc",
)
"""Kaggle's 25 columns of ``articles.csv``, in file order."""

CUSTOMER_COLUMNS: Final = (
    "customer_id",
    "FN",
    "Active",
    "club_member_status",
    "fashion_news_frequency",
    "age",
    "postal_code",
)

TRANSACTION_COLUMNS: Final = (T_DAT, CUSTOMER_ID, ARTICLE_ID, PRICE, CHANNEL)

KEY_ATTRIBUTES: Final = (
    "product_type_name",
    "product_group_name",
    "graphical_appearance_name",
    "colour_group_name",
    "perceived_colour_master_name",
    "department_name",
    "index_name",
    "index_group_name",
    "section_name",
    "garment_group_name",
)
"""Article attributes over which preference patterns are counted."""

COLLECTION: Final = "index_group_name"
"""Attribute that shoppers know as a collection: Ladieswear, Menswear, ..."""

FACETS: Final = (
    "colour_group_name",
    "product_type_name",
    "product_group_name",
    "department_name",
    "section_name",
    "index_group_name",
    "graphical_appearance_name",
)
"""Attributes a shopper can filter by (price and stock come on top)."""

AGE_EDGES: Final = (20, 25, 30, 35, 40, 50, 60, 70)
"""Lower edges of the age intervals: ``-19``, ``20-24``, ... ``70+``; a null age is ``unknown``."""


def age_interval(age: float | None) -> str:
    """The label of the age interval that holds ``age`` (years); ``unknown`` for null."""
    if age is None or math.isnan(age):
        return "unknown"
    if age < AGE_EDGES[0]:
        return f"-{AGE_EDGES[0] - 1}"
    for low, high in pairwise(AGE_EDGES):
        if age < high:
            return f"{low}-{high - 1}"
    return f"{AGE_EDGES[-1]}+"


AGE_INTERVALS: Final = tuple(age_interval(edge) for edge in (AGE_EDGES[0] - 1, *AGE_EDGES))
"""All labels but ``unknown``, the youngest first."""
