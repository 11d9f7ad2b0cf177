"""TF-IDF over the catalogue's text, fitted by scikit-learn and written as arrays that need no pickle.

Design A's text search (description, product type, department; stop words, 1- to 3-grams, cosine), with the
attributes that shoppers type as further, weighted fields.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer, TfidfVectorizer
from tqdm import tqdm

from recsys_core.search.analysis import terms, tokens, words
from recsys_core.search.language import plain_words
from recsys_core.search.phrases import named_words, write_phrases
from recsys_core.store.artifacts import link_file, write_json

log = logging.getLogger(__name__)

FIELD_WEIGHTS: Final[Mapping[tuple[str, ...], int]] = {
    ("prod_name",): 2,
    ("colour_group_name", "product_type_name"): 3,  # one phrase: "dark blue shirt" is a 3-gram
    ("graphical_appearance_name",): 1,
    ("product_group_name",): 1,
    ("department_name",): 1,
    ("section_name",): 1,
    ("index_group_name",): 2,
    ("detail_desc",): 1,
}
"""Fields of an article's document and how often each counts. N-grams do not cross fields."""

LONGEST_NGRAM: Final = 3
FASHION_WORDS: Final = frozenset({"top", "bottom", "back", "front", "side", "thick", "thin", "full", "off", "down"})
"""English stop words that say something about clothes."""
STOP_WORDS: Final = frozenset(word for stop in ENGLISH_STOP_WORDS - FASHION_WORDS for word in tokens(stop))
LARGE_CATALOGUE: Final = 5_000
MIN_ARTICLES: Final = 3
"""Number of articles that a term of a large catalogue must stand in."""
MAX_TERMS: Final = 200_000

TEXT_FILES: Final = (
    *("data.npy", "indices.npy", "indptr.npy", "idf.npy", "vocabulary.json", "name_indices.npy", "name_indptr.npy"),
    *("settings.json", "words.json", "plain_words.json", "named_words.json"),
)
"""Files of a search that depend on the texts and the language alone, not on sales and stock."""
NAME: Final = list(FIELD_WEIGHTS).index(("prod_name",))
Document = tuple[str, ...]


