"""Training examples of the ranker: our own candidates at past cut-offs, labelled with what was bought then."""

import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from recsys_core.data.cutoffs import TrainCutoff
from recsys_core.data.labels import load_labels
from recsys_core.features.images import ImageEmbeddings
from recsys_core.features.pairs import ARTICLE_ID, CUSTOMER_ID, Pairs
from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.ranking.base import Examples
from recsys_core.ranking.config import ExamplesConfig
from recsys_core.ranking.context import RetrievalContext
from recsys_core.retrieval.candidates import Candidates
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.store.arrays import load_array, save_arrays

log = logging.getLogger(__name__)
BLOCK_CUSTOMERS = 2048
ABOUT = "examples.json"
IMAGES = "images"
MAX_CUSTOMER_IDS = 20_000
"""Customers that the rankers know by id; bounds their vocabulary (a line an id) and embedding table. Of who was met in
a single label window nothing more could be learned than what was bought in it."""


@dataclass(frozen=True)
class _Block:
    """Kept candidates of a block of customers."""

    context: RetrievalContext
    pairs: Pairs
    label: npt.NDArray[np.float32]
    group: IntArray
    window: int
    without_history: bool = False
    """True if its customers are described as if they had never bought anything."""

    @property
    def numbers(self) -> FloatArray:
        features = self.context.features
        return features.numbers_without_history(self.pairs) if self.without_history else features.numbers(self.pairs)

    def codes(self, vocabulary: Mapping[str, Mapping[str, int]]) -> IntArray:
        return self.context.features.category_codes(self.pairs, vocabulary, self.without_history)


def write_examples(
    windows: Sequence[tuple[TrainCutoff, RetrievalContext]],
    tables: Path,
    embeddings: Path | None,
    config: ExamplesConfig,
    folder: Path,
) -> dict[str, int]:
    """Write the examples of all training cut-offs, the latest first, each with its retrievers; returns counts.

    Labels come from ``tables``, the articles' images from ``embeddings``, if there are any.

    Raises
    ------
    ValueError
        If no candidate was bought in any label window: the retrievers miss everything.
    """
    blocks: list[_Block] = []
    kept = seen = customers = 0
    for window, (train, context) in enumerate(windows):
        first_group = 1 + max((int(block.group.max(initial=-1)) for block in blocks), default=-1)
        for block, n_negatives in _blocks(context, train, tables, config, window, first_group):
            blocks.append(block)
            if not block.without_history:
                kept += int((block.label == 0).sum())
                seen += n_negatives
                customers += len(np.unique(block.group))
    if not any(block.label.any() for block in blocks):
        starts = [str(train.cutoff) for train, _ in windows]
        raise ValueError(f"no candidate was bought in the label windows from {starts} on: check retrieval.retrievers")
    vocabulary = _vocabulary(blocks)
    _write(blocks, folder, vocabulary, kept / max(seen, 1))
    _write_images(embeddings, vocabulary.get(ARTICLE_ID, {}), folder)
    return {
        "examples": sum(len(block.label) for block in blocks),
        "positives": int(sum(block.label.sum() for block in blocks if not block.without_history)),
        "customers": customers,
        "simulated_cold_starts": sum(len(np.unique(block.group)) for block in blocks if block.without_history),
    }


def read_examples(folder: Path) -> Examples:
    """Reads the output of ``write_examples``; the numbers stay on disk until they are used."""
    about = json.loads((folder / ABOUT).read_text())
    return Examples(
        numbers=load_array(folder, "numbers"),
        codes=load_array(folder, "codes"),
        label=load_array(folder, "label"),
        group=load_array(folder, "group"),
        window=load_array(folder, "window"),
        is_simulated=load_array(folder, "is_simulated"),
        numeric_names=tuple(about["numeric_names"]),
        category_names=tuple(about["category_names"]),
        vocabulary=about["vocabulary"],
        keep_rate=about["keep_rate"],
        images=load_array(folder, IMAGES) if (folder / f"{IMAGES}.npy").exists() else None,
    )


