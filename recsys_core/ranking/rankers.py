"""The set of rankers, by name."""

from collections.abc import Mapping
from pathlib import Path

from recsys_core.ranking.base import Ranker
from recsys_core.ranking.blend import BlendRanker
from recsys_core.ranking.dnn import DnnRanker
from recsys_core.ranking.lightgbm import LightGbmRanker
from recsys_core.store.artifacts import Artifact, check_files

RANKERS: Mapping[str, type[Ranker]] = {ranker.name: ranker for ranker in (DnnRanker, LightGbmRanker, BlendRanker)}


def load_ranker(trained: Artifact) -> Ranker:
    """Loads a ranker that ``recsys train-ranker`` trained.

    Raises
    ------
    DamagedArtifactError
        If a file changed since it was trained.
    """
    check_files(trained, "recsys train-ranker")
    return RANKERS[Path(trained.kind).name].load(trained.path)
