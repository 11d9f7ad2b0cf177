"""The set of retrievers, by name, and their use together."""

from collections.abc import Mapping

from recsys_core.features.snapshot import IntArray
from recsys_core.retrieval.also_bought import AlsoBoughtRetriever
from recsys_core.retrieval.base import Retriever
from recsys_core.retrieval.candidates import Candidates, union
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.retrieval.repurchase import RepurchaseRetriever
from recsys_core.retrieval.two_tower import TwoTowerRetriever

RETRIEVERS: Mapping[str, type[Retriever]] = {
    retriever.name: retriever
    for retriever in (TwoTowerRetriever, PopularRetriever, RepurchaseRetriever, AlsoBoughtRetriever)
}


def retrieve_all(lanes: Mapping[str, Retriever], customers: IntArray, n_articles: int) -> Candidates:
    """The union of all lanes' candidates for one block of customers."""
    return union({name: lane.retrieve(customers) for name, lane in lanes.items()}, n_articles)
