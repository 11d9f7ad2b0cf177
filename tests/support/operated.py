"""Records that a workspace gathers while it is operated, by the code that writes them, as a test chooses them."""

import datetime as dt
from pathlib import Path

from recsys_core.contracts.release import MANIFEST
from recsys_core.data.report.currency import Currency
from recsys_core.data.report.facts import FileFacts, IngestFacts
from recsys_core.data.report.page import write_report
from recsys_core.promotion.evaluation_records import note_decision
from recsys_core.release.hold import hold_release
from recsys_core.release.pointer import ReleaseInfo
from recsys_core.serving import Release
from recsys_core.store.artifacts import write_json
from recsys_core.store.json_lines import append_line
from recsys_core.workspace import Workspace, flip_link

COMPARED = {
    "now": {"in_stock": 0.75, "distinct": 0.5, "coverage": 0.25, "gini": 0.125, "cold": 0.0625, "price": 12.5},
    "changed": 0.03125,
    "repriced": 0.0,
}


def workspace_with(release: Release, root: Path, **changed: object) -> Workspace:
    """A workspace where the release's manifest is live, with what is ``changed`` in it, and nothing else is known."""
    workspace = Workspace(root)
    folder = workspace.releases / release.id
    folder.mkdir(parents=True)
    write_json(folder / MANIFEST, release.manifest | changed)
    flip_link(workspace.live, release.id)
    return workspace


def decide(workspace: Workspace, at: str = "", verdict: str = "promote", **more: object) -> None:
    """Note a decision of the gate, at a time or now."""
    about = {"cutoff": "2020-09-20", "by": "gate"} | more
    live = verdict not in ("held", "stopped", "refuse")
    line = {"verdict": verdict, "live": live, "release": f"{about['cutoff']}-0", "reasons": []}
    note_decision(workspace, line | about | ({"at": at} if at else {}))


def raise_alert(workspace: Workspace, at: str = "", kind: str = "task_failed", **more: str) -> None:
    """Note an alert, at a time or now."""
    at = at or dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    append_line(workspace.alerts, {"at": at, "kind": kind, "text": "it failed", "where": ""} | more)


def hold(workspace: Workspace, release: Release) -> None:
    """Hold a release that a rollback left for the live one."""
    left = ReleaseInfo("2020-09-21-ffffffff", workspace.releases, False, release.manifest)
    hold_release(workspace, left, release.id, "ann", "odd lists")


def take_in(workspace: Workspace, *files: tuple[str, int, int, int], days: dict[str, int] | None = None) -> None:
    """Write the report of an ingest of files: table, rows accepted, quarantined, left out."""
    facts = IngestFacts(
        tables="0123456789abcdef",
        files=[
            FileFacts(f"file-{n}.csv", table, "", accepted + bad + left_out, accepted, accepted, bad, left_out)
            for n, (table, accepted, bad, left_out) in enumerate(files)
        ],
        bad=[],
        noted=[],
        not_read=[],
        equal=[],
        rows_per_day=days or {"2020-09-19": 1},
        purchases=1,
        buyers=1,
        buyers_with_profile=1,
        customers=1,
        articles=1,
        articles_with_name=1,
        articles_with_image=0,
        price={"min": 1.0, "median": 1.0, "max": 1.0},
        currency=Currency("SEK", "it is said"),
    )
    write_report(workspace, facts)
