"""Articles that look like an image, or like another article."""

import logging
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from catalog.listing import Indices
from catalog.query import ListingQuery
from recsys_core.serving import FacetSelection, Release
from recsys_core.serving.vectors import VectorIndex, VectorsUnavailableError, milvus_uri
from releases.vectors import vector_search

log = logging.getLogger(__name__)

Tier = Literal["image", "taste", "similar", "none"]
UPLOAD_BUDGET_SECONDS: Final = 2.0
"""Seconds that who sent an image waits for Milvus; "more like this" has lists to fall back on and waits less."""
MAX_SIMILAR_ARTICLES: Final = 240
"""Articles that facets and pages choose from."""
STAND_INS: Final = ("same_look", "similar", "same_style")
"""The release's own lists, in the order in which they stand in for vectors."""


@dataclass(frozen=True)
class SimilarArticles:
    """Articles most alike first; ``tier`` is ``taste`` where two-tower vectors, ``similar`` where lists stood in."""

    article_idx: Indices
    tier: Tier
    before_limit: Indices
    """Articles found before the least similarity is applied."""


def like_image(release: Release, query_vector: NDArray[np.float32], query: ListingQuery) -> SimilarArticles:
    """Articles nearest to a query vector by image.

    Raises
    ------
    VectorsUnavailableError
        If the release has no vectors of images, or Milvus does not answer.
    """
    index = VectorIndex.images(release.manifest)
    if index is None:
        raise VectorsUnavailableError(f"release {release.id} has no vectors of images")
    return _nearest(index, query_vector, query, "image", UPLOAD_BUDGET_SECONDS)


def like_article(release: Release, idx: int, query: ListingQuery) -> SimilarArticles:
    """Returns similar articles in stock.

    They are similar by image where it is known, else by the two-tower vectors, else by the release's lists.
    """
    indices: dict[Tier, VectorIndex | None] = {
        "image": VectorIndex.images(release.manifest),
        "taste": VectorIndex.articles(release.manifest),
    }
    for tier, index in indices.items():
        try:
            if index is not None and (query_vector := _vector_of(index, idx)).any():
                return _without(_nearest(index, query_vector, replace(query, in_stock=True), tier), idx)
        except VectorsUnavailableError as reason:
            log.info("like %d by lists: %s", idx, reason)
            break
    listed = [other for relation in STAND_INS for other in release.related(idx, relation).tolist()]
    found = np.array(list(dict.fromkeys(listed)), np.int32)
    return SimilarArticles(found, "similar", found)


def _without(similar: SimilarArticles, idx: int) -> SimilarArticles:
    own = similar.article_idx != idx, similar.before_limit != idx
    return SimilarArticles(similar.article_idx[own[0]], similar.tier, similar.before_limit[own[1]])


def _vector_of(index: VectorIndex, idx: int) -> NDArray[np.float32]:
    search = vector_search(milvus_uri(settings.RECSYS_WORKSPACE))
    if search is None:
        raise VectorsUnavailableError("no Milvus is configured")
    vector: NDArray[np.float32] = search.vectors(index, [idx])[0]
    return vector


def _nearest(
    index: VectorIndex, query_vector: NDArray[np.float32], query: ListingQuery, tier: Tier, patience: float = 0.0
) -> SimilarArticles:
    """The nearest of all, and of those that the filters leave, so that a narrow choice fills its pages too."""
    search = vector_search(milvus_uri(settings.RECSYS_WORKSPACE))
    if search is None:
        raise VectorsUnavailableError("no Milvus is configured")
    everything = FacetSelection(in_stock=query.in_stock)
    found, similarity = search.nearest(index, query_vector, MAX_SIMILAR_ARTICLES, everything, patience)
    if query.selection != everything:
        chosen, chosen_similarity = search.nearest(index, query_vector, MAX_SIMILAR_ARTICLES, query.selection, patience)
        found, first = np.unique(np.concatenate([found, chosen]), return_index=True)
        similarity = np.concatenate([similarity, chosen_similarity])[first]
        order = np.lexsort((found, -similarity))
        found, similarity = found[order], similarity[order]
    return SimilarArticles(
        found[similarity >= query.min_similarity / 100] if query.min_similarity else found, tier, found
    )
