"""Training examples of the ranker: our own candidates at past cut-offs, labelled with what was bought then."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from recsys_core.data.cutoffs import TrainCutoff
from recsys_core.data.labels import load_labels
from recsys_core.features.images import ImageEmbeddings
from recsys_core.features.pairs import ARTICLE_ID, Pairs
from recsys_core.features.snapshot import FloatArray, IntArray, forget_opened
from recsys_core.ranking.base import Examples
from recsys_core.ranking.config import ExamplesConfig
from recsys_core.ranking.context import RetrievalContext
from recsys_core.ranking.vocabulary import Vocabulary, customers_of, merged, recoded, returning, vocabulary_of
from recsys_core.retrieval.candidates import Candidates
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.store.arrays import ArrayWriter, load_array, save_arrays

log = logging.getLogger(__name__)
BLOCK_CUSTOMERS = 2048
ABOUT = "examples.json"
IMAGES = "images"


@dataclass(frozen=True)
class _Block:
    """Kept candidates of a block of customers."""

    context: RetrievalContext
    pairs: Pairs
    label: npt.NDArray[np.float32]
    group: IntArray
    n_negatives: int = 0
    """Negatives that those kept were drawn from."""
    without_history: bool = False
    """True if its customers are described as if they had never bought anything."""

    @property
    def numbers(self) -> FloatArray:
        features = self.context.features
        return features.numbers_without_history(self.pairs) if self.without_history else features.numbers(self.pairs)

    def codes(self, vocabulary: Vocabulary) -> IntArray:
        return self.context.features.category_codes(self.pairs, vocabulary, self.without_history)


@dataclass(frozen=True)
class _Window:
    """Examples of a label window without their numbers, which are on disk."""

    numeric_names: tuple[str, ...]
    vocabulary: Vocabulary
    """Values known as of the cut-off, by category in the order of the columns."""
    codes: IntArray
    label: npt.NDArray[np.float32]
    group: IntArray
    is_simulated: npt.NDArray[np.bool_]
    n_negatives: int
    """Negatives that those kept were drawn from."""

    @property
    def own(self) -> npt.NDArray[np.bool_]:
        """(n,) False for cold-start simulations."""
        return ~self.is_simulated


def write_examples(
    windows: Sequence[tuple[TrainCutoff, Callable[[], RetrievalContext]]],
    tables: Path,
    embeddings: Path | None,
    config: ExamplesConfig,
    folder: Path,
) -> dict[str, int]:
    """Write the examples of all training cut-offs, the latest first; returns counts.

    One cut-off's snapshot and retrievers are open at a time, since those of a large shop take gigabytes. Labels come
    from ``tables``, the articles' images from ``embeddings``, if there are any.

    Raises
    ------
    ValueError
        If no candidate was bought in any label window: the retrievers miss everything.
    """
    made: list[_Window] = []
    with ArrayWriter(folder, "numbers") as numbers:
        for train, open_context in windows:
            first_group = 1 + max((int(window.group.max(initial=-1)) for window in made), default=-1)
            made.append(_window(open_context(), train, tables, config, first_group, numbers))
            forget_opened()
    if not any(window.label.any() for window in made):
        starts = [str(train.cutoff) for train, _ in windows]
        raise ValueError(f"no candidate was bought in the label windows from {starts} on: check retrieval.retrievers")
    vocabulary = _write(made, folder)
    _write_images(embeddings, vocabulary.get(ARTICLE_ID, {}), folder)
    return {
        "examples": sum(len(window.label) for window in made),
        "positives": int(sum(window.label[window.own].sum() for window in made)),
        "customers": sum(len(np.unique(window.group[window.own])) for window in made),
        "simulated_cold_starts": sum(len(np.unique(window.group[window.is_simulated])) for window in made),
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


def _window(
    context: RetrievalContext,
    train: TrainCutoff,
    tables: Path,
    config: ExamplesConfig,
    first_group: int,
    numbers: ArrayWriter,
) -> _Window:
    """A window's examples; their numbers are described block by block, straight to disk."""
    customers, *bought = _label_window(context, train, tables, config.max_customers)
    vocabulary = vocabulary_of(context, customers)
    rng = np.random.default_rng(train.cutoff.toordinal())
    nothing = np.empty(0, np.int32)
    made = [(np.empty((0, len(vocabulary)), np.int32), nothing.astype(np.float32), nothing, nothing.astype(bool))]
    n_negatives = 0
    blocks = tqdm(
        _blocks(context, customers, bought, config, rng, first_group),
        desc=f"examples of {train.cutoff}",
        mininterval=5,
    )
    for block in blocks:
        numbers.append(block.numbers)
        n_negatives += block.n_negatives
        simulated = np.full(len(block.label), block.without_history)
        made.append((block.codes(vocabulary), block.label, block.group, simulated))
    codes, label, group, is_simulated = (np.concatenate(parts) for parts in zip(*made, strict=True))
    return _Window(context.features.numeric_names, vocabulary, codes, label, group, is_simulated, n_negatives)


