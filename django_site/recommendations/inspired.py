"""Inspired by this visit: articles near to what the shopper looks at right now."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from accounts.models import CustomerProfile
from browsing.session import BrowsingSession
from catalog.listing import Indices
from recommendations.selectors import welcome
from recsys_core.serving import FacetSelection, Release
from recsys_core.serving.vectors import VectorIndex, VectorsUnavailableError, milvus_uri
from releases.own_list import own_order
from releases.vectors import vector_search

log = logging.getLogger(__name__)

Tier = Literal["session", "session-similar", "none"]
PRIOR_ARTICLES: Final = 8
PRIOR_WEIGHT: Final = 1.0
"""The customer's own taste, as the best of the own list, weighs as much as one article just viewed."""
MAX_INSPIRED_ARTICLES: Final = 240
"""Articles that facets and pages choose from."""


@dataclass(frozen=True)
class Inspired:
    """Articles best first; ``tier`` is ``session-similar`` where only the release's similar lists could be asked."""

    article_idx: Indices
    tier: Tier


def inspired_by(
    release: Release,
    session: BrowsingSession,
    customer: CustomerProfile | None,
    selection: FacetSelection | None = None,
) -> Inspired:
    """Articles in stock that are nearest to the session, without its own; empty for an empty session."""
    weights = _known(release, session)
    if not weights:
        return Inspired(np.empty(0, np.int32), "none")
    wanted = selection or FacetSelection()
    try:
        found, tier = _nearest(release, weights, customer, wanted), "session"
    except VectorsUnavailableError as reason:
        log.info("session by similar lists: %s", reason)
        found, tier = _similar(release, weights, wanted), "session-similar"
    return Inspired(welcome(release, customer, found[~np.isin(found, list(weights))]), tier)  # type: ignore[arg-type]


def _known(release: Release, session: BrowsingSession) -> dict[int, float]:
    """Weight by article_idx, of articles that the release knows."""
    found = ((release.catalogue.index_of(article_id), weight) for article_id, weight in session.weighted())
    return {idx: weight for idx, weight in found if idx is not None}


def _nearest(
    release: Release, weights: Mapping[int, float], customer: CustomerProfile | None, selection: FacetSelection
) -> NDArray[np.int32]:
    index = VectorIndex.articles(release.manifest)
    search = vector_search(milvus_uri(settings.RECSYS_WORKSPACE))
    if index is None or search is None:
        raise VectorsUnavailableError("no Milvus is configured, or the release has no collection")
    asked = dict(weights)
    own = own_order(release, customer.customer_id if customer else None)
    if own is not None:
        for idx in own[:PRIOR_ARTICLES].tolist():
            asked[idx] = asked.get(idx, 0.0) + PRIOR_WEIGHT / PRIOR_ARTICLES
    vectors = search.vectors(index, list(asked))
    query_vector = np.array(list(asked.values()), np.float32) @ vectors
    if not query_vector.any():
        raise VectorsUnavailableError("the collection knows none of the session's articles")
    return search.nearest(index, query_vector, MAX_INSPIRED_ARTICLES + len(weights), replace(selection, in_stock=True))[
        0
    ]


def _similar(release: Release, weights: Mapping[int, float], selection: FacetSelection) -> NDArray[np.int32]:
    """From the similar lists of the session's articles: each place adds less."""
    score: dict[int, float] = {}
    for idx, weight in weights.items():
        for place, other in enumerate(release.related(idx, "similar").tolist()):
            score[other] = score.get(other, 0.0) + weight / (place + 1)
    best = np.array(sorted(score, key=lambda idx: -score[idx]), np.int32)
    return release.catalogue.facet(best, selection).article_idx
