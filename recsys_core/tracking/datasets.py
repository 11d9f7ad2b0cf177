"""Datasets of runs: what was learned from, by digest and counts. Where the data lie is the workspace's matter."""

import json
from collections.abc import Mapping
from typing import Any, Final

from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.meta_dataset import MetaDataset

from recsys_core.store.artifacts import Artifact

PROFILE: Final = ("transactions", "customers", "articles", "first_day", "last_day")
"""Counts of the tables that a run keeps beside their digest."""
IMAGE_COUNTS: Final = ("images", "learned", "validated", "held_out")
"""Counts of the images that an encoder of our own was trained on."""
MAX_DIGEST: Final = 36


class CountedDataset(MetaDataset):
    """A dataset of which MLflow keeps the digest and some counts."""

    def __init__(self, name: str, digest: str, counts: Mapping[str, Any], source: Mapping[str, str]) -> None:
        self._counts = dict(counts)
        super().__init__(CodeDatasetSource(tags=dict(source)), name=name, digest=digest[:MAX_DIGEST])

    @property
    def profile(self) -> dict[str, Any]:
        return self._counts

    def to_dict(self) -> dict[str, str]:
        return {**super().to_dict(), "profile": json.dumps(self.profile)}


def tables_dataset(tables: Artifact) -> CountedDataset:
    """The tables that a run learned from."""
    source = {"tables": tables.key, "content_sha256": tables.content_sha256}
    return CountedDataset("tables", tables.content_sha256, _noted(tables, PROFILE), source)


def images_dataset(encoder: Artifact) -> CountedDataset:
    """The images that an encoder of our own was trained on."""
    source = {"encoder": encoder.key, **{name: encoder.record["inputs"][name] for name in ("images", "articles")}}
    return CountedDataset("images", source["images"], _noted(encoder, IMAGE_COUNTS), source)


def _noted(artifact: Artifact, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: artifact.summary[name] for name in names if name in artifact.summary}
