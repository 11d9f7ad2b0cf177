"""One release, opened by memory map and shared by all threads of a process."""

import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

from recsys_core.contracts.release import (
    CATALOGUE,
    FALLBACKS,
    LEDGER,
    LISTS,
    MANIFEST,
    RELATED,
    RELATIONS,
    SEARCH,
    SECOND,
)
from recsys_core.search.synonyms import Synonyms
from recsys_core.serving.arrays import Int32, map_array, read_json
from recsys_core.serving.catalogue import Catalogue
from recsys_core.serving.first_release import is_first
from recsys_core.serving.ledger import Ledger, read_ledger
from recsys_core.serving.lists import Fallbacks, Lists, NoLists, RecommendationList, open_lists
from recsys_core.serving.search.engine import SearchEngine
from recsys_core.serving.search.files import SearchFiles

FALLBACK_LENGTH = 60
MAX_SEARCH_ENGINES = 2
"""Search engines kept per release: one of the synonyms as they are, and one of those before, for requests under way."""


class Release:
    """An immutable release. All is mapped or held open from then on, so a later removal of the folder does no harm.

    It opens without its customers' lists too: the shop then shows everybody what is popular.

    Raises
    ------
    FileNotFoundError
        If the folder is not a whole release.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.manifest: dict[str, Any] = read_json(folder / MANIFEST)
        self.id: str = self.manifest["id"]
        self.is_first = is_first(self.manifest)
        """True if nothing was trained for it: its lists come from retrievers that count, and nothing has vectors."""
        self.catalogue = Catalogue(folder / CATALOGUE)
        self.lists: Lists = open_lists(folder / LISTS)
        second = folder / SECOND / LISTS
        self.second_lists: Lists = open_lists(second) if second.exists() else NoLists()
        """Lists of ``manifest["second_ranker"]``, for the experiment; nobody has one without it."""
        self.ledger: Ledger | None = read_ledger(folder / LEDGER)
        self._fallbacks = Fallbacks(folder / FALLBACKS, self.catalogue.article_ids)
        tables = {name: folder / RELATED / f"{name}.npy" for name in RELATIONS}
        self._related: dict[str, Int32] = {name: map_array(path) for name, path in tables.items() if path.exists()}
        self._search = SearchFiles(folder / SEARCH)
        self._engines: OrderedDict[Synonyms | None, SearchEngine] = OrderedDict()
        self._making_engines = threading.Lock()

    def fallback(self, age_interval: str | None = None) -> RecommendationList:
        """Returns the list for a guest or an unknown customer; never empty while the catalogue holds an article."""
        best = self._fallbacks.best(age_interval)
        if len(best):
            return best
        most_sold = np.argsort(-self.catalogue.sold_30d, kind="stable")[:FALLBACK_LENGTH].astype(np.int32)
        return RecommendationList(most_sold, ("fallback",) * len(most_sold))

    def related(self, idx: int, relation: str) -> Int32:
        """Articles in stock in a relation (``contracts.release.RELATIONS``), nearest first; none without a source."""
        if relation not in self._related:
            return np.empty(0, np.int32)
        nearest: Int32 = self._related[relation][idx]
        return nearest[nearest >= 0].copy()

    @property
    def language(self) -> str:
        """Language of its shoppers, by which the text search knows plain words."""
        return self._search.postings.language

    def search_engine(self, synonyms: Synonyms | None = None) -> SearchEngine:
        """Text search under a list of synonyms; by default the shipped one of the shop's language."""
        engine = self._engines.get(synonyms)
        if engine is not None:
            return engine
        with self._making_engines:
            engine = self._engines.get(synonyms)
            if engine is None:
                engine = self._engines[synonyms] = SearchEngine(self._search, self.catalogue, synonyms)
                while len(self._engines) > MAX_SEARCH_ENGINES:
                    self._engines.popitem(last=False)
            return engine

    def prepare_search_like(self, former: "Release") -> None:
        """Makes the search engine that another release made last, if it has one: no first search waits for it."""
        for synonyms in list(former._engines)[-1:]:
            self.search_engine(synonyms)
