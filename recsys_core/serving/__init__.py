"""Light reader of releases for the storefront: numpy and pyarrow, nothing that learns."""

from recsys_core.search.analysis import words
from recsys_core.serving.catalogue import Article, Catalogue
from recsys_core.serving.facets import FacetPage, FacetSelection
from recsys_core.serving.lists import RecommendationList
from recsys_core.serving.release import NoLiveReleaseError, Release, open_live, open_release
from recsys_core.serving.suggestions import Suggestion

__all__ = [
    "Article",
    "Catalogue",
    "FacetPage",
    "FacetSelection",
    "NoLiveReleaseError",
    "RecommendationList",
    "Release",
    "Suggestion",
    "open_live",
    "open_release",
    "words",
]
