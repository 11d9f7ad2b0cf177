"""Training examples of the ranker: our own candidates at past cut-offs, labelled with what was bought then."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from recsys_core.data.cutoffs import TrainCutoff
from recsys_core.data.labels import load_labels
from recsys_core.features.pairs import Pairs
from recsys_core.features.snapshot import IntArray
from recsys_core.lineage import Lineage
from recsys_core.ranking.base import Examples
from recsys_core.ranking.context import RetrievalContext
from recsys_core.retrieval.candidates import Candidates

log = logging.getLogger(__name__)
BLOCK = 2048
MAX_CUSTOMERS = 40_000
"""Customers of one label window that are learned from, drawn at random beyond that."""


@dataclass(frozen=True)
class _Block:
    """Kept candidates of a block of customers."""

    context: RetrievalContext
    pairs: Pairs
    label: npt.NDArray[np.float32]
    group: IntArray


def build_examples(lineage: Lineage) -> Examples:
    """Examples from every training cut-off before the lineage's own.

    Raises
    ------
    ValueError
        If no candidate was bought in any label window: the lanes miss everything.
    """
    blocks: list[_Block] = []
    kept = seen = 0
    for train in lineage.train_cutoffs:
        context = RetrievalContext.open(lineage.at(train.cutoff))
        first_group = 1 + max((int(block.group.max(initial=-1)) for block in blocks), default=-1)
        for block, n_negatives in _blocks(context, train, lineage, first_group):
            blocks.append(block)
            kept += int((block.label == 0).sum())
            seen += n_negatives
    if not any(block.label.any() for block in blocks):
        raise ValueError(f"no candidate was bought in the label windows {lineage.train_cutoffs}: check retrieval.lanes")
    return _describe(blocks, kept / max(seen, 1))


def _blocks(
    context: RetrievalContext, train: TrainCutoff, lineage: Lineage, first_group: int
) -> Iterator[tuple[_Block, int]]:
    customers, row, bought = _label_window(context, train, lineage)
    rng = np.random.default_rng(train.cutoff.toordinal())
    for first in tqdm(range(0, len(customers), BLOCK), desc=f"examples of {train.cutoff}", mininterval=5):
        block = customers[first : first + BLOCK]
        inside = (row >= first) & (row < first + BLOCK)
        candidates = context.candidates(block)
        label = is_bought(candidates, row[inside] - first, bought[inside], context.snapshot.n_articles)
        keep = choose(candidates.row, label, lineage.config.ranker_settings.negatives_per_customer, rng)
        chosen = candidates.take(keep)
        yield (
            _Block(
                context, context.pairs(block, chosen), label[keep].astype(np.float32), chosen.row + first + first_group
            ),
            int(len(label) - label.sum()),
        )


def _label_window(context: RetrievalContext, train: TrainCutoff, lineage: Lineage) -> tuple[IntArray, Any, IntArray]:
    """Who bought in the window (rows of the snapshot), and what: (position in customers, article_idx)."""
    labels = load_labels(lineage.tables.path, train.cutoff, train.days)
    ids, position = np.unique(labels["customer_id"].to_numpy(zero_copy_only=False), return_inverse=True)
    article = context.snapshot.article_rows(labels["article_id"].to_numpy(zero_copy_only=False))
    customers = context.snapshot.customer_rows(ids)
    if len(ids) <= MAX_CUSTOMERS:
        return customers, position, article
    drawn = np.sort(np.random.default_rng(0).choice(len(ids), MAX_CUSTOMERS, replace=False))
    new_position = np.full(len(ids), -1)
    new_position[drawn] = np.arange(MAX_CUSTOMERS)
    inside = new_position[position] >= 0
    return customers[drawn], new_position[position[inside]], article[inside]


def is_bought(
    candidates: Candidates, row: npt.NDArray[np.integer[Any]], article: IntArray, n_articles: int
) -> npt.NDArray[np.bool_]:
    """(n_candidates,) whether (row, article) stands among the bought pairs; article -1 is one nobody knows."""
    key = candidates.row.astype(np.int64) * n_articles + candidates.article_idx
    bought = row.astype(np.int64) * n_articles + article
    return np.isin(key, bought[article >= 0])


def choose(
    row: IntArray, label: npt.NDArray[np.bool_], negatives: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Positions to learn from: of each customer with a hit, all positives and ``negatives`` random others."""
    has_hit = np.zeros(int(row.max(initial=-1)) + 1, bool)
    has_hit[row[label]] = True
    lottery = rng.random(len(row))
    lottery[label] = -1.0
    order = np.lexsort((lottery, row))
    start = np.searchsorted(row[order], np.arange(len(has_hit)))
    place = np.arange(len(row)) - start[row[order]]
    hits = np.bincount(row[label], minlength=len(has_hit))
    kept = order[has_hit[row[order]] & (place < negatives + hits[row[order]])]
    return np.sort(kept)


def _describe(blocks: list[_Block], keep_rate: float) -> Examples:
    vocabulary = _vocabulary(blocks)
    features = blocks[0].context.features
    return Examples(
        numbers=np.concatenate([block.context.features.numbers(block.pairs) for block in blocks]),
        codes=np.concatenate([block.context.features.category_codes(block.pairs, vocabulary) for block in blocks]),
        label=np.concatenate([block.label for block in blocks]),
        group=np.concatenate([block.group for block in blocks]),
        numeric_names=features.numeric_names,
        category_names=features.category_names,
        vocabulary=vocabulary,
        keep_rate=keep_rate,
    )


def _vocabulary(blocks: Iterable[_Block]) -> dict[str, dict[str, int]]:
    """Codes from 1 on for every value a snapshot knows, sorted."""
    values: dict[str, set[str]] = {}
    for block in blocks:
        for name, known in block.context.features.category_values.items():
            values.setdefault(name, set()).update(known)
    return {name: {value: i + 1 for i, value in enumerate(sorted(known))} for name, known in values.items()}
