"""Contents of a feature snapshot as of a cut-off date D. Spark writes it; retrievers and rankers learn from it.

A snapshot folder has two Parquet tables and the arrays of the customers' histories, and sees only days < D. Row
numbers are its own: customers are all known customers (profile, or a purchase before D) sorted by ``customer_id``;
articles are all articles sorted by ``article_id``. So appending rows dated >= D changes no byte of it.

``customers/``   one row a customer, sorted by customer_idx   (CUSTOMER_SNAPSHOT)
``articles/``    one row an article, sorted by article_idx    (ARTICLE_SNAPSHOT + ARTICLE_COLUMNS)
``arrays/``      what each customer bought, to be memory-mapped, classes of ``features/arrays.py``:
                 ``purchases/`` (Purchases), ``preferences/<attribute>/`` (Preference) for each of KEY_ATTRIBUTES,
                 ``history/article/`` and ``history/product/`` (History); ``<field>.npy`` each
"""

from typing import Final, Literal

Group = Literal["customer", "demand", "article", "preference", "consistency", "own_history", "retrieval"]
"""Groups of the features that a ranker sees of a customer-candidate pair."""

WINDOWS: Final = (1, 3, 7, 14, 30, 90)
"""Look-back windows in days: window w covers the days D-w .. D-1."""

SPANS: Final = (*(f"{w}d" for w in WINDOWS), "last", "all")
"""Every stretch of a customer's history that is counted: the windows, the customer's last shopping day wherever it
lies (feeds have holes and people pause), and the whole history."""

SALES_GROUPS: Final = {
    "product_type": "product_type_name",
    "colour_group": "colour_group_name",
    "department": "department_name",
    "product_code": "product_code",
    "section": "section_name",
    "garment_group": "garment_group_name",
    "index_group": "index_group_name",
    "graphical_appearance": "graphical_appearance_name",
}
"""Prefix of a ``<prefix>_sold_<w>d`` column -> the attribute whose whole value is counted."""

SALES_GROUP_WINDOWS: Final = (3, 7, 30)

DIVERSITY_ATTRIBUTES: Final = ("product_type_name", "colour_group_name", "department_name", "index_group_name")
"""Attributes whose distinct values a customer's history is counted by."""

CUSTOMERS: Final = "customers"
ARTICLES: Final = "articles"
ARRAYS: Final = "arrays"

CUSTOMER_PROFILE: Final = {
    "customer_idx": "int32",
    "customer_id": "string",
    "club_member_status": "string",  # null when unknown
    "fashion_news_frequency": "string",  # "NONE"/"None" -> "NONE"
    "age": "float32",  # null when unknown
    "age_interval": "string",  # contracts.columns.age_interval, "unknown" when null
    "postal_code": "string",
    "fn": "float32",  # 1.0 or null in the raw data -> 1.0 or 0.0
    "active": "float32",
    "has_profile": "bool",  # stands in customers.csv
}
CUSTOMER_HISTORY: Final = {
    **{f"articles_{w}d": "int32" for w in WINDOWS},
    **{f"spend_{w}d": "float64" for w in WINDOWS},  # scaled units, summed exactly
    "articles_all": "int32",
    "spend_all": "float64",
    "shopping_days_all": "int32",  # distinct days with a purchase
    "days_since_last": "int32",  # 1 = the day before D; null without history
    "days_since_first": "int32",
    "articles_last": "int32",  # units on the last shopping day
    "median_price_7d": "float64",  # null without purchases in the window
    "median_price_30d": "float64",
    "median_price_90d": "float64",
    "median_price_last": "float64",
    "median_price_all": "float64",
    "min_price_all": "float64",
    "max_price_all": "float64",
    "online_share_all": "float64",  # share of purchases with sales_channel_id 2; null without history
    "online_share_30d": "float64",
    "online_share_last": "float64",
    "children_share_all": "float64",  # share of purchases in index_group_name "Baby/Children"
    "distinct_articles_all": "int32",
    **{f"distinct_{name}_all": "int32" for name in DIVERSITY_ATTRIBUTES},
}
CUSTOMER_SNAPSHOT: Final = {**CUSTOMER_PROFILE, **CUSTOMER_HISTORY}

ARTICLE_HISTORY: Final = {
    "article_idx": "int32",
    **{f"sold_{w}d": "int32" for w in WINDOWS},
    "sold_all": "int32",
    # sums of basket_share: every basket has one vote, split evenly among its articles
    **{f"votes_{w}d": "float64" for w in WINDOWS},
    "votes_all": "float64",
    "buyers_7d": "int32",  # distinct customers
    "buyers_30d": "int32",
    "buyers_all": "int32",
    "repeat_buyers_all": "int32",  # customers who bought it on two days or more
    "days_since_last_sale": "int32",  # 1 = the day before D; null if never sold
    "days_since_first_sale": "int32",
    "price_last": "float64",  # mean price of its latest day of sale; null if never sold
    "price_mean_7d": "float64",  # null if not sold in the window
    "price_mean_30d": "float64",
    "price_mean_all": "float64",
    "price_max_all": "float64",
    "online_share_7d": "float64",
    "online_share_30d": "float64",
    "online_share_all": "float64",
    "buyer_age_mean": "float64",  # over purchases whose buyer's age is known
    # units of its whole product type, and so on
    **{f"{group}_sold_{w}d": "int32" for group in SALES_GROUPS for w in SALES_GROUP_WINDOWS},
}
