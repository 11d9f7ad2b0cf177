"""File layout of a release: what publish writes and the storefront reads. One folder, one manifest."""

from typing import Final

MANIFEST: Final = "manifest.json"
FIRST_RELEASE: Final = "first_release"
"""Key of the manifest: true for a release from counting retrievers alone, made before anything was trained."""
TABLES_MADE_AT: Final = "tables_made_at"
"""Key of the manifest's ``data``: when the tables were made that the release was made from, in UTC."""
POINTER: Final = "live.json"
"""Object of a release store that names the live release (``store/release_store.py``)."""
RECOMMENDATIONS: Final = "recommendations.parquet"

LISTS: Final = "lists"
"""``customer_ids.npy`` fixed-width bytes, ascending; ``article_idx.npy`` int32 (n, k), -1 pads; ``reasons.npy`` uint8
(n, k), codes into ``reasons.json``; ``source_purchases.npy`` int32 (n, k), the purchase that a reason is about, -1
where it is about none. Read row by row; found by binary search."""

SECOND: Final = "second"
"""A folder with ``LISTS`` and ``RECOMMENDATIONS`` of a second ranker for the storefront's experiment; the manifest's
``second_ranker`` says which. Absent without ``lists.second_ranker``."""

CATALOGUE: Final = "catalogue"
"""``articles.arrow`` (Arrow IPC file, uncompressed, one row per article_idx: ARTICLE_COLUMNS + CATALOGUE_EXTRA)
``article_ids.npy`` the ids as fixed-width bytes, ascending; and per facet ``facet_<column>.npy`` int16 codes
(n_articles,) with ``facet_<column>.json`` the values."""

CATALOGUE_EXTRA: Final = {
    "price": "float64",  # the data's units; last seen price, median of its product type if never sold
    "in_stock": "bool",
    "sold_7d": "int32",
    "sold_30d": "int32",
    "days_since_first_sale": "int32",  # -1 if never sold
    "has_image": "bool",
}

UNKNOWN: Final = "Unknown"
"""Facet value of a null attribute; H&M's own word for it."""

MEANINGLESS: Final = ("", UNKNOWN, "Undefined", "Other")
"""Facet values that no shopper asks for."""

RELATED: Final = "related"
"""``<relation>.npy`` int32 (n_articles, 24): the in-stock articles in that relation, nearest first, -1 pads. A relation
without a source (no images, no history) has no file."""

RELATIONS: Final = (
    "similar",  # nearest by two-tower vector; in a first release by who bought them and by attributes
    "same_look",  # nearest by image
    "same_style",  # nearest by attributes
    "also_bought",  # bought by the same customers
    "goes_with",  # of another kind, bought on the same day
)

FALLBACKS: Final = "fallbacks.json"
"""{"global": [article_id...], "newest": [...], "segments": {"age_interval=20-24": [...], ...}}, best first."""

LEDGER: Final = "ledger.json"
"""Effects of the business rules on the lists: {"rules": [{"name", "on", "why"}...] of every rule in its order,
"customers", "candidates", "refilled" and "relaxed" by segment, "dropped" by rule and segment}."""

SEARCH: Final = "search"
"""TF-IDF as arrays: ``data.npy, indices.npy, indptr.npy`` (postings: terms x articles, CSR, float32, each
article L2-normalised), ``idf.npy``, ``vocabulary.json``, ``settings.json``; ``name_indices.npy, name_indptr.npy`` (CSR:
the articles that have a term in their name). No pickle. For spelling ``words.json`` (words as they are written ->
articles that hold one), ``named_words.json`` (those of kinds, colours, departments) and ``plain_words.json`` (common
words of the shoppers' language).
For autocomplete ``phrases.arrow`` (PHRASE_COLUMNS, most sold first) with its word index: ``phrase_words.npy``
fixed-width bytes, ascending, ``phrase_rows.npy`` int32."""

PHRASE_COLUMNS: Final = ("text", "filters", "count", "cover", "sold")
"""Columns of an offered phrase: its text, the facet values that find it as JSON (none for a product's name), the number
of articles found, the article_idx whose image stands for it, and units sold in 30 days."""

INDEX: Final = "index.json"
"""The Milvus collection that belongs to the release and how to search it: {"collections": {"articles": name},
"dim", "metric_type", "index_type", "search_params"}; ``manifest["milvus"]`` adds the checks it passed. "images",
where images are embedded: {"encoder": their model, "milvus": the same of the collection "images"}. Absent in a
release without vector search."""

DEMO_CUSTOMERS: Final = "demo_customers.json"
"""About a dozen customers of different kinds for the demo logins: [{"customer_id", "kind", "age_interval",
"purchases"}...]."""

REASONS: Final = (
    "popular",  # popular with customers like you
    "repurchase",  # you bought it before
    "also_bought",  # bought by customers who bought what you bought
    "two_tower",  # matches your taste
    "fallback",  # refill
    "similar_purchases",  # bought by the same customers as what you bought
    "similar_attributes",  # similar to what you bought
    "similar_images",  # looks like what you bought
    "new_articles",  # new in
)
"""Reasons for an article to be on a list: the retriever that ranked it highest. Codes are positions; append only."""

OF_PURCHASES: Final = ("also_bought", "similar_purchases", "similar_attributes", "similar_images")
"""Reasons that are about one of the customer's purchases; ``source_purchases.npy`` names it."""
