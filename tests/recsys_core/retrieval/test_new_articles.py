from pathlib import Path

import numpy as np
import pytest

from recsys_core.config import Config
from recsys_core.data.stock import Stock
from recsys_core.features.images import EMBEDDING_LENGTH, ImageEmbeddings
from recsys_core.features.snapshot import Snapshot
from recsys_core.retrieval.base import RetrieverUnavailableError, Sources
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.config import RetrievalConfig
from recsys_core.retrieval.new_articles import NewArticlesRetriever
from recsys_core.testing.retriever_contract import RetrieverContract
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

DRESS = {"product_type_name": "dress"}
SHIRT = {"product_type_name": "shirt"}
ARTICLES = {"old_dress": DRESS, "old_shirt": SHIRT, "new_dress": DRESS, "new_shirt": SHIRT, "unsold_dress": DRESS}
SOLD = [Purchase("anna", "old_dress", 30), Purchase("bert", "old_shirt", 30), Purchase("carl", "old_shirt", 2)]
SOLD += [Purchase("carl", "new_dress", 3), *(Purchase(f"c{i}", "new_shirt", 1) for i in range(4))]


class TestContract(RetrieverContract):
    retriever = NewArticlesRetriever
    serves_cold_start = True


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    return FixtureShop(SOLD, ARTICLES, {"newcomer": {}}).snapshot(tmp_path)


def found(snapshot: Snapshot, customer: str, sources: Sources | None = None) -> list[str]:
    retriever = NewArticlesRetriever.fit(snapshot, Config(), sources=sources)
    best = retriever.retrieve(snapshot.customer_rows([customer])).article_idx[0]
    return [str(article) for article in snapshot.article_ids[best[best != PAD]]]


def test_history_decides_which_new_articles_come_first(snapshot: Snapshot) -> None:
    assert found(snapshot, "anna")[0] == "new_dress"
    assert found(snapshot, "bert")[0] == "new_shirt"


@pytest.mark.parametrize("customer", ["newcomer", "nobody knows"])
def test_newcomers_get_the_new_articles_that_sell_best(snapshot: Snapshot, customer: str) -> None:
    assert found(snapshot, customer) == ["new_shirt", "new_dress"]


def test_articles_in_stock_that_were_never_sold_are_new(snapshot: Snapshot) -> None:
    in_stock = np.isin(snapshot.article_ids, ["unsold_dress", "old_shirt"])[None]

    stocked = found(snapshot, "anna", Sources(stock=Stock(("north",), in_stock)))

    assert sorted(stocked) == ["new_dress", "new_shirt", "unsold_dress"]
    assert "unsold_dress" not in found(snapshot, "anna")


def test_an_image_counts_beside_the_attributes(tmp_path: Path) -> None:
    articles = {"mine": DRESS, "looks": DRESS, "differs": DRESS, "shirt": SHIRT}
    sold = [Purchase("anna", "mine", 30), *(Purchase("bert", article, 1) for article in ("looks", "differs", "shirt"))]
    snapshot = FixtureShop(sold, articles).snapshot(tmp_path)
    vectors = np.zeros((snapshot.n_articles, EMBEDDING_LENGTH), np.float32)
    vectors[snapshot.article_rows(["mine", "looks"]), 0] = 1.0
    vectors[snapshot.article_rows(["differs"]), 1] = 1.0

    assert found(snapshot, "anna", Sources(ImageEmbeddings(vectors)))[:2] == ["looks", "differs"]
    assert found(snapshot, "anna")[:2] == ["differs", "looks"]  # a tie without images


def test_off_where_nothing_is_new(snapshot: Snapshot, tmp_path: Path) -> None:
    old = FixtureShop([Purchase("anna", "a", 20), Purchase("anna", "a", 1)]).snapshot(tmp_path / "old")

    with pytest.raises(RetrieverUnavailableError, match="no article was first sold in the last 14 days"):
        NewArticlesRetriever.fit(old, Config())
    longer = Config(retrieval=RetrievalConfig(new_articles_days=20))
    assert NewArticlesRetriever.fit(old, longer).retrieve(np.array([0], np.int32)).article_idx[0, 0] == 0
