"""Lineage by records that are written by hand: a small workspace, whose keys say what they are."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core.store.artifacts import digest_of, write_json
from recsys_core.store.lineage import DatasetVersion, Lineage, lineage_of
from recsys_core.workspace import Workspace

TABLES, ARTICLES_FILE, MONDAY, TUESDAY = "aaaa000000000001", "bbbb000000000001", "bbbb000000000002", "bbbb000000000003"
SNAPSHOT, EARLIER = "cccc000000000001", "cccc000000000002"
TOWERS, POPULAR = "dddd000000000001", "dddd000000000002"
SCORED, LISTS, CATALOGUE, INDEX = "eeee000000000001", "eeee000000000002", "eeee000000000003", "eeee000000000004"
EMBEDDINGS, ENCODER = "ffff000000000001", "ffff000000000002"
OF_TABLES = "a" * 64
IMAGES = "b" * 64


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def record(workspace: Workspace, kind: str, key: str, inputs: dict[str, str], **more: Any) -> None:
    folder = workspace.root / kind / key
    folder.mkdir(parents=True)
    made = {"files": {"part-00000.parquet": "00"}, "bytes": {"part-00000.parquet": 10}, "content_sha256": key}
    made |= {"summary": {}, "created_at": "2020-09-23T03:00:00Z"}
    write_json(folder / "artifact.json", {"kind": kind, "key": key, "inputs": inputs, **made, **more})


def names(versions: Any) -> dict[str, str]:
    return {each.name: each.version for each in versions}


def test_tables_are_made_from_raw_files_by_table(workspace: Workspace) -> None:
    for key, table, sha, rows in (
        (ARTICLES_FILE, "articles", "1" * 64, 6),
        (MONDAY, "transactions", "2" * 64, 30),
        (TUESDAY, "transactions", "3" * 64, 12),
    ):
        summary = {"table": table, "sha256": sha, "rows_in": rows}
        record(workspace, "batches", key, {f"{key}.csv": sha}, summary=summary)
    inputs = {"articles-00000": ARTICLES_FILE, "transactions-00000": MONDAY, "transactions-00001": TUESDAY}
    record(workspace, "tables", TABLES, inputs, summary={"transactions": 41, "articles": 6})

    lineage = lineage_of(workspace, [f"tables/{TABLES}"])

    assert [(each.name, each.rows, each.files) for each in lineage.inputs] == [
        ("raw/articles", 6, 1),
        ("raw/transactions", 42, 2),
    ]
    assert [(each.name, each.version, each.rows, each.bytes) for each in lineage.outputs] == [
        ("tables", TABLES, 41, 10)
    ]


def test_another_file_is_another_version_of_the_raw_table(workspace: Workspace) -> None:
    made = {}
    for tables, batch, sha in (("a" * 16, MONDAY, "2" * 64), ("b" * 16, TUESDAY, "3" * 64)):
        summary = {"table": "transactions", "sha256": sha, "rows_in": 1}
        record(workspace, "batches", batch, {"x.csv": sha}, summary=summary)
        record(workspace, "tables", tables, {"transactions-00000": batch})
        made[tables] = lineage_of(workspace, [f"tables/{tables}"]).inputs[0].version
    assert made["a" * 16] != made["b" * 16]


def test_the_columns_of_the_tables_come_with_their_types_but_not_the_quarantine(workspace: Workspace) -> None:
    record(workspace, "tables", TABLES, {})
    for table in ("articles", "quarantine"):
        folder = workspace.root / "tables" / TABLES / table
        folder.mkdir()
        pq.write_table(pa.table({"article_id": ["0108775015"], "age": pa.array([1], pa.int32())}), folder / "p.parquet")
    tables = lineage_of(workspace, [f"tables/{TABLES}"]).outputs[0]
    assert tables.columns == {"articles": {"article_id": "string", "age": "int32"}}


def test_a_snapshot_names_its_tables_by_the_digest_of_their_files(workspace: Workspace) -> None:
    record(workspace, "tables", TABLES, {}, content_sha256=OF_TABLES)
    record(workspace, "features/cutoff=2020-09-23", SNAPSHOT, {"tables": OF_TABLES})
    lineage = lineage_of(workspace, [f"features/cutoff=2020-09-23/{SNAPSHOT}"])
    assert names(lineage.inputs) == {"tables": TABLES}
    assert [(each.name, each.cutoff) for each in lineage.outputs] == [("features", "2020-09-23")]


def test_what_the_same_command_made_is_no_input_of_it(workspace: Workspace) -> None:
    record(workspace, "features/cutoff=2020-09-23", SNAPSHOT, {})
    record(workspace, "retrievers/popular", POPULAR, {"snapshot": SNAPSHOT})
    record(workspace, "scored", SCORED, {"snapshot": SNAPSHOT, "popular": POPULAR})
    lineage = lineage_of(workspace, [f"retrievers/popular/{POPULAR}", f"scored/{SCORED}"])
    assert names(lineage.inputs) == {"features": SNAPSHOT}
    assert names(lineage.outputs) == {"retrievers/popular": POPULAR, "scored": SCORED}


def test_a_model_that_goes_on_from_an_earlier_one_has_it_as_input(workspace: Workspace) -> None:
    record(workspace, "retrievers/two_tower", TOWERS, {})
    record(workspace, "retrievers/two_tower", POPULAR, {"start": TOWERS})
    lineage = lineage_of(workspace, [f"retrievers/two_tower/{POPULAR}"])
    assert names(lineage.inputs) == {"retrievers/two_tower": TOWERS}


def test_image_embeddings_are_found_by_the_digest_of_their_files(workspace: Workspace) -> None:
    record(workspace, "image_encoders", ENCODER, {"images": IMAGES, "articles": "c" * 64})
    embeddings = {"encoder": ENCODER, "images": IMAGES}
    record(workspace, "image_embeddings", EMBEDDINGS, embeddings, summary={"images": 5})
    record(
        workspace, "retrievers/similar_images", POPULAR, {"image_embeddings": digest_of({"part-00000.parquet": "00"})}
    )
    made = lineage_of(workspace, [f"image_embeddings/{EMBEDDINGS}"])
    assert names(made.inputs) == {"raw/images": IMAGES[:16], "image_encoders": ENCODER}
    assert made.outputs[0].rows == 5
    assert names(lineage_of(workspace, [f"retrievers/similar_images/{POPULAR}"]).inputs) == {
        "image_embeddings": EMBEDDINGS
    }


def test_a_shop_without_images_has_no_dataset_of_them(workspace: Workspace) -> None:
    none = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    record(workspace, "catalogue", CATALOGUE, {"images": none}, summary={"articles": 6})
    assert lineage_of(workspace, [f"catalogue/{CATALOGUE}"]).inputs == []


def test_an_index_is_a_dataset_for_each_of_its_collections(workspace: Workspace) -> None:
    of_images = {"encoder": "swin", "milvus": {"collections": {"images": "i"}, "checks": {"rows": 4}}}
    summary = {"collections": {"articles": "a"}, "checks": {"rows": 6}, "images": of_images}
    record(workspace, "index", INDEX, {}, summary=summary)
    outputs = lineage_of(workspace, [f"index/{INDEX}"]).outputs
    assert [(each.name, each.version, each.rows) for each in outputs] == [
        ("index/articles", INDEX, 6),
        ("index/images", INDEX, 4),
    ]


def a_release(workspace: Workspace, **artifacts: str) -> str:
    folder = workspace.releases / "2020-09-23-1a2b3c4d"
    folder.mkdir(parents=True)
    manifest = {
        "id": folder.name,
        "created_at": "2020-09-23T04:00:00Z",
        "rows": {"customers": 4},
        "content": {"x": "0"},
    }
    (folder / "manifest.json").write_text(json.dumps({**manifest, "artifacts": artifacts}))
    return folder.name


def test_a_release_is_made_from_what_its_manifest_names(workspace: Workspace) -> None:
    record(workspace, "lists", LISTS, {})
    record(workspace, "catalogue", CATALOGUE, {})
    release = a_release(workspace, lists=LISTS, catalogue=CATALOGUE, configuration="1234")
    lineage = lineage_of(workspace, [], release, live=True)
    assert names(lineage.inputs) == {"lists": LISTS, "catalogue": CATALOGUE}
    assert [(each.name, each.version, each.rows) for each in lineage.outputs] == [
        ("releases", release, 4),
        ("releases/live", release, 4),
    ]


def test_a_release_that_is_held_is_not_the_live_one(workspace: Workspace) -> None:
    release = a_release(workspace)
    assert names(lineage_of(workspace, [], release, live=False).outputs) == {"releases": release}


def test_what_was_cleaned_away_is_left_out(workspace: Workspace) -> None:
    record(workspace, "lists", LISTS, {"scored": SCORED, "refill": POPULAR})
    lineage = lineage_of(workspace, [f"lists/{LISTS}", f"scored/{SCORED}"], "2020-09-23-gone", live=True)
    assert lineage.inputs == []
    assert names(lineage.outputs) == {"lists": LISTS}


def test_a_command_that_made_nothing_has_no_datasets(workspace: Workspace) -> None:
    assert lineage_of(workspace, []) == Lineage([], [])


def test_a_version_is_that_of_the_artifact(workspace: Workspace) -> None:
    record(workspace, "lists", LISTS, {}, summary={"customers": 4})
    expected = DatasetVersion("lists", LISTS, "2020-09-23T03:00:00Z", rows=4, bytes=10, files=1)
    assert lineage_of(workspace, [f"lists/{LISTS}"]).outputs == [expected]