def fit_search(
    articles: pa.Table, folder: Path, language: str = "en", fitted: Path | None = None
) -> dict[str, int | str]:
    """Fit on ``articles`` (one row an article) and write ``contracts.release.SEARCH`` into ``folder``.

    ``language`` is the shoppers' (ISO 639-1): plain words of it are not taken for slips of the catalogue's words.
    ``fitted`` is the folder of a search in the same language that was fitted on the same ``texts_digest``: what depends
    on texts alone is taken from there. Returns the counts ``terms``, ``postings``, ``bytes`` of the postings and
    ``phrases`` to complete to, and the digest as ``texts``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if fitted:
        for name in TEXT_FILES:
            link_file(fitted / name, folder / name)
    else:
        _fit_texts(articles, folder, language)
    phrases = write_phrases(articles, folder)
    terms_, postings = (len(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in ("idf", "indices"))
    log.info("search: %d articles, %d terms, %d postings", articles.num_rows, terms_, postings)
    counts = {"terms": terms_, "postings": postings, "bytes": postings * 8, "phrases": phrases}
    return counts | {"texts": texts_digest(articles)}


def texts_digest(articles: pa.Table) -> str:
    """SHA-256 of all texts that the search is fitted on, article by article."""
    digest = hashlib.sha256()
    for name in sorted({name for names in FIELD_WEIGHTS for name in names}):
        for value in articles.column(name).to_pylist():
            text = (value or "").encode()
            digest.update(len(text).to_bytes(4, "little") + text)
    return digest.hexdigest()


def _fit_texts(articles: pa.Table, folder: Path, language: str) -> None:
    """Write ``TEXT_FILES``."""
    vectorizer = make_vectorizer(articles.num_rows)
    rows = tqdm(documents(articles), total=articles.num_rows, desc="search", unit=" articles", disable=None)
    postings = vectorizer.fit_transform(rows).T.tocsr()
    postings.sort_indices()
    np.save(folder / "data.npy", postings.data.astype(np.float32))
    np.save(folder / "indices.npy", postings.indices.astype(np.int32))
    np.save(folder / "indptr.npy", postings.indptr.astype(np.int64))
    np.save(folder / "idf.npy", vectorizer.idf_.astype(np.float32))
    write_json(folder / "vocabulary.json", {term: int(number) for term, number in vectorizer.vocabulary_.items()})
    _write_names(articles, vectorizer.vocabulary_, folder)
    write_json(folder / "settings.json", _settings(articles.num_rows, language))
    write_json(folder / "words.json", written_words(articles, vectorizer.vocabulary_))
    write_json(folder / "plain_words.json", plain_words(language))
    write_json(folder / "named_words.json", named_words(articles))


def make_vectorizer(n_articles: int) -> Any:
    """The unfitted TfidfVectorizer over ``documents`` of a catalogue of this size."""
    return TfidfVectorizer(
        analyzer=_weighted_analyzer(),
        min_df=MIN_ARTICLES if n_articles >= LARGE_CATALOGUE else 1,
        max_features=MAX_TERMS,
        dtype=np.float32,
    )


def documents(articles: pa.Table) -> Iterator[Document]:
    """An article's fields as texts, in the order of ``FIELD_WEIGHTS``."""
    for batch in articles.to_batches(max_chunksize=4096):
        columns = {name: batch.column(name).to_pylist() for names in FIELD_WEIGHTS for name in names}
        for row in range(batch.num_rows):
            yield tuple(" ".join(columns[name][row] or "" for name in names) for names in FIELD_WEIGHTS)


def written_words(articles: pa.Table, vocabulary: Collection[str]) -> dict[str, int]:
    """Words as they are written -> how many articles hold one: those that a search finds, and those of names."""
    found: Counter[str] = Counter()
    names: set[str] = set()
    words_of = lru_cache(maxsize=20_000)(lambda text: frozenset(words(text)))
    for document in documents(articles):
        names |= words_of(document[NAME])
        found.update(frozenset().union(*(words_of(text) for text in document)))
    kept = (word for word in found if word in names or any(token in vocabulary for token in tokens(word)))
    return {word: found[word] for word in sorted(kept)}


def _write_names(articles: pa.Table, vocabulary: Mapping[str, int], folder: Path) -> None:
    """The articles of every term that have it in their name, as postings without weights."""
    counter = CountVectorizer(
        analyzer=lambda name: terms(name, STOP_WORDS, LONGEST_NGRAM), vocabulary=vocabulary, binary=True
    )
    named = counter.transform(document[NAME] for document in documents(articles)).T.tocsr()
    named.sort_indices()
    np.save(folder / "name_indices.npy", named.indices.astype(np.int32))
    np.save(folder / "name_indptr.npy", named.indptr.astype(np.int64))


def _weighted_analyzer() -> Callable[[Document], list[str]]:
    weights = tuple(FIELD_WEIGHTS.values())

    @lru_cache(maxsize=20_000)
    def field_terms(text: str) -> tuple[str, ...]:
        return tuple(terms(text, STOP_WORDS, LONGEST_NGRAM))

    def analyze(document: Document) -> list[str]:
        fields = zip(document, weights, strict=True)
        return [term for text, weight in fields for term in field_terms(text) * weight]

    return analyze


def _settings(n_articles: int, language: str) -> dict[str, Any]:
    return {
        "n_articles": n_articles,
        "language": language,
        "stop_words": sorted(STOP_WORDS),
        "longest_ngram": LONGEST_NGRAM,
        "fields": [{"columns": list(names), "weight": weight} for names, weight in FIELD_WEIGHTS.items()],
    }
