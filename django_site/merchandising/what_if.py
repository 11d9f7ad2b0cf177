"""Effects of other business rules: computed through Airflow or by hand, read from ``<workspace>/what_if/``.

The comparison itself is the stage ``recsys what-if``. It needs the learners' side of the platform, so it never runs in
the web process.
"""

import datetime as dt
import json
import logging
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.core.validators import slug_re
from django.utils import timezone

from ops import airflow
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)

DAG: Final = "rules_what_if"
MAX_RUNS_SHOWN: Final = 50


@dataclass(frozen=True)
class Question:
    """Another rule set, and the user who asks for it."""

    name: str
    changes: tuple[str, ...]
    """``key=value`` of the ``[rules]`` table."""
    label_start: dt.date | None
    label_days: int
    asked_by: str

    @classmethod
    def new(cls, changes: list[str], label_start: dt.date | None, label_days: int, asked_by: str) -> "Question":
        name = f"{timezone.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        return cls(name, tuple(changes), label_start, label_days, asked_by)

    def command(self, workspace: Workspace) -> str:
        """The line that answers it, for a shell on a machine with the workspace."""
        words = ["recsys", "what-if", "--workspace", str(workspace.root)]
        words += [word for change in self.changes for word in ("--set", change)]
        if self.label_start:
            words += ["--label-start", self.label_start.isoformat(), "--label-days", str(self.label_days)]
        return shlex.join([*words, "--save-as", self.name, "--asked-by", self.asked_by])

    def ask(self) -> str:
        """Queue it with Airflow; the id of the run. Raises OSError if Airflow cannot be reached or refuses."""
        conf = {
            "name": self.name,
            "changes": list(self.changes),
            "label_start": self.label_start and self.label_start.isoformat(),
            "label_days": self.label_days,
            "asked_by": self.asked_by,
        }
        return str(airflow.client().trigger(DAG, conf)["dag_run_id"])


@dataclass(frozen=True)
class Pair:
    """A metric under both rule sets."""

    before: Any
    after: Any


@dataclass(frozen=True)
class LedgerRow:
    title: str
    by_segment: list[Pair]
    total: Pair


@dataclass(frozen=True)
class SegmentRow:
    name: str
    customers: int
    lists_changed: int
    overlap: float

    @property
    def changed_share(self) -> float | None:
        return self.lists_changed / self.customers if self.customers else None


@dataclass(frozen=True)
class Measure:
    """A metric of a label window: (value, (low, high)) each; the difference is paired."""

    title: str
    before: tuple[float, tuple[float, float]]
    after: tuple[float, tuple[float, float]]
    difference: tuple[float, tuple[float, float]]

    @property
    def sides(self) -> tuple[tuple[float, tuple[float, float]], ...]:
        return self.before, self.after, self.difference


@dataclass(frozen=True)
class Answer:
    """Result that the stage ``recsys what-if`` wrote."""

    name: str
    finished: dt.datetime
    asked_by: str
    cutoff: str
    label_days: int | None
    changes: list[tuple[str, Pair]]
    everybody: SegmentRow
    segments: list[SegmentRow]
    coverage: Pair
    ledger_segments: list[str]
    ledger: list[LedgerRow]
    measures: list[Measure]


def read_answers(workspace: Workspace) -> list[Answer]:
    """The latest first; what cannot be read is left out and logged, what no address can name is left out."""
    named = [file for file in workspace.what_if.glob("*.json") if slug_re.match(file.stem)]
    files = sorted(named, key=_written_at, reverse=True)
    return [answer for file in files[:MAX_RUNS_SHOWN] if (answer := _read(file))]


def read_answer(workspace: Workspace, name: str) -> Answer | None:
    """One of them; None where there is none of that name, or none that can be read."""
    file = workspace.what_if / f"{name}.json"
    return _read(file) if file.is_file() else None


def open_runs(answers: list[Answer]) -> list[dict[str, Any]]:
    """Airflow's runs that left no answer yet, the latest first. Raises OSError if Airflow cannot be asked."""
    done = {answer.name for answer in answers}
    asked = [(run, run.get("conf") or {}) for run in airflow.client().latest_runs(DAG)]
    return [
        {"name": conf.get("name"), "state": run["state"], "asked_by": conf.get("asked_by"), "run": run["dag_run_id"]}
        for run, conf in asked
        if run["state"] != "success" and conf.get("name") not in done
    ]


def _written_at(file: Path) -> float:
    """Since the epoch, in seconds; 0 of one that is gone again or leads nowhere."""
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _read(file: Path) -> Answer | None:
    try:
        written = json.loads(file.read_text(encoding="utf-8"))
        return _parsed(file.stem, dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC), written)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("%s cannot be read: %r", file, error)
        return None


def _parsed(name: str, finished: dt.datetime, written: Mapping[str, Any]) -> Answer:
    segments = list(written["ledger"]["before"]["candidates"])
    return Answer(
        name=name,
        finished=finished,
        asked_by=str(written.get("asked_by", "")),
        cutoff=str(written["cutoff"]),
        label_days=written.get("label_days"),
        changes=[(key, Pair(*values)) for key, values in written["rules_changed"].items()],
        everybody=_segment_row("everybody", written),
        segments=[_segment_row(segment, row) for segment, row in written["segments"].items()],
        coverage=Pair(float(written["coverage"]["before"]), float(written["coverage"]["after"])),
        ledger_segments=segments,
        ledger=_ledger(written["ledger"]["before"], written["ledger"]["after"], segments),
        measures=[
            _measure(title, written[key])
            for key, title in (("map_at_12", "MAP@12"), ("recall_at_12", "recall@12"))
            if key in written
        ],
    )


def _segment_row(name: str, row: Mapping[str, Any]) -> SegmentRow:
    return SegmentRow(name, int(row["customers"]), int(row["lists_changed"]), float(row["overlap_at_12"]))


def _ledger(before: Mapping[str, Any], after: Mapping[str, Any], segments: list[str]) -> list[LedgerRow]:
    rules = dict.fromkeys([*before["dropped"], *after["dropped"]])
    rows = [(f"dropped by {rule}", before["dropped"].get(rule), after["dropped"].get(rule)) for rule in rules]
    rows += [(title, before[title], after[title]) for title in ("candidates", "refilled", "relaxed")]
    return [_ledger_row(title, old, new, segments) for title, old, new in rows]


def _ledger_row(
    title: str, old: Mapping[str, int] | None, new: Mapping[str, int] | None, segments: list[str]
) -> LedgerRow:
    """None of a rule that is off there: nothing was judged by it."""

    def of(counts: Mapping[str, int] | None) -> list[int | None]:
        return [None if counts is None else int(counts[segment]) for segment in segments]

    def total(counts: list[int | None]) -> int | None:
        return None if None in counts else sum(filter(None, counts))

    before, after = of(old), of(new)
    pairs = [Pair(b, a) for b, a in zip(before, after, strict=True)]
    return LedgerRow(title, pairs, Pair(total(before), total(after)))


def _measure(title: str, sides: Mapping[str, Any]) -> Measure:
    values = {
        side: (float(sides[side]["value"]), (float(sides[side]["interval"][0]), float(sides[side]["interval"][1])))
        for side in ("before", "after", "difference")
    }
    return Measure(title, **values)
