"""The loss against a reference written by hand."""

import math
from typing import Literal

import numpy as np
import pytest

from recsys_core.towers.config import TwoTowerConfig

TAU = 0.5
LogQ = Literal["after_temperature", "before_temperature", "off"]
VARIANTS: tuple[LogQ, ...] = ("after_temperature", "before_temperature", "off")
# Rows 0 and 2 hold the same article; rows 0 and 3 are two articles of the same customer.
CUSTOMER_IDX = np.array([7, 8, 9, 7], np.int32)
ARTICLE_IDX = np.array([1, 2, 1, 3], np.int32)
Q = np.array([0.5, 0.25, 0.5, 0.125], np.float32)


def reference(
    customers: np.ndarray, articles: np.ndarray, log_q: LogQ, bias: np.ndarray | tuple[float, ...] = (0, 0, 0, 0)
) -> float:
    """Row by row: softmax over the row's own column and its true negatives; mean over rows."""
    losses = []
    for i in range(len(customers)):
        logits = {}
        for j in range(len(articles)):
            is_negative = ARTICLE_IDX[j] != ARTICLE_IDX[i] and CUSTOMER_IDX[j] != CUSTOMER_IDX[i]
            if not is_negative and j != i:
                continue
            s = float(sum(a * b for a, b in zip(customers[i], articles[j], strict=True)))
            correction = math.log(float(Q[j]))
            logits[j] = {
                "after_temperature": s / TAU - correction,
                "before_temperature": (s - correction) / TAU,
                "off": s / TAU,
            }[log_q] + bias[j]
        losses.append(math.log(sum(map(math.exp, logits.values()))) - logits[i])
    return sum(losses) / len(losses)


def loss(
    customers: np.ndarray, articles: np.ndarray, log_q: LogQ, q: np.ndarray = Q, bias: np.ndarray | None = None
) -> float:
    import tensorflow as tf

    from recsys_core.towers.model import InBatchSoftmax

    softmax = InBatchSoftmax(TwoTowerConfig(temperature=TAU, log_q=log_q))
    added = None if bias is None else tf.constant(bias)
    return float(softmax(*map(tf.constant, (customers, articles, q, CUSTOMER_IDX, ARTICLE_IDX)), added))


@pytest.fixture
def vectors() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    raw = rng.normal(size=(2, 4, 3)).astype(np.float32)
    customers, articles = raw / np.linalg.norm(raw, axis=2, keepdims=True)
    return customers, articles


@pytest.mark.parametrize("log_q", VARIANTS)
def test_equals_the_reference(vectors: tuple[np.ndarray, np.ndarray], log_q: LogQ) -> None:
    assert loss(*vectors, log_q) == pytest.approx(reference(*vectors, log_q), rel=1e-5)


@pytest.mark.parametrize("log_q", VARIANTS)
def test_bias_is_added_after_the_temperature(vectors: tuple[np.ndarray, np.ndarray], log_q: LogQ) -> None:
    bias = np.array([0.5, -1.0, 0.5, 2.0], np.float32)

    assert loss(*vectors, log_q, bias=bias) == pytest.approx(reference(*vectors, log_q, bias), rel=1e-5)


def test_a_bias_of_log_q_cancels_the_correction(vectors: tuple[np.ndarray, np.ndarray]) -> None:
    """A prior that says how popular an article is leaves to the vectors what is personal."""
    assert loss(*vectors, "after_temperature", bias=np.log(Q)) == pytest.approx(loss(*vectors, "off"), rel=1e-5)


def test_positive_column_is_corrected_too(vectors: tuple[np.ndarray, np.ndarray]) -> None:
    """With the same q everywhere the correction cancels, which it does only if the positive has it as well."""
    same_q = np.full(4, 0.01, np.float32)

    assert loss(*vectors, "after_temperature", same_q) == pytest.approx(loss(*vectors, "off"), rel=1e-5)


def test_parts_of_the_customers_add_up_to_the_mean(vectors: tuple[np.ndarray, np.ndarray]) -> None:
    """The first customer alone, and the other three before it."""
    import tensorflow as tf

    from recsys_core.towers.model import InBatchSoftmax

    softmax, order = InBatchSoftmax(TwoTowerConfig(temperature=TAU)), [1, 2, 3, 0]
    columns = (vectors[1], Q, CUSTOMER_IDX, ARTICLE_IDX)
    first = softmax(*map(tf.constant, (vectors[0][:1], *columns)))
    others = softmax(*map(tf.constant, (vectors[0][1:], *(column[order] for column in columns))))

    assert float(first + others) == pytest.approx(reference(*vectors, "after_temperature"), rel=1e-5)


def test_masked_columns_do_not_matter(vectors: tuple[np.ndarray, np.ndarray]) -> None:
    """All negatives of row 0 but one are masked: the same article at 2, the same customer's at 3."""
    customers, articles = vectors
    moved = customers.copy()
    moved[1:] = 0.0  # only row 0's loss differs between the two below
    turned = articles.copy()
    turned[3] = -turned[3]

    assert loss(moved, turned, "after_temperature") == pytest.approx(loss(moved, articles, "after_temperature"))
