import numpy as np
import pytest

from recsys_core.evaluation.metrics.accuracy import Truth
from recsys_core.evaluation.metrics.by_customer import CustomerMetrics
from recsys_core.evaluation.metrics.retrievers import measure_retrievers, retriever_table
from recsys_core.retrieval.candidates import Candidates


@pytest.fixture
def metrics() -> CustomerMetrics:
    """Customer 0 bought 7 and 8, customer 1 bought 9.

    Retriever x ranks 7 first and 8 thirteenth; retriever y has 8 and 9.
    """
    candidates = Candidates(
        row=np.array([0, 0, 0, 1, 1], np.int32),
        article_idx=np.array([6, 7, 8, 6, 9], np.int32),
        retriever_score=np.zeros((5, 2), np.float32),
        retriever_rank=np.array([[2, 0], [1, 0], [13, 1], [1, 0], [0, 2]], np.int32),
        retrievers=("x", "y"),
    )
    metrics = CustomerMetrics(2)
    truth = Truth(np.array([0, 0, 1]), np.array([7, 8, 9], np.int32), 2)
    measure_retrievers(metrics, np.array([0, 1]), truth, candidates)
    return metrics


def test_each_retriever_alone(metrics: CustomerMetrics) -> None:
    assert metrics["recall/retriever/x/12"].tolist() == [0.5, 0]
    assert metrics["recall/retriever/x/50"].tolist() == [1, 0]
    assert metrics["recall/retriever/y/12"].tolist() == [0.5, 1]
    assert metrics["map/retriever/x"].tolist() == [0.5, 0]
    assert metrics["map/retriever/y"].tolist() == [0.5, 0.5]
    assert metrics["candidates/x"].tolist() == [3, 1]


def test_what_only_one_retriever_finds(metrics: CustomerMetrics) -> None:
    assert metrics["only/x"].tolist() == [0.5, 0]  # 8 is found by both
    assert metrics["only/y"].tolist() == [0, 1]


def test_the_whole_pool(metrics: CustomerMetrics) -> None:
    assert metrics["recall/pool"].tolist() == [1, 1]
    assert metrics["candidates/pool"].tolist() == [3, 2]


def test_a_retriever_that_is_off_has_its_reason(metrics: CustomerMetrics) -> None:
    table = retriever_table(metrics, ("x",), {"similar_images": "no images"})

    assert table["similar_images"] == {"state": "off", "reason": "no images"}
    assert table["x"]["state"] == "on"
    assert table["x"]["candidates"] == 2
