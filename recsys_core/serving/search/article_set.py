"""Sets of articles as packed bits."""

from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


class ArticleSet:
    """A set of articles, a bit each: an eighth of a mask's memory, and sooner compared. It never changes."""

    def __init__(self, bits: NDArray[np.uint8], n_articles: int) -> None:
        self._bits: Final = bits
        self._n_articles: Final = n_articles

    @classmethod
    def of(cls, mask: Mask) -> "ArticleSet":
        """The articles for which ``mask`` (n_articles,) is true."""
        return cls(np.packbits(mask), len(mask))

    def mask(self) -> Mask:
        """(n_articles,) whether the article is one of them."""
        return np.unpackbits(self._bits, count=self._n_articles).view(np.bool_)

    def __and__(self, other: "ArticleSet") -> "ArticleSet":
        return ArticleSet(self._bits & other._bits, self._n_articles)

    def __or__(self, other: "ArticleSet") -> "ArticleSet":
        return ArticleSet(self._bits | other._bits, self._n_articles)

    def __len__(self) -> int:
        return self._size

    @cached_property
    def _size(self) -> int:
        return int(np.bitwise_count(self._bits).sum())
