"""Runs of the bench at full size: what it keeps, and how a day is added."""

import json
import os
from pathlib import Path

import pytest

from recsys_core.store.artifacts import digest_of
from scripts.bench.full_size import (
    FIRST,
    KILLED,
    Measured,
    Record,
    add_a_day,
    contents,
    of_size,
    repeat_with_kill,
    run,
    summary,
    table,
)


def test_a_day_more_repeats_the_purchases_of_the_last_one(tmp_path: Path) -> None:
    rows = ["2020-09-20,a,1", "2020-09-21,a,2", "2020-09-22,b,1", "2020-09-22,b,1"]
    (tmp_path / "transactions_train.csv").write_text("\n".join(["t_dat,customer_id,article_id", *rows, ""]))

    add_a_day(tmp_path)
    add_a_day(tmp_path)

    assert sorted(file.name for file in tmp_path.iterdir()) == ["transactions_2020-09-23.csv", "transactions_train.csv"]
    made = (tmp_path / "transactions_2020-09-23.csv").read_text().splitlines()
    assert made == ["t_dat,customer_id,article_id", "2020-09-23,b,1", "2020-09-23,b,1"]


def test_a_stage_that_failed_runs_again_and_a_finished_one_does_not(tmp_path: Path) -> None:
    file, shop = tmp_path / "bench.json", ["--customers", "20", "--articles", "250", "--days", "30", "--no-images"]
    taken = tmp_path / "taken"
    taken.write_text("no shop")
    env = {"PATH": "/usr/bin:/bin", "RECSYS_WORKSPACE": str(tmp_path)}
    with pytest.raises(Exception, match="demo-data"):
        run(Record(file), "shop", "demo-data", [*shop, "--out", str(taken)], env)

    run(Record(file), "shop", "demo-data", [*shop, "--out", str(tmp_path / "shop")], env)
    run(Record(file), "shop", "demo-data", ["--customers", "refused"], env)

    measured = Record(file).of("shop", "demo-data")
    assert (measured.attempts, measured.done) == (2, True)
    assert measured.seconds > 0
    assert measured.peak_mb >= measured.peak_own_mb > 0


@pytest.mark.full
@pytest.mark.spark
def test_a_stage_that_is_killed_half_way_makes_the_same_artifacts_again(tmp_path: Path) -> None:
    record, shop = Record(tmp_path / "bench.json"), tmp_path / "shop"
    env = {**os.environ, "RECSYS_WORKSPACE": str(tmp_path / "workspace")}
    run(record, "shop", "demo-data", ["--customers", "20", "--articles", "250", "--days", "30", "--no-images"], env)
    (tmp_path / "workspace/demo-shop").rename(shop)
    run(record, FIRST, "ingest", ["--data", str(shop)], env)

    differing = repeat_with_kill(record, "ingest", shop, env)

    first, killed = (Record(tmp_path / "bench.json").of(name, "ingest") for name in (FIRST, KILLED))
    assert differing == []
    assert any(name.startswith("tables/") for name in first.made)
    assert (killed.attempts, killed.done) == (2, True)


def test_artifacts_are_compared_by_their_folders_and_links_to_them_are_none(tmp_path: Path) -> None:
    for folder, digest in [("tables/a", "1"), ("features/cutoff=2020-09-20/b", "2")]:
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "artifact.json").write_text(json.dumps({"content_sha256": digest}))
    (tmp_path / "tables/current").symlink_to("a")
    (tmp_path / "releases/r").mkdir(parents=True)
    (tmp_path / "releases/r/manifest.json").write_text(json.dumps({"content": {"lists.npy": "3"}, "made_at": "today"}))
    (tmp_path / "releases/live").symlink_to("r")

    of_release = {"releases/r": digest_of({"lists.npy": "3"})}
    assert contents(tmp_path) == {"tables/a": "1", "features/cutoff=2020-09-20/b": "2"} | of_release


def test_a_stage_that_made_nothing_to_compare_is_not_killed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="index made no artifact"):
        repeat_with_kill(Record(tmp_path / "bench.json"), "index", tmp_path, {"RECSYS_WORKSPACE": str(tmp_path)})


def test_a_size_has_the_counts_of_its_shop_and_what_was_finished(tmp_path: Path) -> None:
    tables = tmp_path / "workspace/tables/current"
    tables.mkdir(parents=True)
    counts = {"customers": 12, "articles": 5, "transactions": 70, "rows_in": 90}
    (tables / "artifact.json").write_text(json.dumps({"summary": counts}))
    record = Record(tmp_path / "bench_full.json")
    record.runs[FIRST] = {"score": Measured(3.0, 1536, 1024, done=True), "filter": Measured(1.0)}
    record.save()

    assert of_size(tmp_path) == {
        "customers": 12,
        "articles": 5,
        "purchases": 70,
        "runs": {FIRST: {"score": {"seconds": 3.0, "peak_mb": 1536, "peak_own_mb": 1024}}},
    }


def test_summary_tells_training_from_the_rest(tmp_path: Path) -> None:
    record = Record(tmp_path / "bench.json")
    for name, stage, seconds, peak in [
        ("first run", "ingest", 60.0, 2048),
        ("first run", "train-ranker", 30.0, 4096),
        ("a day", "score", 5.0, 1024),
    ]:
        measured = record.of(name, stage)
        measured.seconds, measured.peak_mb, measured.peak_own_mb = seconds, peak, peak // 2

    said = summary(record)

    assert said["training_seconds"] == 30
    assert said["first_run_without_training_seconds"] == 60
    assert said["day_seconds"] == 5
    assert (said["peak_mb"], said["peak_own_mb"]) == (4096, 2048)
    assert "| first run | all | 90 | 2.0 | 4.0 |" in table(record)
