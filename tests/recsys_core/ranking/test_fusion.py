import numpy as np
import pytest

from recsys_core.ranking.fusion import reciprocal_rank_fusion


def test_each_retriever_adds_the_reciprocal_of_its_rank_and_sixty() -> None:
    ranks = np.array([[1, 2, 0], [0, 0, 1], [3, 1, 40]], np.int32)

    fused = reciprocal_rank_fusion(ranks)

    assert fused.dtype == np.float32
    assert fused.tolist() == pytest.approx([1 / 61 + 1 / 62, 1 / 61, 1 / 63 + 1 / 61 + 1 / 100])


def test_two_retrievers_that_agree_outweigh_one_that_is_sure() -> None:
    sure, agreed = reciprocal_rank_fusion(np.array([[1, 0], [20, 20]], np.int32))
    assert agreed == pytest.approx(2 / 80)
    assert agreed > sure


def test_nothing_retrieved_is_nothing() -> None:
    assert reciprocal_rank_fusion(np.zeros((2, 3), np.int32)).tolist() == [0, 0]
    assert reciprocal_rank_fusion(np.zeros((0, 3), np.int32)).shape == (0,)
