from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pytest

from recsys_core.contracts.columns import ARTICLE_COLUMNS
from recsys_core.release.catalogue import catalogue_table, write_catalogue
from recsys_core.serving import Catalogue
from recsys_core.serving.arrays import IdSet
from recsys_core.store.image_files import image_names, names_digest


def snapshot_articles(rows: list[dict[str, Any]]) -> pa.Table:
    history = {
        "sold_7d": pa.int32(),
        "sold_30d": pa.int32(),
        "days_since_last_sale": pa.int32(),
        "days_since_first_sale": pa.int32(),
        "price_last": pa.float64(),
    }
    types = {**dict.fromkeys(ARTICLE_COLUMNS, pa.string()), **history}
    whole = [{"sold_7d": 0, "sold_30d": 0, **row} for row in rows]
    return pa.table({name: pa.array([row.get(name) for row in whole], kind) for name, kind in types.items()})


ROWS = [
    {"article_id": "01", "product_type_name": "Shirt", "price_last": 0.01, "days_since_last_sale": 1},
    {"article_id": "02", "product_type_name": "Shirt", "price_last": 0.03, "days_since_last_sale": 60},
    {"article_id": "03", "product_type_name": "Shirt", "price_last": 0.09, "days_since_last_sale": 61},
    {"article_id": "04", "product_type_name": "Shirt"},
    {"article_id": "05", "product_type_name": "Bag"},
    {"article_id": "06", "price_last": 0.05, "days_since_last_sale": 2, "days_since_first_sale": 9},
    {"article_id": "07"},
]


def test_an_unsold_article_costs_the_median_of_its_type_then_of_all() -> None:
    table = catalogue_table(snapshot_articles(ROWS), 60, frozenset())
    expected = [0.01, 0.03, 0.09, 0.03, 0.04, 0.05, 0.05]  # of all: median of .01 .03 .05 .09
    np.testing.assert_allclose(table.column("price").to_numpy(), expected)


@pytest.mark.parametrize("price", [24_999_999.0, 199_999.99])  # rupiah, and what single precision shows as 199,999.98
def test_a_high_price_is_kept_to_the_cent(price: float) -> None:
    table = catalogue_table(snapshot_articles([{"article_id": "01", "price_last": price}]), None, frozenset())
    assert table.column("price").to_pylist() == [price]


def test_a_release_of_a_former_version_has_prices_in_single_precision(tmp_path: Path) -> None:
    table = catalogue_table(snapshot_articles(ROWS), 60, frozenset())
    place = table.column_names.index("price")
    write_catalogue(table.set_column(place, "price", table["price"].cast(pa.float32())), tmp_path)
    catalogue = Catalogue(tmp_path)
    np.testing.assert_allclose(catalogue.price, table["price"].to_numpy(), rtol=1e-7)
    assert catalogue.article(0).price == pytest.approx(0.01)


def test_an_article_without_a_name_is_called_by_its_id() -> None:
    names = ["Tee", "", None]
    rows = [{"article_id": f"0{i}", "prod_name": name} for i, name in enumerate(names)]
    table = catalogue_table(snapshot_articles(rows), None, frozenset())
    assert table.column("prod_name").to_pylist() == ["Tee", "01", "02"]


def test_without_any_sale_prices_are_zero() -> None:
    table = catalogue_table(snapshot_articles(ROWS[3:5]), 60, frozenset())
    assert table.column("price").to_pylist() == [0.0, 0.0]


def test_in_stock_is_sold_within_the_days() -> None:
    table = catalogue_table(snapshot_articles(ROWS), 60, frozenset())
    assert table.column("in_stock").to_pylist() == [True, True, False, False, False, True, False]


def test_without_the_rule_everything_is_in_stock() -> None:
    assert all(catalogue_table(snapshot_articles(ROWS), None, frozenset()).column("in_stock").to_pylist())


def test_in_stock_is_what_an_inventory_says() -> None:
    said = np.array([False, False, True, True, False, False, True])
    for days in (60, None):
        table = catalogue_table(snapshot_articles(ROWS), days, frozenset(), said)
        assert table.column("in_stock").to_pylist() == said.tolist()


def test_what_the_shop_reads_is_what_was_written(tmp_path: Path) -> None:
    write_catalogue(catalogue_table(snapshot_articles(ROWS), 60, {"02"}), tmp_path)
    catalogue = Catalogue(tmp_path)
    bag = catalogue.article(4)
    assert (bag.article_id, bag.product_type_name, bag.colour_group_name) == ("05", "Bag", "Unknown")
    assert (bag.detail_desc, bag.days_since_first_sale, bag.has_image) == ("", -1, False)
    assert catalogue.article(1).has_image
    assert catalogue.facet_values("product_type_name") == ["Bag", "Shirt", "Unknown"]
    assert catalogue.facet_codes("product_type_name").tolist() == [1, 1, 1, 1, 0, 2, 2]


def test_any_ids_are_found_in_the_order_of_their_bytes(tmp_path: Path) -> None:
    """In UTF-8, as Spark and Arrow sort; as UTF-16 the last two would change places."""
    ids = ["..", "0108775015", "a b", "a/b", "y" * 64, "~7E", "É-1", "مقاس", "\uffee", "🧥" * 64]
    assert pa.array(ids).take(pa.compute.sort_indices(pa.array(ids))).to_pylist() == ids
    write_catalogue(catalogue_table(snapshot_articles([{"article_id": each} for each in ids]), 60, set()), tmp_path)
    catalogue = Catalogue(tmp_path)
    assert [catalogue.index_of(each) for each in ids] == [*range(len(ids))]
    assert [article.article_id for article in catalogue.articles(range(len(ids)))] == ids
    assert list(IdSet(catalogue.article_ids)) == ids
    for unknown in ("", "a", "a b\x00", "É", "\ud800", "🧥" * 65):
        assert catalogue.index_of(unknown) is None
        assert unknown not in IdSet(catalogue.article_ids)


def test_variants_have_the_same_product_code_wherever_they_stand(tmp_path: Path) -> None:
    codes = {"01": "p", "02": None, "03": "q", "04": "p", "05": None, "06": "", "07": "p"}
    rows = [{"article_id": article_id, "product_code": code} for article_id, code in codes.items()]
    write_catalogue(catalogue_table(snapshot_articles(rows), 60, set()), tmp_path)
    catalogue = Catalogue(tmp_path)
    p = [0, 3, 6]
    assert [catalogue.variants(idx).tolist() for idx in range(7)] == [p, [1], [2], p, [4], [5], p]


def test_articles_out_of_order_are_refused(tmp_path: Path) -> None:
    table = catalogue_table(snapshot_articles(ROWS[::-1]), 60, frozenset())
    with pytest.raises(ValueError, match="not sorted by article_id"):
        write_catalogue(table, tmp_path)


def test_the_digest_of_names_tells_of_a_new_image(tmp_path: Path) -> None:
    before = names_digest(image_names(tmp_path))
    for name in ("010/0108775015.jpg", "011/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"image")
    names = image_names(tmp_path)
    assert names == {"0108775015"}
    assert names_digest(names) != before == names_digest([])
    assert names_digest(["a", "b"]) == names_digest(["b", "a"])
