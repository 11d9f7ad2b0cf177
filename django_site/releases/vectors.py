"""The process's connection to the vectors of a release in Milvus."""

from functools import lru_cache

from django.conf import settings

from recsys_core.serving.vectors import VectorSearch


@lru_cache(maxsize=4)
def vector_search(uri: str) -> VectorSearch | None:
    """The one connection of this process; None without an address."""
    return VectorSearch(uri, settings.MILVUS_TOKEN) if uri else None
