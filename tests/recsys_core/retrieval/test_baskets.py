from pathlib import Path

import numpy as np
import pytest

from recsys_core.retrieval import baskets
from recsys_core.retrieval.baskets import SHRINKAGE, TYPE_WEIGHT, bought_with
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

GROUPS = {"top": "Upper", "shirt": "Upper", "jeans": "Lower", "shoes": "Shoes"}
ARTICLES = {a: {"product_group_name": group, "product_type_name": a} for a, group in GROUPS.items()}


def links(purchases: list[Purchase], root: Path, stocked: str = "jeans shirt shoes top", days: int = 30) -> dict:
    snapshot = FixtureShop(purchases, ARTICLES).snapshot(root)
    wanted = np.isin(snapshot.article_ids, stocked.split())
    found = bought_with(snapshot, wanted, days).tocoo()
    ids = snapshot.article_ids
    return {(ids[j], ids[i]): score for j, i, score in zip(found.row, found.col, found.data, strict=True)}


def basket(customer: str, days_ago: int, *articles: str) -> list[Purchase]:
    return [Purchase(customer, article, days_ago) for article in articles]


def test_what_is_bought_on_one_day_in_two_baskets_goes_together(tmp_path: Path) -> None:
    bought = basket("anna", 3, "top", "jeans") + basket("bert", 5, "top", "jeans") + basket("cleo", 5, "jeans")
    cosine = 2 / np.sqrt((2 + SHRINKAGE) * (3 + SHRINKAGE))  # two baskets with a top, three with jeans

    either = cosine * (1 + TYPE_WEIGHT)  # each is the only one of its kind
    assert links(bought, tmp_path) == pytest.approx({("top", "jeans"): either, ("jeans", "top"): either})


def test_what_nobody_bought_yet_is_combined_like_its_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = {"product_group_name": "Upper", "product_type_name": "top"}
    monkeypatch.setitem(ARTICLES, "new", new)
    bought = [*basket("anna", 3, "top", "jeans"), *basket("bert", 5, "top", "jeans")]
    cosine = 2 / (2 + SHRINKAGE)
    found = links(bought, tmp_path)
    assert found["new", "jeans"] == pytest.approx(TYPE_WEIGHT * cosine)
    assert found["new", "jeans"] < found["top", "jeans"]
    assert ("new", "top") not in found  # of one group


def test_one_basket_is_chance(tmp_path: Path) -> None:
    assert links(basket("anna", 3, "top", "jeans"), tmp_path) == {}


def test_two_days_are_two_baskets(tmp_path: Path) -> None:
    bought = [*basket("anna", 3, "top"), *basket("anna", 4, "jeans"), *basket("bert", 3, "top")]
    assert links([*bought, *basket("bert", 4, "jeans")], tmp_path) == {}


def test_articles_of_one_group_replace_each_other(tmp_path: Path) -> None:
    assert links([*basket("anna", 3, "top", "shirt"), *basket("bert", 3, "top", "shirt")], tmp_path) == {}


def test_only_what_is_wanted_is_linked_to(tmp_path: Path) -> None:
    bought = [*basket("anna", 3, "top", "jeans"), *basket("bert", 5, "top", "jeans")]
    assert set(links(bought, tmp_path, stocked="top")) == {("jeans", "top")}


def test_what_is_long_ago_does_not_count(tmp_path: Path) -> None:
    bought = [*basket("anna", 3, "top", "jeans"), *basket("bert", 31, "top", "jeans")]
    assert links(bought, tmp_path) == {}


def test_a_resellers_basket_links_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baskets, "MAX_BASKET_ARTICLES", 2)
    bought = [*basket("anna", 3, "top", "jeans", "shoes"), *basket("bert", 3, "top", "jeans")]
    assert links(bought, tmp_path) == {}
