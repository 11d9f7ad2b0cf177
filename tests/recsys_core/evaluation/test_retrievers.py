import numpy as np
import pytest

from recsys_core.evaluation.figures import CustomerFigures
from recsys_core.evaluation.metrics import Truth
from recsys_core.evaluation.retrievers import measure_retrievers, retriever_table
from recsys_core.retrieval.candidates import Candidates


@pytest.fixture
def figures() -> CustomerFigures:
    """Customer 0 bought 7 and 8, customer 1 bought 9. CandidateSource x ranks 7 first and 8 thirteenth; retriever y has
    8 and 9."""
    candidates = Candidates(
        row=np.array([0, 0, 0, 1, 1], np.int32),
        article_idx=np.array([6, 7, 8, 6, 9], np.int32),
        retriever_score=np.zeros((5, 2), np.float32),
        retriever_rank=np.array([[2, 0], [1, 0], [13, 1], [1, 0], [0, 2]], np.int32),
        retrievers=("x", "y"),
    )
    figures = CustomerFigures(2)
    truth = Truth(np.array([0, 0, 1]), np.array([7, 8, 9], np.int32), 2)
    measure_retrievers(figures, np.array([0, 1]), truth, candidates)
    return figures


def test_each_retriever_alone(figures: CustomerFigures) -> None:
    assert figures["recall/retriever/x/12"].tolist() == [0.5, 0]
    assert figures["recall/retriever/x/50"].tolist() == [1, 0]
    assert figures["recall/retriever/y/12"].tolist() == [0.5, 1]
    assert figures["map/retriever/x"].tolist() == [0.5, 0]
    assert figures["map/retriever/y"].tolist() == [0.5, 0.5]
    assert figures["candidates/x"].tolist() == [3, 1]


def test_what_only_one_retriever_finds(figures: CustomerFigures) -> None:
    assert figures["only/x"].tolist() == [0.5, 0]  # 8 is found by both
    assert figures["only/y"].tolist() == [0, 1]


def test_the_whole_pool(figures: CustomerFigures) -> None:
    assert figures["recall/pool"].tolist() == [1, 1]
    assert figures["candidates/pool"].tolist() == [3, 2]


def test_a_retriever_that_is_off_has_its_reason(figures: CustomerFigures) -> None:
    table = retriever_table(figures, ("x",), {"similar_images": "no pictures"})

    assert table["similar_images"] == {"state": "off", "reason": "no pictures"}
    assert table["x"]["state"] == "on"
    assert table["x"]["candidates"] == 2
