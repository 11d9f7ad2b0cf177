"""Feature subsets of a ranker, of which the held-out label window chooses one.

All customers of a label window meet the same articles. If the windows resemble the next one (a shop with whole
histories and a steady range), an article's past is worth knowing. If they do not (seasons, holes in the feed), a
ranker learns by heart what sold in them. So both are tried on the held-out label window, and the better one stays.
Then the other inputs (ids, images, attribute values) are added to it one after the other: each stays if it helps.

Of many examples a sample of the customers is learned from while subsets are compared; the best one then learns from
all.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from recsys_core.features.pairs import ARTICLE_ID, ARTICLE_PAST, IDS
from recsys_core.features.snapshot import FloatArray
from recsys_core.ranking.base import Examples
from recsys_core.ranking.holdout import sample

BoolArray = npt.NDArray[np.bool_]
DEMAND_ALONE, EVERYTHING = "demand_alone", "everything"
CATEGORIES, ID_EMBEDDINGS, IMAGES = "categories", "ids", "images"
"""Groups of inputs that are tried beside the numbers."""
WITH = "_with_"
SAMPLED_EXAMPLES = 600_000
"""Examples, about, that feature subsets are compared by if there are more: ADR 57."""
M = TypeVar("M")


@dataclass(frozen=True)
class FeatureSubset:
    """Columns that a ranker uses."""

    name: str
    numbers: BoolArray
    """(n_numbers,)"""
    categories: BoolArray
    """(n_categories,)"""
    images: bool = False
    """True if the article's image embedding is an input."""

    @property
    def suffix(self) -> str:
        """Suffix of the metric names that training reports; empty for the first subset."""
        return "" if self.name == DEMAND_ALONE else f"_{self.name}"


@dataclass(frozen=True)
class FirstTraining(Generic[M]):
    """A training on all but the held-out examples, which judge it."""

    subset: FeatureSubset
    size: int
    """Epochs or trees that served the held-out examples best."""
    model: M
    """Model after ``size`` epochs or trees."""
    held_out: FloatArray
    """Scores of the held-out examples by the model."""
    map_at_12: float


def first_training(
    seen: Examples,
    extras: Sequence[str],
    on: Callable[[Examples], Callable[[FeatureSubset], FirstTraining[M]]],
    beside: Collection[str] = (),
) -> tuple[FirstTraining[M], dict[str, float]]:
    """The first training, of the best subset, on all of ``seen``; and the MAP@12 of all subsets, to be reported.

    ``on`` says how a subset is trained on some examples.
    """
    few = sample(seen, SAMPLED_EXAMPLES)
    tried = try_subsets(few, extras, on(few), beside)
    best = best_of(tried)
    report = {f"best_held_out_map_at_12_{each.subset.name}": each.map_at_12 for each in tried}
    return best if few is seen else on(seen)(best.subset), report


def try_subsets(
    examples: Examples,
    extras: Sequence[str],
    train: Callable[[FeatureSubset], FirstTraining[M]],
    beside: Collection[str] = (),
) -> list[FirstTraining[M]]:
    """The first training of every subset that was tried, in order.

    First the article's past is tried; then each of ``extras`` is added to the best so far, if the examples hold it.
    """
    tried = [train(subset) for subset in feature_subsets(examples, beside)]
    for extra in extras:
        best = best_of(tried).subset
        more = subset_called(f"{best.name}{WITH}{extra}", examples, beside)
        if not _same(more, best):
            tried.append(train(more))
    return tried


def best_of(tried: Sequence[FirstTraining[M]]) -> FirstTraining[M]:
    """The training with the highest MAP@12 on the held-out examples; of equals the first."""
    return max(tried, key=lambda each: each.map_at_12)


def feature_subsets(examples: Examples, beside: Collection[str] = ()) -> tuple[FeatureSubset, ...]:
    """Without and with the articles' past; a single one if the examples hold none of it."""
    found = [subset_called(name, examples, beside) for name in (DEMAND_ALONE, EVERYTHING)]
    return tuple(found[:1] if _same(*found) else found)


def subset_called(name: str, examples: Examples, beside: Collection[str] = ()) -> FeatureSubset:
    """The subset of a name, on the columns of these examples. ``beside`` are groups that it has without naming them."""
    base, *added = name.split(WITH)
    groups = {*beside, *added}

    def is_included(column: str) -> bool:
        return base == EVERYTHING or column not in ARTICLE_PAST

    def is_category_included(column: str) -> bool:
        if column in IDS:
            return ID_EMBEDDINGS in groups
        return CATEGORIES in added or (CATEGORIES in groups and is_included(column))

    return FeatureSubset(
        name,
        np.array([is_included(column) for column in examples.numeric_names], bool),
        np.array([is_category_included(column) for column in examples.category_names], bool),
        IMAGES in groups and examples.images is not None and ARTICLE_ID in examples.category_names,
    )


def _same(one: FeatureSubset, other: FeatureSubset) -> bool:
    return (
        np.array_equal(one.numbers, other.numbers)
        and np.array_equal(one.categories, other.categories)
        and one.images == other.images
    )
