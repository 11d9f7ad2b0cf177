"""TF-IDF queries on a release's arrays: only the postings of the query's own terms are touched.

The cosine alone puts a white "cotton shirt" above a blue one whose name is something else: phrases weigh much.
So an article's cosine is multiplied by the squared share of the query's words that it holds.
"""

from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recsys_core.search.analysis import MAX_QUERY_WORDS, terms
from recsys_core.serving.arrays import Int32, map_array, read_json

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
WHOLE_WORD_WEIGHT: Final = 2.0
"""Added to an article's sum for each word that it holds: no cosine reaches it, so that one pass counts both."""


class TextSearch:
    """Cosine between a query and every article's weighted text (TF-IDF, smooth idf, L2 norm), by coverage."""

    def __init__(self, folder: Path) -> None:
        self._weights: Float32 = map_array(folder / "data.npy")
        self._articles: Int32 = map_array(folder / "indices.npy")
        self._starts: NDArray[np.int64] = map_array(folder / "indptr.npy")
        self._idf: Float32 = map_array(folder / "idf.npy")
        self._vocabulary: dict[str, int] = read_json(folder / "vocabulary.json")
        self._words = np.zeros(len(self._idf), dtype=bool)
        self._words[[number for term, number in self._vocabulary.items() if " " not in term]] = True
        settings = read_json(folder / "settings.json")
        self._n_articles: int = settings["n_articles"]
        self._stop_words = frozenset(settings["stop_words"])
        self._longest: int = settings["longest_ngram"]

    def is_term(self, term: str) -> bool:
        """True if some article holds the word or the words in a row; words that say nothing count as held."""
        return term in self._vocabulary or term in self._stop_words

    def query_vector(self, query: str) -> tuple[NDArray[np.int64], Float32]:
        """Term numbers and L2-normalised weights of a query; empty when no word is known."""
        text = " ".join(query.split()[:MAX_QUERY_WORDS])
        found = Counter(
            self._vocabulary[term] for term in terms(text, self._stop_words, self._longest) if term in self._vocabulary
        )
        numbers = np.array(sorted(found), dtype=np.int64)
        counts = np.array([found[number] for number in numbers.tolist()], dtype=np.float32)
        weights = counts * self._idf[numbers]
        length = float(np.linalg.norm(weights))
        return numbers, weights / np.float32(length) if length else weights

    def search(self, query: str, limit: int | None = None) -> tuple[Int32, Float32]:
        """Articles that share a term with the query, best first; equal scores by article_idx.

        Returns ``(article_idx, score)``, both (n_hits,), n_hits <= limit; scores lie in (0, 1].
        """
        hits, cosine, coverage = self.matches(query)
        scores = (cosine * coverage**2).astype(np.float32)
        able = np.flatnonzero((scores > 0) & (scores >= _threshold(scores, limit)))
        best = able[np.argsort(-scores[able], kind="stable")][:limit]
        return hits[best], scores[best]

    def matches(self, query: str) -> tuple[Int32, Float64, Float64]:
        """Articles that share a term with the query, ascending, each (n_hits,).

        Beside them the cosine with the query, and the share of the query's known words that the article holds.
        """
        numbers, weights = self.query_vector(query)
        is_word = self._words[numbers]
        postings = [slice(self._starts[number], self._starts[number + 1]) for number in numbers.tolist()]
        articles = [self._articles[each] for each in postings]
        worth = [
            self._weights[each] * weight + WHOLE_WORD_WEIGHT * counts
            for each, weight, counts in zip(postings, weights.astype(np.float64), is_word, strict=True)
        ]
        if not numbers.size:
            return np.empty(0, np.int32), np.empty(0), np.empty(0)
        sums = np.bincount(np.concatenate(articles), np.concatenate(worth), self._n_articles)
        hits = np.flatnonzero(sums > 0).astype(np.int32)  # asking floats for truth takes ten times as long
        found = sums[hits]
        held = np.floor(found / WHOLE_WORD_WEIGHT)
        return hits, found - WHOLE_WORD_WEIGHT * held, held / max(1, int(is_word.sum()))


def _threshold(scores: Float32, limit: int | None) -> float:
    """The ``limit``-th best score; 0 where there are not as many."""
    if limit is None or limit >= len(scores):
        return 0.0
    if limit <= 0:
        return float("inf")
    return float(np.partition(scores, len(scores) - limit)[len(scores) - limit])