def _blocks(
    context: RetrievalContext,
    customers: IntArray,
    bought: Sequence[IntArray],
    config: ExamplesConfig,
    rng: np.random.Generator,
    first_group: int,
) -> Iterator[_Block]:
    """Blocks of ``customers``, who ``bought`` (position, article); then the cold-start simulations."""
    row, article = bought
    kept: list[tuple[IntArray, Candidates, npt.NDArray[np.bool_], IntArray]] = []
    for first in range(0, len(customers), BLOCK_CUSTOMERS):
        block = customers[first : first + BLOCK_CUSTOMERS]
        inside = (row >= first) & (row < first + BLOCK_CUSTOMERS)
        candidates = context.candidates(block)
        label = is_bought(candidates, row[inside] - first, article[inside], context.snapshot.n_articles)
        keep = choose(candidates.row, label, config.negatives_per_customer, rng)
        chosen, group = candidates.take(keep), candidates.row[keep] + first + first_group
        kept.append((block, chosen, label[keep], group))
        pairs, negatives = context.pairs(block, chosen), int(len(label) - label.sum())
        yield _Block(context, pairs, label[keep].astype(np.float32), group, negatives)
    if not kept or PopularRetriever.name not in kept[0][1].retrievers:
        return
    groups = np.concatenate([group for *_, group in kept])
    learned_from = np.unique(groups) - first_group
    simulated = simulated_cold_starts(context.has_no_history[customers[learned_from]], config.cold_start_share, rng)
    drawn = first_group + learned_from[simulated]
    for block, chosen, label, group in kept:
        yield _simulated(context, block, chosen, label, group, drawn, first_group + len(customers))


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


def _write(windows: Sequence[_Window], folder: Path) -> Vocabulary:
    """Arrays as ``Examples`` has them, but for the numbers; returns their vocabulary."""
    of_windows = [window.vocabulary for window in windows]
    vocabulary = merged(of_windows, returning(customers_of(w.codes[w.own], w.vocabulary) for w in windows))
    sizes = [len(window.label) for window in windows]
    save_arrays(
        folder,
        codes=np.concatenate([recoded(window.codes, window.vocabulary, vocabulary) for window in windows]),
        label=np.concatenate([window.label for window in windows]),
        group=np.concatenate([window.group for window in windows]),
        window=np.repeat(np.arange(len(windows), dtype=np.int8), sizes),
        is_simulated=np.concatenate([window.is_simulated for window in windows]),
    )
    kept = sum(int((window.label[window.own] == 0).sum()) for window in windows)
    keep_rate = kept / max(sum(window.n_negatives for window in windows), 1)
    about = {"numeric_names": windows[0].numeric_names, "category_names": tuple(vocabulary)}
    (folder / ABOUT).write_text(json.dumps(about | {"vocabulary": vocabulary, "keep_rate": keep_rate}, indent=1))
    return vocabulary


def _write_images(embeddings: Path | None, articles: Mapping[str, int], folder: Path) -> None:
    """``Examples.images``, if any of the articles has an image."""
    if embeddings is None or not articles:
        return
    images = ImageEmbeddings.open(embeddings, list(articles))
    if images.present.any():
        save_arrays(folder, **{IMAGES: np.pad(images.vectors, ((1, 0), (0, 0)))})
