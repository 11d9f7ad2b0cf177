from pathlib import Path

import numpy as np

from recsys_core.contracts.release import RELATIONS
from recsys_core.features.images import EMBEDDING_LENGTH, ImageEmbeddings
from recsys_core.features.snapshot import Snapshot
from recsys_core.release.related import related_articles_of
from recsys_core.release.similar import SIMILAR_LENGTH
from recsys_core.retrieval.candidates import PAD
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

ATTRIBUTES = {
    "a1": {"product_code": "a", "product_group_name": "Upper", "colour_group_name": "Black"},
    "a2": {"product_code": "a", "product_group_name": "Upper", "colour_group_name": "White"},
    "b1": {"product_code": "b", "product_group_name": "Upper", "colour_group_name": "Black"},
    "c1": {"product_code": "c", "product_group_name": "Lower", "colour_group_name": "Black"},
    "d1": {"product_code": "d", "product_group_name": "Lower", "colour_group_name": "White"},
}
BASKETS = [Purchase(customer, article, 2) for customer in ("anna", "bert") for article in ("a1", "c1")]
PURCHASES = [*BASKETS, Purchase("anna", "b1", 9), Purchase("cleo", "d1", 9), Purchase("cleo", "a2", 10)]


def tables(root: Path, images: ImageEmbeddings | None = None, stocked: str = "a1 a2 b1 c1 d1") -> dict:
    snapshot = FixtureShop(PURCHASES, ATTRIBUTES).snapshot(root)
    in_stock = np.isin(snapshot.article_ids, stocked.split())
    return {
        name: named(snapshot, nearest)
        for name, nearest in related_articles_of(snapshot, np.eye(5, dtype=np.float32), in_stock, images)
    }


def named(snapshot: Snapshot, nearest: np.ndarray) -> dict[str, list[str]]:
    """Article ids by article, without the padding."""
    assert nearest.shape == (5, SIMILAR_LENGTH)
    assert nearest.dtype == np.int32
    ids = snapshot.article_ids
    return {ids[row]: [ids[idx] for idx in nearest[row] if idx != PAD] for row in range(5)}


def test_every_relation_has_a_table_where_there_is_a_source(tmp_path: Path) -> None:
    vectors = np.zeros((5, EMBEDDING_LENGTH), np.float32)
    vectors[[0, 2], 0] = 1.0
    assert set(tables(tmp_path)) == set(RELATIONS) - {"same_look"}
    assert set(tables(tmp_path, ImageEmbeddings(vectors))) == set(RELATIONS)


def test_looks_alike_holds_articles_with_images_only(tmp_path: Path) -> None:
    vectors = np.zeros((5, EMBEDDING_LENGTH), np.float32)
    vectors[[0, 2, 3], [0, 0, 1]] = 1.0
    look = tables(tmp_path, ImageEmbeddings(vectors))["same_look"]
    assert look == {"a1": ["b1", "c1"], "a2": [], "b1": ["a1", "c1"], "c1": ["a1", "b1"], "d1": []}


def test_the_same_style_shares_attributes_and_is_another_product(tmp_path: Path) -> None:
    style = tables(tmp_path)["same_style"]
    assert style["a1"][0] == "b1"  # upper body and black
    assert "a2" not in style["a1"]
    assert "a1" not in style["a1"]


def test_also_bought_and_goes_with_come_from_purchases(tmp_path: Path) -> None:
    found = tables(tmp_path)
    assert found["also_bought"]["a1"] == ["c1", "b1"]  # of two buyers both, and one
    assert found["also_bought"]["d1"] == ["a2"]
    assert found["goes_with"]["a1"][0] == "c1"
    assert found["goes_with"]["c1"][0] == "a1"
    assert "a1" not in found["goes_with"]["b1"]  # of one group


def test_only_what_is_in_stock_is_offered(tmp_path: Path) -> None:
    found = tables(tmp_path, stocked="a1 d1")
    offered = {article for table in found.values() for nearest in table.values() for article in nearest}
    assert offered <= {"a1", "d1"}
