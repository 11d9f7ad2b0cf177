"""Early stopping by MAP@12 on held-out examples.

The latest label window is held out, because a ranker that knows a window's other customers knows which articles sold
in it. If there is only one window, a share of its customers is held out instead.
"""

import numpy as np
import numpy.typing as npt

from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.ranking.base import Examples

CUSTOMER_SHARE = 0.2
K = 12


def split(examples: Examples) -> tuple[Examples, Examples]:
    """Examples for a first training, and held-out examples.

    Cold-start simulations are never held out. Those of a held-out window are left out of training, too, because they
    repeat its own customers.
    """
    learned, aside = split_rows(examples)
    return examples.take(learned), examples.take(aside)


def split_rows(examples: Examples) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """(n,) True for the rows of a first training, and for the held-out ones; of few customers there may be none."""
    aside = held_out_rows(examples)
    windows = np.unique(examples.window[aside])
    return ~aside & ~(examples.is_simulated & np.isin(examples.window, windows)), aside


def held_out_rows(examples: Examples) -> npt.NDArray[np.bool_]:
    """(n,) True for the rows that are held out."""
    if examples.window.max(initial=0) > 0:
        latest: npt.NDArray[np.bool_] = (examples.window == 0) & ~examples.is_simulated
        return latest
    customers, position = np.unique(examples.group[~examples.is_simulated], return_inverse=True)
    lottery = np.random.default_rng(0).permutation(len(customers))
    drawn = np.zeros(len(examples), bool)
    drawn[~examples.is_simulated] = lottery[position] < max(1, round(CUSTOMER_SHARE * len(customers)))
    return drawn


def sample(examples: Examples, most: int) -> Examples:
    """The examples of customers drawn at random, about ``most``; the examples themselves if there are no more."""
    if len(examples) <= most:
        return examples
    customers, position = np.unique(examples.group, return_inverse=True)
    lottery = np.random.default_rng(0).random(len(customers))
    return examples.take((lottery < most / len(examples))[position])


def map_at_12(score: FloatArray, label: npt.NDArray[np.float32], group: IntArray) -> float:
    """Mean over customers of the average precision of the 12 best-scored examples; ties go to the earlier one."""
    if not len(score):
        return 0.0
    order = np.lexsort((-score, group))
    _, customer, size = np.unique(group, return_inverse=True, return_counts=True)
    start = np.concatenate([[0], np.cumsum(size)[:-1]])
    hit = label[order] > 0
    place = np.arange(len(order)) - np.repeat(start, size)
    hits = np.cumsum(hit)
    hits_here = hits - np.repeat(hits[start] - hit[start], size)
    counted = hit & (place < K)
    precision = np.bincount(customer[order][counted], hits_here[counted] / (place[counted] + 1), len(size))
    relevant = np.bincount(customer, label > 0, len(size))
    return float((precision / np.minimum(np.maximum(relevant, 1), K)).mean())
