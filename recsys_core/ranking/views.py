"""What a ranker listens to: everything it is given, or everything but the articles' past.

All customers of a label window meet the same articles. Where the windows resemble the next one (a shop with whole
histories and a steady range) an article's past is worth knowing; where they do not (seasons, holes in the feed) a
ranker learns by heart what sold in them. So both are tried on the label window held out, and the better one stays.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys_core.features.pairs import ARTICLE_PAST
from recsys_core.ranking.base import Examples

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class View:
    """The columns that are listened to."""

    name: str
    numbers: BoolArray
    """(n_numbers,)"""
    categories: BoolArray
    """(n_categories,)"""

    @property
    def suffix(self) -> str:
        """Of the names under which training reports: none for the first view."""
        return "" if self.name == DEMAND_ALONE else f"_{self.name}"


DEMAND_ALONE, EVERYTHING = "demand_alone", "everything"


def views(examples: Examples) -> tuple[View, ...]:
    """Those worth trying, the one with fewer columns first; a single one if the examples hold no article's past."""
    found = [view_called(name, examples) for name in (DEMAND_ALONE, EVERYTHING)]
    return tuple(found[:1] if found[0].numbers.all() and found[0].categories.all() else found)


def view_called(name: str, examples: Examples) -> View:
    def heard(names: tuple[str, ...]) -> BoolArray:
        return np.array([name == EVERYTHING or column not in ARTICLE_PAST for column in names], bool)

    return View(name, heard(examples.numeric_names), heard(tuple(examples.category_names)))
