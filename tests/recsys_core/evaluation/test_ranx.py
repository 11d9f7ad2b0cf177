"""Our metrics against an independent library, ranx, on lists drawn at random.

ranx compiles for half a minute, so `make test` leaves it to the values worked out by hand in ``test_metrics.py``.
"""

import numpy as np
import numpy.typing as npt
import pytest

from recsys_core.evaluation.metrics.accuracy import Truth, average_precision, recall

pytestmark = pytest.mark.full
N_CUSTOMERS, N_ARTICLES, LENGTH = 300, 120, 60
ROOT = "customer "


@pytest.fixture(scope="module")
def truth() -> Truth:
    """One to thirty articles a customer, so that some buy more than twelve."""
    rng = np.random.default_rng(3)
    bought = [np.sort(rng.choice(N_ARTICLES, rng.integers(1, 31), replace=False)) for _ in range(N_CUSTOMERS)]
    customer = np.repeat(np.arange(N_CUSTOMERS), [len(b) for b in bought])
    return Truth(customer, np.concatenate(bought).astype(np.int32), N_CUSTOMERS)


@pytest.fixture(scope="module")
def lists() -> npt.NDArray[np.int32]:
    """Distinct articles; some customers have short lists."""
    rng = np.random.default_rng(4)
    lists = np.stack([rng.permutation(N_ARTICLES)[:LENGTH] for _ in range(N_CUSTOMERS)]).astype(np.int32)
    lists[rng.random(N_CUSTOMERS) < 0.2, 7:] = -1
    return lists


def by_ranx(metric: str, truth: Truth, lists: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    ranx = pytest.importorskip("ranx")  # not above: every worker would load it for tests that it leaves out
    relevant = {f"{ROOT}{i:03d}": {str(a): 1 for a in truth.article[truth.customer == i]} for i in range(N_CUSTOMERS)}
    listed = {
        f"{ROOT}{i:03d}": {str(a): float(LENGTH - place) for place, a in enumerate(row) if a >= 0}
        for i, row in enumerate(lists)
    }
    found = ranx.evaluate(ranx.Qrels(relevant), ranx.Run(listed), metric, return_mean=False)
    return np.asarray(found, np.float64)


@pytest.mark.parametrize("k", [5, 12, 50])
def test_recall(truth: Truth, lists: npt.NDArray[np.int32], k: int) -> None:
    np.testing.assert_allclose(recall(truth, lists, k), by_ranx(f"recall@{k}", truth, lists), atol=1e-9, rtol=0)


@pytest.mark.parametrize("k", [5, 12, 50])
def test_average_precision(truth: Truth, lists: npt.NDArray[np.int32], k: int) -> None:
    """ranx divides by the number of relevant articles, Kaggle by at most k of them: the sums must agree."""
    kaggle = by_ranx(f"map@{k}", truth, lists) * truth.sizes / np.minimum(truth.sizes, k)

    assert (truth.sizes > k).any() == (k < 30)
    np.testing.assert_allclose(average_precision(truth, lists, k), kaggle, atol=1e-9, rtol=0)
