from pathlib import Path

import numpy as np
import pytest

from recsys_core.config import Config
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.repurchase import RepurchaseRetriever
from recsys_core.testing.retriever_contract import RetrieverContract
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase


class TestContract(RetrieverContract):
    retriever = RepurchaseRetriever


def test_latest_and_oftenest_stand_first(tmp_path: Path) -> None:
    bought = [("a", 10), ("b", 2), ("c", 4), ("c", 4), ("d", 3), ("c", 8)]  # scores a 0.1, b 0.5, c 0.625, d 0.333
    snapshot = FixtureShop([Purchase("anna", article, days) for article, days in bought]).snapshot(tmp_path)

    found = RepurchaseRetriever.fit(snapshot, Config()).retrieve(np.array([0], np.int32))

    assert snapshot.article_ids[found.article_idx[0, :4]].tolist() == ["c", "b", "d", "a"]
    assert found.score[0, :4] == pytest.approx([0.625, 0.5, 1 / 3, 0.1])
    assert (found.article_idx[0, 4:] == PAD).all()


def test_history_of_any_age_counts(tmp_path: Path) -> None:
    snapshot = FixtureShop([Purchase("anna", "a", 700), Purchase("bert", "b", 1)]).snapshot(tmp_path)

    found = RepurchaseRetriever.fit(snapshot, Config()).retrieve(np.array([1, 0], np.int32))

    assert found.article_idx[:, 0].tolist() == [1, 0]
