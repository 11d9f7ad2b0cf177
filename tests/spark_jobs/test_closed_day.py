"""The last closed day of batches that are written here by hand, without Spark."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.store.artifacts import Artifact
from spark_jobs.closed_day import closed_day

ORDERS = "incoming/shop_orders_1.csv"
TODAY = dt.date(2026, 3, 10)


def day(number: int) -> dt.date:
    return dt.date(2026, 3, number)


def batch(folder: Path, name: str, *days: int) -> Artifact:
    path = folder / name
    (path / "rows").mkdir(parents=True)
    pq.write_table(pa.table({"t_dat": pa.array([day(d) for d in days], pa.date32())}), path / "rows" / "part.parquet")
    return Artifact("batches", name, path, {"summary": {"name": name}})


def test_without_orders_all_days_are_closed(tmp_path: Path) -> None:
    assert closed_day([batch(tmp_path, "transactions_train.csv", 8, 9, 10)], TODAY) is None


def test_orders_of_days_that_are_over_are_closed(tmp_path: Path) -> None:
    feed, orders = batch(tmp_path, "transactions_train.csv", 7, 8), batch(tmp_path, ORDERS, 9)
    assert closed_day([feed, orders], TODAY) is None


def test_orders_of_today_do_not_move_the_cutoff(tmp_path: Path) -> None:
    feed, orders = batch(tmp_path, "transactions_train.csv", 7, 8), batch(tmp_path, ORDERS, 10)
    assert closed_day([feed, orders], TODAY) == day(8)


def test_the_day_before_is_closed_by_the_clock(tmp_path: Path) -> None:
    feed, orders = batch(tmp_path, "transactions_train.csv", 7), batch(tmp_path, ORDERS, 8, 9, 10)
    assert closed_day([feed, orders], TODAY) == day(9)


def test_a_day_that_the_shop_itself_delivered_is_closed(tmp_path: Path) -> None:
    feed, orders = batch(tmp_path, "transactions_train.csv", 9, 10), batch(tmp_path, ORDERS, 10)
    assert closed_day([feed, orders], TODAY) is None


def test_a_shop_with_orders_of_today_alone_has_no_other_day_to_count_by(tmp_path: Path) -> None:
    assert closed_day([batch(tmp_path, ORDERS, 10)], TODAY) is None


def test_days_that_batches_note_are_not_read_again(tmp_path: Path) -> None:
    def noted(name: str, *days: str) -> Artifact:
        return Artifact("batches", name, tmp_path / "nowhere", {"summary": {"name": name, "days": list(days)}})

    feed, orders = noted("transactions_train.csv", "2026-03-08"), noted(ORDERS, "2026-03-09", "2026-03-10")
    assert closed_day([feed, orders], TODAY) == day(9)


def test_the_last_closed_day_is_part_of_what_tables_are_made_from(tmp_path: Path) -> None:
    from spark_jobs.tables import tables_spec

    assert tables_spec([]).key == tables_spec([], closed=None).key != tables_spec([], closed=day(9)).key
