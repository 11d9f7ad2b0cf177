"""TF-IDF of a release as memory-mapped postings: which articles hold a term, and their cosine with a query."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recsys_core.search.analysis import ngrams
from recsys_core.serving.arrays import Int32, map_array, read_json
from recsys_core.serving.search.article_set import Mask

Float64 = NDArray[np.float64]


class Postings:
    """The articles of every term, with weights, and those that have it in their name. A term is 1 to 3 tokens."""

    def __init__(self, folder: Path) -> None:
        self._weights: NDArray[np.float32] = map_array(folder / "data.npy")
        self._articles: Int32 = map_array(folder / "indices.npy")
        self._starts: NDArray[np.int64] = map_array(folder / "indptr.npy")
        self._named, self._named_starts = _names(folder, len(self._starts))
        self._idf: NDArray[np.float32] = map_array(folder / "idf.npy")
        self._vocabulary: dict[str, int] = read_json(folder / "vocabulary.json")
        settings = read_json(folder / "settings.json")
        self.n_articles: int = settings["n_articles"]
        self.language: str = settings.get("language", "en")
        self.stop_words: frozenset[str] = frozenset(settings["stop_words"])
        self._longest: int = settings["longest_ngram"]

    def __contains__(self, term: str) -> bool:
        return term in self._vocabulary

    def holding(self, tokens: Iterable[str]) -> Mask:
        """(n_articles,) whether the article's text holds the tokens: in a row where the index has such a term."""
        return self._having_all(tuple(tokens), self._articles, self._starts)

    def naming(self, tokens: Iterable[str]) -> Mask:
        """(n_articles,) whether the article's name holds the tokens."""
        return self._having_all(tuple(tokens), self._named, self._named_starts)

    def cosine(self, tokens: Iterable[str]) -> Float64:
        """(n_articles,) cosine between the tokens, with all their n-grams, and every article's weighted text."""
        numbers, weights = self.query_vector(tokens)
        if not numbers.size:
            return np.zeros(self.n_articles)
        postings = [slice(self._starts[number], self._starts[number + 1]) for number in numbers.tolist()]
        articles = np.concatenate([self._articles[each] for each in postings])
        worth = np.concatenate([self._weights[each] * weight for each, weight in zip(postings, weights, strict=True)])
        return np.bincount(articles, worth, self.n_articles).astype(np.float64, copy=False)

    def query_vector(self, tokens: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Numbers of the known terms, ascending, and their L2-normalised weights; empty when no term is known."""
        kept = [token for token in tokens if token not in self.stop_words]
        terms = (term for n in range(1, self._longest + 1) for term in ngrams(kept, n))
        found = Counter(self._vocabulary[term] for term in terms if term in self._vocabulary)
        numbers = np.array(sorted(found), dtype=np.int64)
        counts = np.array([found[number] for number in numbers.tolist()], dtype=np.float32)
        weights = counts * self._idf[numbers]
        length = float(np.linalg.norm(weights))
        return numbers, weights / np.float32(length) if length else weights

    def _having_all(self, tokens: tuple[str, ...], articles: Int32, starts: NDArray[np.int64]) -> Mask:
        said = tuple(token for token in tokens if token not in self.stop_words) or tokens
        phrase = " ".join(said)
        terms = (phrase,) if phrase in self._vocabulary else said
        has = np.ones(self.n_articles, dtype=bool)
        for term in terms:
            holds = np.zeros(self.n_articles, dtype=bool)
            number = self._vocabulary.get(term)
            if number is not None:
                holds[articles[starts[number] : starts[number + 1]]] = True
            has &= holds
        return has


def _names(folder: Path, n_starts: int) -> tuple[Int32, NDArray[np.int64]]:
    """Postings of names; empty in a release of a version that had none."""
    if not (folder / "name_indptr.npy").exists():
        return np.empty(0, np.int32), np.zeros(n_starts, np.int64)
    return map_array(folder / "name_indices.npy"), map_array(folder / "name_indptr.npy")
