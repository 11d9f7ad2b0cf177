"""Design A's ranker: embeddings and standardised numbers through one dense layer to a probability."""

from recsys_core.ranking.dnn.ranker import DnnRanker

__all__ = ["DnnRanker"]
