"""The set of rankers, by name."""

from collections.abc import Mapping

from recsys_core.ranking.base import Ranker
from recsys_core.ranking.blend import BlendRanker
from recsys_core.ranking.dnn import DnnRanker
from recsys_core.ranking.lightgbm import LightGbmRanker

RANKERS: Mapping[str, type[Ranker]] = {ranker.name: ranker for ranker in (DnnRanker, LightGbmRanker, BlendRanker)}
