"""A customer's own list in a release, of the ranking that the experiment gives to this customer."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from recsys_core.serving import Release
from recsys_core.serving.arrays import Int32
from releases.experiment import lists_for
from releases.explanations import ListReasons

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OwnList:
    """Articles best first; why each is there and the retriever that found it, by article_idx."""

    article_idx: Int32
    reasons: Mapping[int, str]
    codes: Mapping[int, str]


def own_list(release: Release, customer_id: str | None) -> OwnList | None:
    """Returns the customer's own list; None for a guest, a customer without a list, and lists that cannot be read."""
    if customer_id is None:
        return None
    try:
        own = lists_for(release, customer_id).for_customer(customer_id)
    except (OSError, ValueError, IndexError):
        log.exception("the lists of release %s cannot be read", release.id)
        return None
    if own is None or not len(own):
        return None
    codes = dict(zip(own.article_idx.tolist(), own.reasons, strict=True))
    return OwnList(own.article_idx, ListReasons(release.catalogue, own), codes)


def own_order(release: Release, customer_id: str | None) -> Int32 | None:
    """The articles alone; None without a list."""
    own = own_list(release, customer_id)
    return own.article_idx if own else None


def retriever_of(release: Release, customer_id: str | None, article_id: str) -> str:
    """The retriever that put an article on the own list; empty if it is not there."""
    own, idx = own_list(release, customer_id), release.catalogue.index_of(article_id)
    return own.codes.get(idx, "") if own and idx is not None else ""
