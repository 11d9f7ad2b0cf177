from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.data.stock import INVENTORY, NO_REGION, REGIONS, Stock

ARTICLES = ["a", "b", "c"]
INVENTORY_ROWS = {
    "article_id": ["a", "a", "b", "gone"],
    "region": ["north", "south", "south", "south"],
    "in_stock": [True, False, True, True],
}


def write(folder: Path, table: str, rows: dict[str, list[object]]) -> None:
    (folder / table).mkdir()
    pq.write_table(pa.table(rows), folder / table / "part-00000.parquet")


def test_flags_stand_by_region_and_article(tmp_path: Path) -> None:
    write(tmp_path, INVENTORY, INVENTORY_ROWS)

    stock = Stock.open(tmp_path, ARTICLES)

    assert stock is not None
    assert stock.regions == ("north", "south")
    assert stock.in_stock.tolist() == [[True, False, False], [False, True, False]]
    assert stock.anywhere.tolist() == [True, True, False]


def test_no_inventory_is_no_stock_even_with_regions(tmp_path: Path) -> None:
    write(tmp_path, REGIONS, {"postal_code": ["p1"], "region": ["north"]})

    assert Stock.open(tmp_path, ARTICLES) is None


def test_regions_by_postal_code(tmp_path: Path) -> None:
    write(tmp_path, INVENTORY, INVENTORY_ROWS)
    without = Stock.open(tmp_path, ARTICLES)
    write(tmp_path, REGIONS, {"postal_code": ["p1", "p2", "p3"], "region": ["north", "south", "west"]})
    with_regions = Stock.open(tmp_path, ARTICLES)

    assert without is not None
    assert with_regions is not None
    codes = ["p2", "p1", "p3", "p9"]
    assert with_regions.regions_of(codes).tolist() == [1, 0, NO_REGION, NO_REGION]  # no stock is told of the west
    assert (without.region_of, without.regions_of(codes).tolist()) == (None, [NO_REGION] * 4)
