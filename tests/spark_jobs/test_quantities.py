"""Lines of several pieces, and lines whose number of pieces cannot be read."""

import json
from pathlib import Path

import pytest

from recsys_core.config import Config
from recsys_core.store.artifacts import Artifact
from recsys_core.workspace import Workspace
from spark_jobs.functions import define_functions
from spark_jobs.jobs.ingest import ingest
from spark_jobs.mapping import load_sources
from spark_jobs.session import spark_session
from tests.spark_jobs.conftest import rows

MAPPING = """
[articles]
source = "goods"
[transactions]
source = "lines"
max_quantity = 7
decimal = ","
[transactions.columns]
quantity = "pieces"
"""
LINES = """t_dat;customer_id;article_id;price;pieces
2020-01-01;c1;A;2,50;3
2020-01-01;c1;B;9;8
2020-01-02;c2;A;2,50;0,35
2020-01-02;c2;A;2,50;2,9
2020-01-02;c2;A;2,50;-1
2020-01-02;c2;A;free;0
2020-01-03;c3;A;2,50;two
2020-01-03;c3;A;2,50;
2020-01-03;c3;Z;2,50;5
2020-01-04;c4;B;9;1e400
"""
JOINED = """
[files]
lines = "lines*"
[articles]
select = "SELECT code AS article_id, name AS prod_name, _line, _file_number FROM lines WHERE code <> ''"
distinct = true
[customers]
select = "SELECT buyer AS customer_id, town AS postal_code, _line, _file_number FROM lines"
distinct = "last"
[transactions]
select = '''
    SELECT day AS t_dat, buyer AS customer_id, code AS article_id, '1' AS price, pieces AS quantity, _line, _file_number
    FROM lines'''
"""


def read(folder: Path, mapping: str, **files: str) -> Artifact:
    workspace = Workspace(folder / "workspace")
    workspace.raw.mkdir(parents=True)
    for name, text in files.items():
        (workspace.raw / f"{name}.csv").write_text(text)
    path = folder / "mapping.toml"
    path.write_text(mapping)
    return ingest(workspace, Config(), load_sources(path))


def bought(tables: Artifact) -> list[tuple[object, ...]]:
    return [(row["customer_id"], row["article_id"], row["price"]) for row in rows(tables.path / "transactions")]


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_a_line_is_as_many_purchases_as_it_has_pieces_and_is_accounted_for_as_a_line(tmp_path: Path) -> None:
    tables = read(tmp_path, MAPPING, goods="article_id\nA\nB\n", lines=LINES)
    assert bought(tables) == [
        *[("c1", "A", 2.5)] * 3,
        *[("c1", "B", 9.0)] * 7,  # of eight
        *[("c2", "A", 2.5)] * (1 + 2),  # of 0.35 one, of 2.9 two
        *[("c4", "B", 9.0)] * 7,
    ]
    assert [(row["line"], row["reason"], row["text"]) for row in rows(tables.path / "quarantine")] == [
        (8, "quantity is not a number", "2020-01-03;c3;A;2,50;two"),
        (9, "quantity is not a number", "2020-01-03;c3;A;2,50;"),
        (10, "unknown article", "2020-01-03,c3,Z,2.5,2"),
    ]
    account = json.loads((tables.path / "batches.json").read_text())[-1]
    counts = {name: account[name] for name in ("table", "rows_in", "accepted", "made", "left_out")}
    assert counts == {"table": "transactions", "rows_in": 8, "accepted": 5, "made": 20, "left_out": 2}
    report = (tmp_path / "workspace" / "receipts" / "ingest.html").read_text()
    assert '<td class="number">5, 20 purchases</td>' in report


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_a_query_hands_on_where_a_row_stands(tmp_path: Path) -> None:
    one = "day,buyer,town,code,name,pieces\n2020-01-01,c1,p1,A,Cap,2\n2020-01-01,c1,p2,B,Hat,1\n"
    two = "day,buyer,town,code,name,pieces\n2020-01-02,c1,p3,A,Beret,some\n2020-01-02,c2,p4,B,Hat,-2\n"
    tables = read(tmp_path, JOINED, lines_1=one, lines_2=two)
    assert bought(tables) == [("c1", "A", 1.0), ("c1", "A", 1.0), ("c1", "B", 1.0)]
    assert [(row["article_id"], row["prod_name"]) for row in rows(tables.path / "articles")] == [
        ("A", "Cap"),
        ("B", "Hat"),
    ]
    profiles = {row["customer_id"]: row["postal_code"] for row in rows(tables.path / "customers")}
    assert profiles == {"c1": "p3", "c2": "p4"}
    (bad,) = rows(tables.path / "quarantine")
    assert (bad["line"], bad["reason"]) == (2, "quantity is not a number")
    assert json.loads(str(bad["text"])) == {
        "file": "lines_2.csv",
        "t_dat": "2020-01-02",
        "customer_id": "c1",
        "article_id": "A",
        "price": "1",
        "quantity": "some",
    }


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_queries_can_make_ids_of_texts_and_free_them_from_html() -> None:
    session = spark_session("test").newSession()
    define_functions(session)
    (row,) = session.sql(
        "SELECT as_id(' A 1 '), as_id(repeat('é', 64)), as_id(repeat('é', 65)), as_id(' '), as_id(NULL), "
        "unescape_html('T&eacute; &amp; Caf&#233; &lt;3'), unescape_html('A & B; C'), unescape_html(NULL)"
    ).collect()
    assert list(row) == ["A 1", "é" * 64, f"{'é' * 55} c8a2666a", None, None, "Té & Café <3", "A & B; C", None]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (f"{MAPPING}[articles.columns]\nquantity = 'n'", r"\[articles.columns\] maps 'quantity', which is no column"),
        (f"{MAPPING}[transactions.constants]\nquantity = '2'", r"\[transactions.constants\] maps 'quantity', which"),
        (f"{MAPPING}[transactions.expressions]\nquantity = '2'", "maps 'quantity' twice"),
        (MAPPING.replace("= 7", "= 0"), r"\[transactions\] max_quantity = 0: Input should be greater than or equal to"),
    ],
)
def test_a_wrong_quantity_is_explained(tmp_path: Path, mapping: str, message: str) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(mapping)
    with pytest.raises(ValueError, match=message):
        load_sources(path)
