"""Names of all retrievers, used by the configuration, the versions and the descriptions of DAGs."""

from typing import Final, Literal, get_args

Retriever = Literal[
    "two_tower",
    "popular",
    "repurchase",
    "also_bought",
    "similar_purchases",
    "similar_attributes",
    "similar_images",
    "new_articles",
]
RETRIEVERS: Final[tuple[Retriever, ...]] = get_args(Retriever)
IMAGE_RETRIEVERS: Final[tuple[Retriever, ...]] = ("two_tower", "similar_images", "new_articles")
"""Retrievers that read image embeddings."""
