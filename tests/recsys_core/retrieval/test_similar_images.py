from pathlib import Path

import numpy as np
import pytest

from recsys_core.config import Config
from recsys_core.features.images import EMBEDDING_LENGTH, ImageEmbeddings
from recsys_core.features.snapshot import Snapshot
from recsys_core.retrieval.base import Retriever, RetrieverUnavailableError, Sources
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.similar_images import SimilarImagesRetriever
from recsys_core.testing.retriever_contract import RetrieverContract
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase


def embeddings(snapshot: Snapshot, angles: dict[str, float]) -> ImageEmbeddings:
    """Unit vectors in a plane, by article, in degrees; no image for the rest."""
    vectors = np.zeros((snapshot.n_articles, EMBEDDING_LENGTH), np.float32)
    for article, angle in angles.items():
        vectors[snapshot.article_rows([article])[0], :2] = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return ImageEmbeddings(vectors)


class TestContract(RetrieverContract):
    retriever = SimilarImagesRetriever

    def fit(self, snapshot: Snapshot, config: Config) -> Retriever:
        angles = {article: 7.0 * i for i, article in enumerate(snapshot.article_ids) if article != "shirt3"}
        return SimilarImagesRetriever.fit(snapshot, config, sources=Sources(embeddings(snapshot, angles)))


def test_what_looks_like_the_latest_purchases_comes_by_cosine(tmp_path: Path) -> None:
    bought_today = ("near", "far", "opposite", "unseen")  # equally popular, so that each similarity counts twice
    sold = [Purchase("anna", "mine", 4), *(Purchase("bert", article, 1) for article in bought_today)]
    snapshot = FixtureShop(sold).snapshot(tmp_path)
    images = embeddings(snapshot, {"mine": 0, "near": 10, "far": 60, "opposite": 180})

    retriever = SimilarImagesRetriever.fit(snapshot, Config(), sources=Sources(images))
    best = retriever.retrieve(snapshot.customer_rows(["anna"]))

    assert snapshot.article_ids[best.article_idx[0, :2]].tolist() == ["near", "far"]
    assert best.score[0, :2] == pytest.approx(2 * np.cos(np.radians([10, 60])) / np.sqrt(4), rel=1e-5)
    assert (best.article_idx[0, 2:] == PAD).all()


def test_off_without_images(tmp_path: Path) -> None:
    snapshot = FixtureShop([Purchase("anna", "a", 1), Purchase("anna", "b", 60)]).snapshot(tmp_path)

    with pytest.raises(RetrieverUnavailableError, match="no image embeddings"):
        SimilarImagesRetriever.fit(snapshot, Config())
    with pytest.raises(RetrieverUnavailableError, match="no article on sale has an image embedding"):
        SimilarImagesRetriever.fit(snapshot, Config(), sources=Sources(embeddings(snapshot, {"b": 0})))
