from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from recsys_core.config import Config
from recsys_core.contracts.release import REASONS
from recsys_core.features.snapshot import Snapshot
from recsys_core.retrieval.also_bought import AlsoBoughtRetriever
from recsys_core.retrieval.explanations import Explanations
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

PURCHASES = [Purchase("anna", "a", 1), Purchase("anna", "b", 4), Purchase("bert", "b", 9), Purchase("bert", "c", 9)]
ALSO = REASONS.index("also_bought")


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    return FixtureShop(PURCHASES, {"d": {}}).snapshot(tmp_path)


def named(snapshot: Snapshot, strengths: dict[str, float], listed: str, reason: int = ALSO) -> list[str]:
    """The purchase that each of anna's and bert's places is owed to, "-" for none; strengths by "from>to"."""
    table = np.zeros((4, 4), np.float32)
    for link, strength in strengths.items():
        table[tuple(snapshot.article_rows(link.split(">")))] = strength
    customers = snapshot.customer_rows(["anna", "bert"])
    articles = np.tile(snapshot.article_rows(list(listed)), (2, 1))
    reasons = np.full(articles.shape, reason, np.uint8)
    found = Explanations(snapshot.purchases, {"also_bought": sparse.csr_array(table)}).purchase(
        customers, articles, reasons
    )
    return ["".join(snapshot.article_ids[idx] if idx >= 0 else "-" for idx in row) for row in found]


def test_the_strongest_link_names_the_purchase_later_ones_weighing_more(snapshot: Snapshot) -> None:
    # For anna a counts 1 and b half, by their days; for bert b and c a third.
    assert named(snapshot, {"a>d": 0.3, "b>d": 0.5, "c>d": 0.6}, "d") == ["a", "c"]
    assert named(snapshot, {"a>d": 0.2, "b>d": 0.5}, "d") == ["b", "b"]


def test_a_place_without_a_link_is_owed_to_no_purchase(snapshot: Snapshot) -> None:
    assert named(snapshot, {"a>d": 0.3}, "dc") == ["a-", "--"]
    assert named(snapshot, {}, "d") == ["-", "-"]


def test_reasons_of_other_retrievers_are_about_no_purchase(snapshot: Snapshot) -> None:
    assert named(snapshot, {"a>d": 0.3}, "d", REASONS.index("popular")) == ["-", "-"]


def test_a_retriever_of_new_articles_says_new_in_whatever_it_goes_by(snapshot: Snapshot) -> None:
    new = REASONS.index("new_articles")
    retrievers = {"new_articles": AlsoBoughtRetriever.fit(snapshot, Config())}  # with links, as that retriever has them
    listed = np.tile(snapshot.article_rows(["c"]), (2, 1))
    found = Explanations.of_retrievers(snapshot, retrievers).purchase(
        snapshot.customer_rows(["anna", "bert"]), listed, np.full(listed.shape, new, np.uint8)
    )
    assert (found == -1).all()


def test_of_equally_strong_links_the_later_purchase_names_the_place(snapshot: Snapshot) -> None:
    # b counts for anna half of what a does; bert bought b and c on one day, where the order of articles decides.
    assert named(snapshot, {"a>d": 0.25, "b>d": 0.5, "c>d": 0.5}, "d") == ["a", "c"]


def test_what_was_explained_to_one_customer_is_not_to_the_next(snapshot: Snapshot) -> None:
    assert named(snapshot, {"a>d": 0.3, "c>d": 0.6, "b>a": 0.1}, "da") == ["ab", "cb"]


def test_what_a_retriever_retrieved_is_owed_to_a_purchase_of_the_customer(snapshot: Snapshot) -> None:
    config = Config()
    retrievers = {
        retriever.name: retriever.fit(snapshot, config) for retriever in (AlsoBoughtRetriever, PopularRetriever)
    }
    everybody = np.arange(snapshot.n_customers, dtype=np.int32)
    listed = retrievers["also_bought"].retrieve(everybody).article_idx

    found = Explanations.of_retrievers(snapshot, retrievers).purchase(
        everybody, listed, np.full(listed.shape, ALSO, np.uint8)
    )

    row, place = np.nonzero(listed >= 0)
    pairs = set(zip(snapshot.customer_ids[row], snapshot.article_ids[found[row, place]], strict=True))
    assert len(row) > 0
    assert pairs <= {(purchase.customer, purchase.article) for purchase in PURCHASES}