def _blocks(
    context: RetrievalContext, train: TrainCutoff, tables: Path, config: ExamplesConfig, window: int, first_group: int
) -> Iterator[tuple[_Block, int]]:
    """Blocks of a window's customers, each with the negatives it was drawn from; then the cold-start simulations."""
    customers, row, bought = _label_window(context, train, tables, config.max_customers)
    rng = np.random.default_rng(train.cutoff.toordinal())
    kept: list[tuple[IntArray, Candidates, npt.NDArray[np.bool_], IntArray]] = []
    for first in tqdm(range(0, len(customers), BLOCK_CUSTOMERS), desc=f"examples of {train.cutoff}", mininterval=5):
        block = customers[first : first + BLOCK_CUSTOMERS]
        inside = (row >= first) & (row < first + BLOCK_CUSTOMERS)
        candidates = context.candidates(block)
        label = is_bought(candidates, row[inside] - first, bought[inside], context.snapshot.n_articles)
        keep = choose(candidates.row, label, config.negatives_per_customer, rng)
        chosen, group = candidates.take(keep), candidates.row[keep] + first + first_group
        kept.append((block, chosen, label[keep], group))
        pairs = context.pairs(block, chosen)
        yield _Block(context, pairs, label[keep].astype(np.float32), group, window), int(len(label) - label.sum())
    if not kept or PopularRetriever.name not in kept[0][1].retrievers:
        return
    groups = np.concatenate([group for *_, group in kept])
    learned_from = np.unique(groups) - first_group
    simulated = simulated_cold_starts(context.has_no_history[customers[learned_from]], config.cold_start_share, rng)
    drawn = first_group + learned_from[simulated]
    for block, chosen, label, group in kept:
        yield _simulated(context, block, chosen, label, group, drawn, first_group + len(customers), window), 0


