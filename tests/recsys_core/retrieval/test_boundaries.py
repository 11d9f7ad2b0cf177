"""The last day that still counts, and what counts once, computed by hand."""

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from recsys_core.config import Config
from recsys_core.features.images import ImageEmbeddings
from recsys_core.retrieval import baskets
from recsys_core.retrieval.also_bought import capped_bought_matrix
from recsys_core.retrieval.attributes import PRICE_BANDS, price_bands
from recsys_core.retrieval.base import eligible_articles
from recsys_core.retrieval.baskets import SHRINKAGE, TYPE_WEIGHT
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.new_articles import Closeness, NewArticlesRetriever
from recsys_core.retrieval.similar_purchases import bought_matrix
from recsys_core.rules.config import RulesConfig
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
from tests.recsys_core.retrieval.test_baskets import ARTICLES, basket, links


def test_the_last_day_of_a_window_counts_and_the_day_before_does_not(tmp_path: Path) -> None:
    snapshot = FixtureShop([Purchase("anna", "a", 30), Purchase("anna", "b", 31)]).snapshot(tmp_path)
    for matrix in (capped_bought_matrix(snapshot, 30), bought_matrix(snapshot, 30)):
        assert matrix.toarray().tolist() == [[1, 0]]


@pytest.mark.parametrize(("days", "expected"), [(60, ["edge"]), (61, ["edge", "out"]), (None, ["edge", "long", "out"])])
def test_eligible_is_what_was_sold_within_the_days(tmp_path: Path, days: int | None, expected: list[str]) -> None:
    sold = [Purchase("anna", "edge", 60), Purchase("anna", "out", 61), Purchase("anna", "long", 900)]
    snapshot = FixtureShop(sold, {"never": {}}).snapshot(tmp_path)
    found = eligible_articles(snapshot, Config(rules=RulesConfig(sold_within_days=days)))
    assert snapshot.article_ids[found].tolist() == expected


def test_a_price_on_an_edge_belongs_to_the_upper_band(tmp_path: Path) -> None:
    """The edges of 1 .. 9 are 2, 3, ..., 8; what was never sold has a band of its own."""
    prices = {f"a{price}": {"price_last": float(price)} for price in range(1, 10)}
    snapshot = FixtureShop([Purchase("anna", "a1", 1)], {**prices, "never": {}}).snapshot(tmp_path)
    assert price_bands(snapshot).tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 7, PRICE_BANDS]


def test_the_largest_basket_that_counts_and_its_last_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baskets, "MAX_BASKET_ARTICLES", 3)
    bought = [*basket("anna", 30, "top", "jeans", "shoes"), *basket("bert", 30, "top", "jeans", "shoes")]
    assert ("top", "jeans") in links(bought, tmp_path)


def test_an_article_bought_twice_is_once_in_its_basket(tmp_path: Path) -> None:
    twice = [*basket("anna", 3, "top", "top", "jeans"), *basket("bert", 3, "top", "top", "jeans")]
    cosine = 2 / (2 + SHRINKAGE)
    assert links(twice, tmp_path)["top", "jeans"] == pytest.approx(cosine * (1 + TYPE_WEIGHT))


def test_two_articles_of_a_kind_are_once_in_its_basket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARTICLES, "twin", {"product_group_name": "Upper", "product_type_name": "top"})
    bought = [*basket("anna", 3, "top", "twin", "jeans"), *basket("bert", 3, "top", "twin", "jeans")]
    cosine = 2 / (2 + SHRINKAGE)
    assert links(bought, tmp_path)["top", "jeans"] == pytest.approx(cosine * (1 + TYPE_WEIGHT))


def test_closeness_is_the_mean_of_attributes_and_image_where_both_have_one() -> None:
    attributes = sparse.csr_array(np.array([[1, 0], [1, 0], [1, 0]], np.float32))
    images = np.zeros((3, 128), np.float32)
    images[0, 0], images[1, :2] = 1.0, (0.6, 0.8)
    closeness = Closeness(attributes, np.array([1, 2], np.int32), ImageEmbeddings(images))
    np.testing.assert_allclose(closeness.of(np.array([0], np.int32)), [[(1 + 0.6) / 2, 1.0]], rtol=1e-6)
    by_image = Closeness(None, np.array([1, 2], np.int32), ImageEmbeddings(images))
    np.testing.assert_allclose(by_image.of(np.array([0], np.int32)), [[0.6, 0.0]], rtol=1e-6)


def test_new_is_what_is_still_sold_and_of_the_like_what_sells_comes_first(tmp_path: Path) -> None:
    """``gone`` was first sold ten days ago, and not within the last five; ``best`` sells more than its twin."""
    kinds = {name: {"product_type_name": "dress"} for name in ("mine", "a_twin", "best", "gone")}
    kinds["other"] = {"product_type_name": "sock"}
    sold = [Purchase("anna", "mine", day) for day in (1, 90)] + [Purchase("bert", "gone", 10)]
    sold += [Purchase("bert", "a_twin", 1), Purchase("bert", "other", 90)]
    sold += [Purchase(f"c{i}", "best", 1) for i in range(5)]
    snapshot = FixtureShop(sold, kinds).snapshot(tmp_path)
    config = Config(rules=RulesConfig(sold_within_days=5))

    found = NewArticlesRetriever.fit(snapshot, config).retrieve(snapshot.customer_rows(["anna"])).article_idx[0]

    assert snapshot.article_ids[found[found != PAD]].tolist() == ["best", "a_twin"]
