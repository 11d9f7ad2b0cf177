"""Another shop, brought in by a column mapping alone."""

from pathlib import Path

import pytest

from recsys_core.config import Config
from recsys_core.pipeline.plan import current_tables
from recsys_core.workspace import Workspace
from spark_jobs.jobs.ingest import ingest, list_files, main
from spark_jobs.mapping import load_sources
from tests.spark_jobs.conftest import rows

MAPPING = """
[articles]
source = "lines*"
distinct = true
any_article_id = true
[articles.columns]
article_id = "Code"
prod_name = "Name"

[transactions]
source = "lines*"
any_article_id = true
separator = ";"
date_format = "d.M.yyyy"
where = "try_cast(Quantity as int) > 0"
[transactions.columns]
t_dat = "Day"
customer_id = "Buyer"
article_id = "Code"
price = "Paid"
[transactions.constants]
sales_channel_id = "1"
""".replace("distinct = true\n", 'distinct = true\nseparator = ";"\n')
LINES = """Day;Code;Name;Quantity;Paid;Buyer
1.12.2010;85123A;Lantern;6;2.55;b1
2.12.2010;85123A;Lantern;-6;2.55;b1
31.12.2010;X1;"Mug; red";1;3;b2
"""


def write(folder: Path, mapping: str = MAPPING) -> Path:
    path = folder / "mapping.toml"
    path.write_text(mapping)
    return path


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_one_file_of_order_lines_makes_all_tables(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    workspace.raw.mkdir(parents=True)
    (workspace.raw / "lines.csv").write_text(LINES)
    tables = ingest(workspace, Config(), load_sources(write(tmp_path)))
    assert [(a["article_id"], a["prod_name"]) for a in rows(tables.path / "articles")] == [
        ("85123A", "Lantern"),
        ("X1", "Mug; red"),
    ]
    bought = [(str(r["t_dat"]), *list(r.values())[1:]) for r in rows(tables.path / "transactions")]
    assert bought == [("2010-12-01", "b1", "85123A", 2.55, 1), ("2010-12-31", "b2", "X1", 3.0, 1)]
    assert [c["has_profile"] for c in rows(tables.path / "customers")] == [False, False]
    assert (tables.summary["rows_in"], tables.summary["accepted"], tables.summary["quarantined"]) == (4, 4, 0)


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_a_condition_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    workspace.raw.mkdir(parents=True)
    (workspace.raw / "lines.csv").write_text(LINES)
    mapping = MAPPING.replace("try_cast(Quantity as int) > 0", "Quantitty > 0")
    with pytest.raises(ValueError, match=r"\[transactions\] where = 'Quantitty > 0' cannot be read"):
        ingest(workspace, Config(), load_sources(write(tmp_path, mapping)))


JOINED = '''
[files]
orders = "orders"
[files.items]
source = "items"
columns = ["order", "code"]
optional_columns = ["remark"]
[files.names]
source = "names"
columns = ["code", "name"]
optional = true
[files.unused]
source = "nowhere"

[articles]
select = """
    SELECT DISTINCT i.code AS article_id, n.name AS prod_name FROM items i LEFT JOIN names n USING (code)"""
[transactions]
select = """
    SELECT o.day AS t_dat, o.buyer AS customer_id, i.code AS article_id, coalesce(i.remark, :price) AS price
    FROM items i JOIN orders o USING (`order`)"""
[transactions.variables]
price = 2.5
'''


def joined_shop(folder: Path, items: str) -> Workspace:
    workspace = Workspace(folder / "workspace")
    workspace.raw.mkdir(parents=True)
    (workspace.raw / "orders.csv").write_text("order,day,buyer\n1,2020-01-02,b1\n")
    (workspace.raw / "items.csv").write_text(items)
    return workspace


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_a_view_may_be_without_a_file_or_a_column_that_is_optional(tmp_path: Path) -> None:
    workspace = joined_shop(tmp_path, "order,code\n1,A\n1,B\n")
    tables = ingest(workspace, Config(), load_sources(write(tmp_path, JOINED)))
    bought = [(r["customer_id"], r["article_id"], r["price"]) for r in rows(tables.path / "transactions")]
    assert bought == [("b1", "A", 2.5), ("b1", "B", 2.5)]
    assert [(a["article_id"], a["prod_name"]) for a in rows(tables.path / "articles")] == [("A", None), ("B", None)]


def test_a_listed_column_that_a_file_lacks_is_named_before_anything_is_read(tmp_path: Path) -> None:
    workspace = joined_shop(tmp_path, "order,sku\n1,A\n")
    sources = load_sources(write(tmp_path, JOINED))
    with pytest.raises(ValueError, match=r"items\.csv has no column 'code', .* \[files\] items lists.*: order, sku"):
        list_files(workspace, sources, [])


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("[articles]\nsource = 'a*'", "expected articles, customers, transactions"),
        (MAPPING.replace('prod_name = "Name"', 'produkt = "Name"'), "maps 'produkt', which is no column"),
        (MAPPING.replace("any_article_id = true", "any_id = true"), "any_id"),
        ("[articles", "is not TOML"),
        (
            JOINED.replace("optional = true", "optinal = true"),
            r"\[files.names\] optinal: no such key; choose from source",
        ),
    ],
)
def test_a_wrong_mapping_is_explained(tmp_path: Path, mapping: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load_sources(write(tmp_path, mapping))


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_a_mapped_folder_needs_no_file_of_kaggles_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace(tmp_path / "workspace")
    data = tmp_path / "data"
    data.mkdir()
    (data / "lines.csv").write_text(LINES)
    options = ["--workspace", str(workspace.root), "--data", str(data), "--mapping", str(write(tmp_path))]
    monkeypatch.setattr("sys.argv", ["ingest", *options])
    main()
    assert current_tables(workspace).summary["transactions"] == 2
    (workspace.root / "tables" / "current").unlink()
    monkeypatch.setattr(
        "sys.argv", ["ingest", "--workspace", str(workspace.root)]
    )  # as orders of the storefront start it
    main()
    assert current_tables(workspace).summary["transactions"] == 2
