"""Configuration of the Milvus index."""

from typing import Literal

from pydantic import Field

from recsys_core.section import Section


class IndexConfig(Section):
    """Milvus."""

    uri: str | None = None
    """Server address; ``$MILVUS_URI`` wins. Null: a milvus-lite server on the workspace's own folder while a stage
    runs."""
    index_type: Literal["FLAT", "IVF_FLAT", "HNSW"] = "FLAT"
    """FLAT on Milvus Lite (its HNSW silently returns short lists under a filter); free on a server."""
    min_filtered_recall: float = Field(0.99, ge=0, le=1)
    """A release below this recall against exact search does not go live."""
