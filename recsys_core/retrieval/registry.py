"""The set of retrievers, by name, and their use together."""

from collections.abc import Mapping

from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.retrieval.also_bought import AlsoBoughtRetriever
from recsys_core.retrieval.base import CandidateSource, Retriever, SourcedRetriever, Sources, UnavailableRetriever
from recsys_core.retrieval.candidates import Candidates, union
from recsys_core.retrieval.config import RetrieverConfigs
from recsys_core.retrieval.new_articles import NewArticlesRetriever
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.retrieval.repurchase import RepurchaseRetriever
from recsys_core.retrieval.similar_attributes import SimilarAttributesRetriever
from recsys_core.retrieval.similar_images import SimilarImagesRetriever
from recsys_core.retrieval.similar_purchases import SimilarPurchasesRetriever
from recsys_core.retrieval.two_tower import TwoTowerRetriever
from recsys_core.store.artifacts import Artifact, check_files
from recsys_core.training import Monitor

_PLAIN: tuple[type[Retriever], ...] = (
    PopularRetriever,
    RepurchaseRetriever,
    AlsoBoughtRetriever,
    SimilarPurchasesRetriever,
    SimilarAttributesRetriever,
)
_SOURCED: tuple[type[SourcedRetriever], ...] = (TwoTowerRetriever, SimilarImagesRetriever, NewArticlesRetriever)
SOURCED: Mapping[str, type[SourcedRetriever]] = {retriever.name: retriever for retriever in _SOURCED}
"""Retrievers made from more than the snapshot."""
RETRIEVERS: Mapping[str, type[Retriever]] = {retriever.name: retriever for retriever in (*_PLAIN, *_SOURCED)}
OFF = "off"
"""Key of a retriever's artifact summary that holds the reason why the retriever is off."""


def fit_retriever(
    name: str, snapshot: Snapshot, config: RetrieverConfigs, sources: Sources, monitor: Monitor | None = None
) -> Retriever:
    """Fit a retriever on a snapshot.

    Raises
    ------
    RetrieverUnavailableError
        If the shop lacks what the retriever is made from.
    """
    if name in SOURCED:
        return SOURCED[name].fit(snapshot, config, monitor, sources)
    return RETRIEVERS[name].fit(snapshot, config, monitor)


def load_retriever(name: str, fitted: Artifact, snapshot: Snapshot, config: RetrieverConfigs) -> CandidateSource:
    """Loads a retriever that ``recsys train-retrievers`` fitted, or the replacement of one that is off.

    Raises
    ------
    DamagedArtifactError
        If a file changed since it was fitted.
    """
    check_files(fitted, "recsys train-retrievers")
    if reason := fitted.summary.get(OFF):
        return UnavailableRetriever(name, str(reason))
    return RETRIEVERS[name].load(fitted.path, snapshot, config)


def retrieve_all(retrievers: Mapping[str, CandidateSource], customers: IntArray, n_articles: int) -> Candidates:
    """The union of all retrievers' candidates for one block of customers."""
    return union({name: retriever.retrieve(customers) for name, retriever in retrievers.items()}, n_articles)
