"""Light reader of releases for the storefront: numpy and pyarrow, nothing that learns."""

from recsys_core.search.analysis import words
from recsys_core.search.synonyms import SynonymError, Synonyms, shipped_synonyms
from recsys_core.serving.catalogue import Article, Catalogue
from recsys_core.serving.facets import FacetPage, FacetSelection
from recsys_core.serving.lists import RecommendationList
from recsys_core.serving.open_releases import NoLiveReleaseError, open_live, open_release
from recsys_core.serving.release import Release
from recsys_core.serving.search.engine import Matches, SearchEngine
from recsys_core.serving.search.suggestions import Suggestion
from recsys_core.serving.search.understanding import Concept, ShownWord, Understanding

__all__ = [
    "Article",
    "Catalogue",
    "Concept",
    "FacetPage",
    "FacetSelection",
    "Matches",
    "NoLiveReleaseError",
    "RecommendationList",
    "Release",
    "SearchEngine",
    "ShownWord",
    "Suggestion",
    "SynonymError",
    "Synonyms",
    "Understanding",
    "open_live",
    "open_release",
    "shipped_synonyms",
    "words",
]
