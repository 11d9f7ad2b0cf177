from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core.release import lists as release_lists
from recsys_core.release.lists import RECOMMENDATIONS_SCHEMA, write_lists
from recsys_core.serving.lists import CustomerLists

CATALOGUE = pa.array(["01", "02", "03"])


def write_part(folder: Path, number: int, rows: list[dict[str, Any]]) -> None:
    places = {"scores": 0.5, "source_purchases": None}
    whole = [{**{name: [value] * len(row["article_ids"]) for name, value in places.items()}, **row} for row in rows]
    pq.write_table(pa.Table.from_pylist(whole, RECOMMENDATIONS_SCHEMA), folder / f"part-{number:05d}.parquet")


def row(customer_id: str, *article_ids: str, reason: str = "popular") -> dict[str, Any]:
    return {"customer_id": customer_id, "article_ids": article_ids, "reasons": [reason] * len(article_ids)}


@pytest.fixture
def release(tmp_path: Path) -> Path:
    (tmp_path / "release").mkdir()
    return tmp_path / "release"


def test_parts_become_arrays_and_one_parquet_file(tmp_path: Path, release: Path) -> None:
    write_part(tmp_path, 0, [row("a", "03", "01"), row("bb", "02", "03", reason="repurchase")])
    write_part(tmp_path, 1, [row("ccc", "01", "02")])
    shape = write_lists(tmp_path, CATALOGUE, release)
    assert (shape.customers, shape.length, shape.id_width) == (3, 2, 3)
    lists = CustomerLists(release / "lists")
    found = lists.for_customer("bb")
    assert found is not None
    assert (found.article_idx.tolist(), found.reasons) == ([1, 2], ("repurchase", "repurchase"))
    np.testing.assert_array_equal(np.load(release / "lists/article_idx.npy"), [[2, 0], [1, 2], [0, 1]])
    table = pq.read_table(release / "recommendations.parquet")
    assert table.schema.equals(RECOMMENDATIONS_SCHEMA)
    assert table.column("article_ids").to_pylist() == [["03", "01"], ["02", "03"], ["01", "02"]]


def test_the_purchase_that_a_reason_is_about_stands_beside_it(tmp_path: Path, release: Path) -> None:
    write_part(tmp_path, 0, [{**row("a", "03", "01", reason="also_bought"), "source_purchases": ["02", None]}])
    write_lists(tmp_path, CATALOGUE, release)
    found = CustomerLists(release / "lists").for_customer("a")
    assert found is not None
    assert found.source_purchases == (1, -1)


def test_lists_of_an_older_release_name_no_purchase(tmp_path: Path, release: Path) -> None:
    write_part(tmp_path, 0, [row("a", "03", "01")])
    write_lists(tmp_path, CATALOGUE, release)
    (release / "lists" / "source_purchases.npy").unlink()
    found = CustomerLists(release / "lists").for_customer("a")
    assert found is not None
    assert (found.source_purchases, len(found)) == ((), 2)


def test_an_article_outside_the_catalogue_names_the_customer(tmp_path: Path, release: Path) -> None:
    write_part(tmp_path, 0, [row("a", "01", "02"), row("b", "01", "99")])
    with pytest.raises(ValueError, match=r"'99' in article_ids of customer b is not in the catalogue"):
        write_lists(tmp_path, CATALOGUE, release)


def test_an_unknown_reason_is_refused(tmp_path: Path, release: Path) -> None:
    write_part(tmp_path, 0, [row("a", "01", reason="magic")])
    with pytest.raises(ValueError, match="'magic' in reasons of customer a is not in REASONS"):
        write_lists(tmp_path, CATALOGUE, release)


def test_lists_of_different_length_are_refused(tmp_path: Path, release: Path) -> None:
    write_part(tmp_path, 0, [row("a", "01", "02"), row("b", "01")])
    with pytest.raises(ValueError, match=r"lengths \[1, 2\]"):
        write_lists(tmp_path, CATALOGUE, release)


