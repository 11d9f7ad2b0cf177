from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from recsys_core.config import Config
from recsys_core.retrieval.attributes import PRICE_BANDS, attribute_vectors, price_bands
from recsys_core.retrieval.base import RetrieverUnavailableError
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.config import RetrievalConfig
from recsys_core.retrieval.similar_attributes import SimilarAttributesRetriever
from recsys_core.testing.retriever_contract import RetrieverContract
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

RED_DRESS = {"product_type_name": "dress", "colour_group_name": "red"}
BLUE_DRESS = {"product_type_name": "dress", "colour_group_name": "blue"}
BLUE_SHIRT = {"product_type_name": "shirt", "colour_group_name": "blue"}
GREEN_SOCK = {"product_type_name": "sock", "colour_group_name": "green"}


class TestContract(RetrieverContract):
    retriever = SimilarAttributesRetriever


def found(
    tmp_path: Path, bought: Sequence[str], articles: Mapping[str, Mapping[str, str]], config: Config | None = None
) -> list[str]:
    """Returns anna's candidates after she bought these, the latest last; others bought every article once."""
    own = [Purchase("anna", article, len(bought) - i) for i, article in enumerate(bought)]
    snapshot = FixtureShop([*own, *(Purchase(f"{a}er", a, 2) for a in articles)], articles).snapshot(tmp_path)
    retriever = SimilarAttributesRetriever.fit(snapshot, config or Config())
    best = retriever.retrieve(snapshot.customer_rows(["anna"])).article_idx[0]
    return [str(article) for article in snapshot.article_ids[best[best != PAD]]]


def test_articles_with_more_in_common_come_first(tmp_path: Path) -> None:
    articles = {"mine": RED_DRESS, "twin": RED_DRESS, "cousin": BLUE_DRESS, "stranger": GREEN_SOCK}

    assert found(tmp_path, ["mine"], articles)[:2] == ["twin", "cousin"]


def test_of_equal_articles_the_popular_comes_first(tmp_path: Path) -> None:
    articles = {"mine": RED_DRESS, "slow": RED_DRESS, "top": RED_DRESS, "other": GREEN_SOCK}
    crowd = [Purchase(f"c{i}", "top", 2) for i in range(5)]
    sold = [Purchase("anna", "mine", 1), Purchase("c0", "slow", 2), Purchase("c1", "other", 2), *crowd]
    snapshot = FixtureShop(sold, articles).snapshot(tmp_path)

    best = SimilarAttributesRetriever.fit(snapshot, Config()).retrieve(snapshot.customer_rows(["anna"]))

    assert snapshot.article_ids[best.article_idx[0, :2]].tolist() == ["top", "slow"]


def test_only_the_latest_purchases_are_looked_at(tmp_path: Path) -> None:
    articles = {"old": RED_DRESS, "redder": RED_DRESS, "new": BLUE_SHIRT, "bluer": BLUE_SHIRT}
    one = Config(retrieval=RetrievalConfig(similar_attributes_latest=1))

    assert found(tmp_path, ["old", "new"], articles, one)[0] == "bluer"
    assert found(tmp_path, ["new", "old"], articles, one)[0] == "redder"


def test_shop_without_attributes_has_no_such_retriever(tmp_path: Path) -> None:
    snapshot = FixtureShop([Purchase("anna", "a", 1), Purchase("anna", "b", 1)]).snapshot(tmp_path)

    with pytest.raises(RetrieverUnavailableError, match="all articles have the same attributes"):
        SimilarAttributesRetriever.fit(snapshot, Config())


def test_a_rare_value_weighs_more_than_a_common_one(tmp_path: Path) -> None:
    # Four articles: two dresses, three blue ones. In common are "dress" for r and b, "blue" for b and s.
    articles = {"r": RED_DRESS, "b": BLUE_DRESS, "s": BLUE_SHIRT, "s2": BLUE_SHIRT | {"product_type_name": "sock"}}
    snapshot = FixtureShop([], articles).snapshot(tmp_path)

    vectors = attribute_vectors(snapshot)

    cosine = (vectors @ vectors.T).toarray()
    dress, blue, red, single = (np.log(4 / n) ** 2 for n in (2, 3, 1, 1))  # single: a product of its own
    own_r, own_b, own_s = dress + red + single, dress + blue + single, single + blue + single
    rows = snapshot.article_rows(["r", "b", "s"])
    assert cosine[rows[0], rows[1]] == pytest.approx(dress / np.sqrt(own_r * own_b), rel=1e-5)
    assert cosine[rows[1], rows[2]] == pytest.approx(blue / np.sqrt(own_b * own_s), rel=1e-5)
    np.testing.assert_allclose(np.diag(cosine), 1.0, rtol=1e-5)


def test_price_bands_are_equally_full(tmp_path: Path) -> None:
    sold = [Purchase("anna", f"a{i:02d}", 1, price=0.01 * (i + 1)) for i in range(2 * PRICE_BANDS)]
    snapshot = FixtureShop(sold, {"unsold": {}}).snapshot(tmp_path)

    bands = price_bands(snapshot)

    assert bands[:-1].tolist() == [band for band in range(PRICE_BANDS) for _ in range(2)]
    assert bands[-1] == PRICE_BANDS
