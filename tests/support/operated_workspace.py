"""A workspace that has lived some days, for the console: two releases, arrivals, decisions, measurements, an alert."""

import datetime as dt
import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.promotion.aliases import CHAMPION, move_alias
from recsys_core.promotion.guard import Guard, GuardReport, compare_releases
from recsys_core.promotion.list_health import ReleaseLists, list_health
from recsys_core.release import history
from recsys_core.release.hold import bring_live
from recsys_core.release.pointer import ReleaseInfo
from recsys_core.release.publish import make_release
from recsys_core.store.artifacts import RECORD, write_json
from recsys_core.workspace import Workspace
from tests.support.operated import decide, raise_alert
from tests.support.release_fixture import release_parts, write_inputs

MARKUP = "<script>alert('x')</script>"
"""Stands in a quarantined row and in a reason: pages show it as text."""
SEGMENTS = {"active": {"customers": 700, "map_at_12": 0.034}, "new": {"customers": 300, "map_at_12": 0.018}}


def operated_workspace(root: Path) -> tuple[ReleaseInfo, ReleaseInfo]:
    """Write it into an empty folder; returns the earlier release and the live one."""
    workspace = Workspace(root)
    first = make_release(workspace, release_parts(write_inputs(workspace, articles=300, customers=50)))
    later = replace(release_parts(write_inputs(workspace, articles=303, customers=52, seed=1)), cutoff="2020-09-21")
    second = make_release(workspace, later)
    for release, by, why in ((first, "gate", ""), (second, "ann", f"newer {MARKUP}")):
        bring_live(workspace, release.id, history.PUBLISH, by, why)
    _decide(workspace, first, "promote", ["there is no champion yet"])
    _decide(workspace, second, "promote", ["the champion's own configuration"], first)
    for models, release in (("4f3ef2a3c0b5ab6d", first), ("9a0b1c2d3e4f5a6b", second)):
        move_alias(workspace, CHAMPION, (), models=models, release=release.id, by="gate", why=f"good {MARKUP}")
    stopped = ["50 lists, at least 90% are asked"]
    _decide(workspace, replace(second, id="2020-09-22-1badcafe"), "stopped", stopped, first, cutoff="2020-09-22")
    shutil.rmtree(root / "validations")  # of the two releases: both are the same
    _write_arrivals(workspace)
    _write_quarantine(workspace)
    _write_measurements(workspace)
    raise_alert(workspace, text="daily_release.publish failed: the guard", where="the log of publish")
    workspace.ingest_report.parent.mkdir(exist_ok=True)
    workspace.ingest_report.write_text("<h1>Report</h1>")
    return first, second


def _decide(
    workspace: Workspace,
    release: ReleaseInfo,
    verdict: str,
    reasons: list[str],
    beside: ReleaseInfo | None = None,
    cutoff: str = "",
) -> None:
    made: GuardReport | None = compare_releases(Guard(), release, beside) if beside else None
    health = made.as_dict() if made else {"now": list_health(ReleaseLists(release)).as_dict()}
    known = {"label_start": "2020-09-13", "label_days": 7, "map_at_12": 0.0271, "lift": 1.5, "simple_list": "popular"}
    known |= {} if beside else {"label_start": "2020-09-06", "map_at_12": 0.0253, "lift": 1.4}
    about = {"release": release.id, "cutoff": cutoff or release.manifest["cutoff"], "reasons": reasons}
    decide(workspace, verdict=verdict, configuration="abc", validation=known, health=health, **about)


def write_record(folder: Path, created_at: str, summary: dict[str, Any]) -> None:
    """The record of an artifact that was made at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / RECORD, {"key": folder.name, "created_at": created_at, "inputs": {}, "summary": summary})


def write_batch(
    workspace: Workspace, name: str, created_at: str, days: tuple[str, str] | None, bad: dict[str, int] | None = None
) -> None:
    """A file with 100 rows that were taken: purchases from the first to the last of ``days``, or of another table.

    The file is known by its name.
    """
    folder = workspace.root / "batches" / hashlib.sha256(f"{name} {created_at}".encode()).hexdigest()[:16]
    bad, table = bad or {}, "transactions" if days else "articles"
    summary = {"name": name, "file_key": name, "table": table, "rows_in": 100 + sum(bad.values()), "accepted": 100}
    write_record(folder, created_at, {**summary, "left_out": 0, "quarantined": bad})
    (folder / "rows").mkdir()
    dates = [dt.date.fromisoformat(day) for day in days or ()]
    pq.write_table(pa.table({"t_dat": pa.array(dates, pa.date32())}), folder / "rows" / "part-00000.parquet")


def _write_arrivals(workspace: Workspace) -> None:
    """The shop's files on the 19th; the file of the 20th a day later, with that of the 18th, which is late."""
    tables = workspace.root / "tables"
    write_batch(workspace, "articles.csv", "2020-09-20T03:00:00Z", None)
    write_batch(workspace, "transactions_train.csv", "2020-09-20T03:01:00Z", ("2018-09-20", "2020-09-19"))
    write_record(tables / "a", "2020-09-20T03:02:00Z", {})
    write_batch(workspace, "transactions_2020-09-18.csv", "2020-09-21T03:00:00Z", ("2020-09-18", "2020-09-18"))
    bad = {"no price": 2, "unknown article": 1}
    write_batch(workspace, "transactions_2020-09-20.csv", "2020-09-21T03:01:00Z", ("2020-09-20", "2020-09-20"), bad)
    write_record(tables / "b", "2020-09-21T03:02:00Z", {})


def _write_quarantine(workspace: Workspace) -> None:
    rows = [("transactions_2020-09-20.csv", line, "no price", f"2020-09-20,{MARKUP},,2") for line in range(2, 152)]
    columns = dict(zip(("file", "line", "reason", "text"), map(list, zip(*rows, strict=True)), strict=True))
    folder = workspace.tables / "quarantine"
    folder.mkdir()
    pq.write_table(pa.table(columns), folder / "part-00000.parquet")


def _write_measurements(workspace: Workspace) -> None:
    """Two validations, the later one beside the champion; an evaluation."""
    champion = {"release": "2020-09-20-0badcafe", "map_at_12": 0.0262, "segments": SEGMENTS}
    write_measurement(workspace, "validations/a", "2020-09-20T04:00:00Z", "2020-09-06", 0.0253)
    write_measurement(workspace, "validations/b", "2020-09-21T04:00:00Z", "2020-09-13", 0.0271, champion)
    write_measurement(workspace, "evaluations/c", "2020-09-21T05:00:00Z", "2020-09-13", 0.0268)


def write_measurement(
    workspace: Workspace, name: str, at: str, label_start: str, value: float, champion: dict[str, Any] | None = None
) -> None:
    """A validation or an evaluation, with an interval of 0.002 on either side."""
    folder = workspace.root / name
    write_record(folder, at, {})
    found: dict[str, Any] = {"label_start": label_start, "label_days": 7, "customers": 1000, "map_at_12": value}
    found |= {"map_at_12_interval": [value - 0.002, value + 0.002], "segments": SEGMENTS}
    found |= {"baselines": {"popular": 0.018, "repurchase": 0.0125}}
    found["champion"] = champion or {"reason": "there is no other champion whose models are still there"}
    (folder / f"{name.split('/', maxsplit=1)[0].removesuffix('s')}.json").write_text(json.dumps(found))