def simulated_cold_starts(
    is_new: npt.NDArray[np.bool_], share: float, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Positions of known customers whose number makes ``share`` of all, them included, customers without history."""
    wanted = int(np.ceil((share * len(is_new) - is_new.sum()) / (1 - share)))
    known = np.flatnonzero(~is_new)
    return np.sort(rng.permutation(known)[: max(wanted, 0)])


def _simulated(
    context: RetrievalContext,
    customers: IntArray,
    candidates: Candidates,
    label: npt.NDArray[np.bool_],
    group: IntArray,
    drawn: npt.NDArray[np.int64],
    first_group: int,
    window: int,
) -> _Block:
    """The examples of the groups ``drawn`` among those of a block as cold-start customers' ones.

    A cold-start customer's candidates are the popular retriever's, so only what it retrieved is taken, of customers
    with a hit in it.
    """
    popular = candidates.retriever_rank[:, candidates.retrievers.index(PopularRetriever.name)] > 0
    rows = np.isin(group, drawn) & popular
    rows &= np.isin(group, group[rows & label])
    taken = candidates.take(np.flatnonzero(rows))
    return _Block(
        context,
        context.pairs(customers, taken, without_history=True),
        label[rows].astype(np.float32),
        (np.searchsorted(drawn, group[rows]) + first_group).astype(np.int32),
        window,
        without_history=True,
    )


def _label_window(
    context: RetrievalContext, train: TrainCutoff, tables: Path, most: int
) -> tuple[IntArray, Any, IntArray]:
    """Buyers of the window (rows of the snapshot) and their purchases: (position in customers, article_idx)."""
    labels = load_labels(tables, train.cutoff, train.days)
    ids, position = np.unique(labels["customer_id"].to_numpy(zero_copy_only=False), return_inverse=True)
    article = context.snapshot.article_rows(labels["article_id"].to_numpy(zero_copy_only=False))
    customers = context.snapshot.customer_rows(ids)
    drawn = drawn_customers(len(ids), most)
    new_position = np.full(len(ids), -1)
    new_position[drawn] = np.arange(len(drawn))
    inside = new_position[position] >= 0
    return customers[drawn], new_position[position[inside]], article[inside]


def drawn_customers(n: int, most: int) -> npt.NDArray[np.int64]:
    """Positions, ascending, of those of a label window's ``n`` buyers who are learned from; the same each time."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).choice(n, most, replace=False))


def is_bought(
    candidates: Candidates, row: npt.NDArray[np.integer[Any]], article: IntArray, n_articles: int
) -> npt.NDArray[np.bool_]:
    """(n_candidates,) True if (row, article) is among the bought pairs; article -1 is an unknown one."""
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


def _write(blocks: list[_Block], folder: Path, vocabulary: Mapping[str, Mapping[str, int]], keep_rate: float) -> None:
    """Arrays as ``Examples`` has them; the numbers are described block by block, straight to disk."""
    features = blocks[0].context.features
    sizes = [len(block.label) for block in blocks]
    shape = (sum(sizes), len(features.numeric_names))
    numbers = np.lib.format.open_memmap(folder / "numbers.npy", "w+", np.float32, shape)
    first = 0
    for block, size in zip(tqdm(blocks, desc="describing examples", mininterval=5), sizes, strict=True):
        numbers[first : first + size] = block.numbers
        first += size
    numbers.flush()
    save_arrays(
        folder,
        codes=np.concatenate([block.codes(vocabulary) for block in blocks]),
        label=np.concatenate([block.label for block in blocks]),
        group=np.concatenate([block.group for block in blocks]),
        window=np.repeat([block.window for block in blocks], sizes).astype(np.int8),
        is_simulated=np.repeat([block.without_history for block in blocks], sizes),
    )
    about = {"numeric_names": features.numeric_names, "category_names": features.category_names}
    (folder / ABOUT).write_text(json.dumps(about | {"vocabulary": vocabulary, "keep_rate": keep_rate}, indent=1))


def _write_images(embeddings: Path | None, articles: Mapping[str, int], folder: Path) -> None:
    """``Examples.images``, if any of the articles has an image."""
    if embeddings is None or not articles:
        return
    images = ImageEmbeddings.open(embeddings, list(articles))
    if images.present.any():
        save_arrays(folder, **{IMAGES: np.pad(images.vectors, ((1, 0), (0, 0)))})


def _vocabulary(blocks: Sequence[_Block]) -> dict[str, dict[str, int]]:
    """Codes from 1 on, sorted: every value a snapshot knows, every article's id, and ids of returning customers."""
    values: dict[str, set[str]] = {}
    for block in blocks:
        for name, known in block.context.features.category_values.items():
            values.setdefault(name, set()).update(known)
    ids = {CUSTOMER_ID: _returning(blocks), ARTICLE_ID: {*blocks[0].context.snapshot.article_ids.tolist()}}
    return {
        name: {value: i + 1 for i, value in enumerate(sorted(ids[name] if name in ids else values[name]))}
        for name in blocks[0].context.features.category_names
    }


def _returning(blocks: Iterable[_Block]) -> set[str]:
    """At most MAX_CUSTOMER_IDS customers with examples of two label windows or more, those of most windows first."""
    windows = {
        (block.window, customer)
        for block in blocks
        if not block.without_history
        for customer in block.context.snapshot.customer_ids[np.unique(block.pairs.customer[_known(block)])].tolist()
    }
    of_customer = Counter(customer for _, customer in windows)
    often = sorted((customer for customer, n in of_customer.items() if n > 1), key=lambda c: (-of_customer[c], c))
    return set(often[:MAX_CUSTOMER_IDS])


def _known(block: _Block) -> npt.NDArray[np.bool_]:
    """(n,) True for pairs of a customer whom the snapshot knows."""
    return block.pairs.customer < block.context.snapshot.n_customers
