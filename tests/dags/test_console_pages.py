"""The console's page of releases, made from a workspace's records."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from recsys_airflow.console.records import SHOWN, Curve, Overview
from recsys_core.workspace import Workspace

LIVE: dict[str, Any] = {
    "id": "2020-09-23-0badcafe",
    "cutoff": "2020-09-23",
    "models_as_of": "2020-09-20",
    "created_at": "2020-09-23T03:20:00Z",
    "first_release": False,
    "rows": {"customers": 235010, "articles": 105542},
}


def health(customers: int, changed: float) -> dict[str, Any]:
    now = {"customers": customers, "coverage": 0.1, "distinct": 0.8, "gini": 0.9, "price": 0.03, "cold": 0.1}
    return {"now": now | {"in_stock": 0.5}, "changed": changed}


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("RECSYS_WORKSPACE", str(tmp_path))
    return Workspace(tmp_path)


@pytest.fixture
def lived(workspace: Workspace) -> Workspace:
    """Two releases after the first one; the last was stopped. A line is torn, one holds markup."""
    write(workspace.live / "manifest.json", LIVE)
    stopped = {"release": "2020-09-24-1", "verdict": "stopped", "live": False, "by": "gate", "health": health(50, 0.9)}
    write(
        workspace.promotion / "decisions.jsonl",
        {"release": "2020-09-22-1", "verdict": "promote", "live": True, "by": "gate", "reasons": ["the first"]},
        {"release": LIVE["id"], "verdict": "promote", "live": True, "by": "gate", "health": health(100, 0.1)},
        {**stopped, "reasons": ["50 lists, at least 90% are asked"]},
    )
    move = {"at": "2020-09-23T03:20:00Z", "action": "publish", "release": LIVE["id"], "by": "<b>ann</b>", "why": ""}
    write(workspace.releases / "history.jsonl", move)
    with (workspace.releases / "history.jsonl").open("a") as file:
        file.write('{"at": "2020-09-2')
    write(workspace.alerts, {"at": "2020-09-24T03:00:00+00:00", "text": "publish failed", "where": "x"})
    return workspace


def write(file: Path, *lines: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture(autouse=True)
def _before_airflow_is_imported(_airflow_environment: None) -> None:
    """Its own folders."""


def page() -> str:
    from recsys_airflow.console.app import releases

    return bytes(releases().body).decode()


def test_an_empty_workspace_has_a_page_that_says_so(workspace: Workspace) -> None:
    said = page()
    assert "Nothing is live yet" in said
    assert said.count("There were none.") == 2


def test_the_page_says_what_is_live_and_why_the_next_one_is_not(lived: Workspace) -> None:
    said = page()
    for text in (
        LIVE["id"],
        "235,010, 105,542",
        "2020-09-20",
        "publish failed",
        '<td class="short stopped">stopped</td>',
        "<li>50 lists, at least 90% are asked</li>",
        "lists: <strong>50</strong> (50 to 100)",
        "share of lists that changed wholly: <strong>0.9</strong> (0.1 to 0.9)",
        "&lt;b&gt;ann&lt;/b&gt;",
    ):
        assert text in said, text
    assert "<b>ann" not in said
    assert said.index("2020-09-24-1</td>") < said.index("2020-09-22-1</td>")


def test_records_are_the_latest_ones_of_a_month(workspace: Workspace) -> None:
    write(workspace.alerts, *({"text": str(i)} for i in range(100)))
    alerts = Overview.read(workspace).alerts
    assert (alerts[0]["text"], len(alerts)) == ("99", SHOWN)


def test_an_age_is_that_of_the_live_release(lived: Workspace) -> None:
    overview = Overview.read(lived)
    assert overview.age(dt.datetime(2020, 9, 24, 3, 20, tzinfo=dt.UTC)) == dt.timedelta(days=1)
    assert overview.challenger == ""
    (lived.root / "models").mkdir()
    (lived.root / "models" / "challenger").symlink_to("0123456789abcdef")
    assert Overview.read(lived).challenger == "0123456789abcdef"


@pytest.mark.parametrize(
    ("values", "points"),
    [([1.0, 3.0, 2.0], "0.0,22.0 50.0,2.0 100.0,12.0"), ([5.0, 5.0], "0.0,12.0 100.0,12.0"), ([5.0], "0.0,12.0")],
)
def test_a_curve_fills_its_box(values: list[float], points: str) -> None:
    assert Curve("figure", values).points == points
