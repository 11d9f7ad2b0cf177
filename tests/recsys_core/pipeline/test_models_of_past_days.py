"""Models that lists of a past day are made with, by the decisions about the releases since."""

import datetime as dt
import json
from pathlib import Path

import pytest

from recsys_core.config import Config
from recsys_core.contracts.release import MANIFEST
from recsys_core.pipeline.models import candidate_keys, challenge
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.promotion.evaluation_records import note_decision
from recsys_core.release import history
from recsys_core.release.pointer import go_live
from recsys_core.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Models a and b served on the days before b's live release of the 20th; c were refused."""
    workspace = Workspace(tmp_path / "var")
    for cutoff, models, live in (
        ("2020-09-17", "a", True),
        ("2020-09-18", "a", True),
        ("2020-09-19", "c", False),
        ("2020-09-19", "b", True),
        ("2020-09-20", "b", True),
        ("2020-09-18", "a", False),  # made again, beside the live one
    ):
        release = f"{cutoff}-{models}"
        note_decision(workspace, {"release": release, "cutoff": cutoff, "models": models, "live": live})
        if live:
            workspace.releases.mkdir(exist_ok=True)
            history.note(workspace, history.PUBLISH, release)
    note_decision(workspace, {"release": "2020-09-16-old", "live": True})  # of before decisions named either
    folder = workspace.releases / "2020-09-20-b"
    folder.mkdir()
    about = {"id": folder.name, "cutoff": "2020-09-20", "created_at": "", "artifacts": {"models": "b"}}
    (folder / MANIFEST).write_text(json.dumps(about))
    go_live(workspace, folder.name)
    return workspace


def chosen(workspace: Workspace, cutoff: str) -> list[str]:
    return candidate_keys(BuildPlan(workspace, Config(), dt.date.fromisoformat(cutoff)))


@pytest.mark.parametrize(
    ("cutoff", "keys"),
    [
        ("2020-09-21", ["b"]),
        ("2020-09-20", ["b"]),
        ("2020-09-19", ["b", "a"]),
        ("2020-09-18", ["a"]),
        ("2020-09-16", []),
    ],
)
def test_a_past_day_has_the_models_that_served_then(workspace: Workspace, cutoff: str, keys: list[str]) -> None:
    assert chosen(workspace, cutoff) == keys


def test_where_nobody_knows_what_served_the_latest_training_before_is_tried_first(workspace: Workspace) -> None:
    for key, made_at in (("old", "2026-11-01"), ("new", "2026-11-08"), ("for measurements", "2026-11-09")):
        folder = workspace.root / "models" / key
        folder.mkdir(parents=True)
        (folder / "models.json").write_text("{}")
        inputs = {} if key == "for measurements" else {"validation": "v"}
        record = {"kind": "models", "key": key, "created_at": f"{made_at}T03:00:00Z", "inputs": inputs, "summary": {}}
        (folder / "artifact.json").write_text(json.dumps(record))
    assert chosen(workspace, "2020-09-16") == ["new", "old"]
    assert chosen(workspace, "2020-09-18") == ["a", "new", "old"]


def test_what_a_rollback_took_off_did_not_serve(workspace: Workspace) -> None:
    history.note(workspace, history.ROLLBACK, "2020-09-18-a")
    history.note(workspace, history.PUBLISH, "2020-09-20-b")
    assert chosen(workspace, "2020-09-19") == ["a"]


def test_a_challenger_is_for_today_alone(workspace: Workspace) -> None:
    challenge(workspace, "d")
    assert chosen(workspace, "2020-09-20") == ["d", "b"]
    assert chosen(workspace, "2020-09-18") == ["a"]