@pytest.mark.parametrize("group_customers", [1, 2, 3, 100])
def test_parts_of_together_so_many_customers_make_a_row_group(
    tmp_path: Path, release: Path, monkeypatch: pytest.MonkeyPatch, group_customers: int
) -> None:
    monkeypatch.setattr(release_lists, "GROUP_CUSTOMERS", group_customers)
    bought = {"source_purchases": ["02", None]}
    parts = [
        [{**row("a", "03", "01", reason="also_bought"), **bought}],
        [row("b", "02", "03", reason="repurchase"), row("cc", "01", "02")],
        [],
        [row("d", "01", "03")],
    ]
    for number, rows in enumerate(parts):
        write_part(tmp_path, number, rows)
    write_lists(tmp_path, CATALOGUE, release)
    np.testing.assert_array_equal(np.load(release / "lists/customer_ids.npy"), [b"a", b"b", b"cc", b"d"])
    np.testing.assert_array_equal(np.load(release / "lists/article_idx.npy"), [[2, 0], [1, 2], [0, 1], [0, 2]])
    np.testing.assert_array_equal(np.load(release / "lists/source_purchases.npy")[0], [1, -1])
    assert (np.load(release / "lists/source_purchases.npy")[1:] == -1).all()
    table = pq.read_table(release / "recommendations.parquet")
    assert table.schema.equals(RECOMMENDATIONS_SCHEMA)
    assert table.equals(pa.concat_tables(map(pq.read_table, sorted(tmp_path.glob("part-*.parquet")))))
    groups = {1: 3, 2: 3, 3: 2, 100: 1}
    assert pq.read_metadata(release / "recommendations.parquet").num_row_groups == groups[group_customers]


@pytest.mark.parametrize("group_customers", [1, 100])
def test_a_part_whose_lists_are_of_another_length_is_refused(
    tmp_path: Path, release: Path, monkeypatch: pytest.MonkeyPatch, group_customers: int
) -> None:
    monkeypatch.setattr(release_lists, "GROUP_CUSTOMERS", group_customers)
    write_part(tmp_path, 0, [row("a", "01", "02")])
    write_part(tmp_path, 1, [row("b", "01", "02", "03")])
    with pytest.raises(ValueError, match=r"lengths \[2, 3\]"):
        write_lists(tmp_path, CATALOGUE, release)


def test_scores_of_another_length_than_their_list_are_refused(tmp_path: Path, release: Path) -> None:
    write_part(tmp_path, 0, [{**row("a", "01", "02"), "scores": [0.5]}])
    with pytest.raises(ValueError, match=r"lengths \[1, 2\]"):
        write_lists(tmp_path, CATALOGUE, release)


@pytest.mark.parametrize("column", ["article_ids", "reasons"])
def test_a_place_without_article_or_reason_is_refused(tmp_path: Path, release: Path, column: str) -> None:
    write_part(tmp_path, 0, [row("a", "01", "02"), {**row("b", "01", "02"), column: [CATALOGUE[0].as_py(), None]}])
    broken = {"article_ids": "None in article_ids", "reasons": "'01' in reasons"}
    with pytest.raises(ValueError, match=f"{broken[column]} of customer b"):
        write_lists(tmp_path, CATALOGUE, release)


def test_a_purchase_outside_the_catalogue_is_refused(tmp_path: Path, release: Path) -> None:
    write_part(tmp_path, 0, [{**row("a", "01", "02"), "source_purchases": [None, "99"]}])
    with pytest.raises(ValueError, match="'99' in source_purchases of customer a is not in the catalogue"):
        write_lists(tmp_path, CATALOGUE, release)


def test_parts_without_a_list_are_refused(tmp_path: Path, release: Path) -> None:
    write_part(tmp_path, 0, [])
    with pytest.raises(ValueError, match="recsys filter"):
        write_lists(tmp_path, CATALOGUE, release)


def test_a_customer_id_may_hold_letters_of_several_bytes(tmp_path: Path, release: Path) -> None:
    write_part(tmp_path, 0, [row("a", "01"), row("äß", "02")])
    assert write_lists(tmp_path, CATALOGUE, release).id_width == 4
    found = CustomerLists(release / "lists").for_customer("äß")
    assert found is not None
    assert found.article_idx.tolist() == [1]


def test_without_parts_the_error_names_the_command(tmp_path: Path, release: Path) -> None:
    with pytest.raises(FileNotFoundError, match="recsys filter"):
        write_lists(tmp_path, CATALOGUE, release)
