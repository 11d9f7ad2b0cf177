from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from recsys_core.retrieval import baskets
from recsys_core.retrieval.baskets import MIN_GROUP_LIFT, SHRINKAGE, TYPE_WEIGHT, bought_with, group_lift
from recsys_core.retrieval.candidates import PAD
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

GROUPS = {"top": "Upper", "shirt": "Upper", "jeans": "Lower", "shoes": "Shoes"}
ARTICLES = {a: {"product_group_name": group, "product_type_name": a} for a, group in GROUPS.items()}


def links(purchases: list[Purchase], root: Path, stocked: str = "jeans shirt shoes top", days: int = 30) -> dict:
    snapshot = FixtureShop(purchases, ARTICLES).snapshot(root)
    wanted = np.isin(snapshot.article_ids, stocked.split())
    found, ids = bought_with(snapshot, wanted, days, len(ARTICLES)), snapshot.article_ids
    return {
        (ids[j], ids[found.article_idx[j, rank]]): found.score[j, rank]
        for j, rank in np.argwhere(found.article_idx != PAD)
    }


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


def test_lift_compares_pairs_of_groups_with_chance() -> None:
    """Four groups of an article each. Chance would give each of the six pairs the same: 40 + 40 + 4 * 10 of 6."""
    pairs = {(0, 1): 40, (2, 3): 40, (0, 2): 10, (0, 3): 10, (1, 2): 10, (1, 3): 10}
    rows = [pair for pair, times in pairs.items() for _ in range(times)]
    baskets = np.zeros((len(rows), 4), np.float32)
    for row, pair in enumerate(rows):
        baskets[row, list(pair)] = 1
    lift = group_lift(sparse.csr_array(baskets), np.arange(4, dtype=np.int32))
    prior = 10
    assert lift[0, 1] == pytest.approx((40 + prior) / (20 + prior))
    assert lift[0, 2] == pytest.approx((10 + prior) / (20 + prior))
    assert np.diag(lift).tolist() == [0, 0, 0, 0]
    np.testing.assert_allclose(lift, lift.T)


def test_a_large_group_does_not_hide_what_goes_together() -> None:
    """Most baskets hold tops alone; of the others trousers stand with tops, and nightwear with underwear."""
    tops, trousers, nightwear, underwear = range(4)
    baskets = [[tops]] * 500 + [[tops, trousers]] * 100 + [[nightwear, underwear]] * 60 + [[tops, underwear]] * 40
    baskets += [[tops, nightwear]] * 15
    held = np.zeros((len(baskets), 4), np.float32)
    for row, basket in enumerate(baskets):
        held[row, basket] = 1
    goes = group_lift(sparse.csr_array(held), np.arange(4, dtype=np.int32)) >= MIN_GROUP_LIFT
    assert goes[tops, trousers]
    assert goes[nightwear, underwear]
    assert not goes[tops, nightwear]
    assert not goes[trousers, nightwear]


def test_two_groups_alone_go_together() -> None:
    baskets = sparse.csr_array(np.array([[1, 1], [1, 1], [1, 0]], np.float32))
    assert group_lift(baskets, np.arange(2, dtype=np.int32))[0, 1] == pytest.approx(1)
