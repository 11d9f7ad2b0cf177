"""The set of retrievers, by name, and their use together."""

from collections.abc import Mapping

from recsys_core.config import Config
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.retrieval.also_bought import AlsoBoughtRetriever
from recsys_core.retrieval.base import Lane, OffLane, Retriever, SourcedRetriever, Sources
from recsys_core.retrieval.candidates import Candidates, union
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
"""Made from more than the snapshot."""
RETRIEVERS: Mapping[str, type[Retriever]] = {retriever.name: retriever for retriever in (*_PLAIN, *_SOURCED)}
OFF = "off"
"""Key of a lane's artifact summary that holds the reason why the lane is off."""


def fit_lane(
    name: str, snapshot: Snapshot, config: Config, sources: Sources, monitor: Monitor | None = None
) -> Retriever:
    """
    Raises
    ------
    LaneOff
        If the shop lacks what the lane is made from.
    """
    if name in SOURCED:
        return SOURCED[name].fit(snapshot, config, monitor, sources)
    return RETRIEVERS[name].fit(snapshot, config, monitor)


def load_lane(name: str, fitted: Artifact, snapshot: Snapshot, config: Config) -> Lane:
    """What ``recsys train-retrievers`` fitted, or the lane that stands for one that is off.

    Raises
    ------
    DamagedArtifactError
        If a file changed since it was fitted.
    """
    check_files(fitted, "recsys train-retrievers")
    if reason := fitted.summary.get(OFF):
        return OffLane(name, str(reason))
    return RETRIEVERS[name].load(fitted.path, snapshot, config)


def retrieve_all(lanes: Mapping[str, Lane], customers: IntArray, n_articles: int) -> Candidates:
    """The union of all lanes' candidates for one block of customers."""
    return union({name: lane.retrieve(customers) for name, lane in lanes.items()}, n_articles)
