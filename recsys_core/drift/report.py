"""The page of a drift report: our decision above the distributions that evidently draws.

The page loads nothing from elsewhere: a content security policy of its own forbids it.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

import pandas as pd

from recsys_core.drift.detection import Movement
from recsys_core.drift.measures import is_number, shortened
from recsys_core.drift.samples import Sample
from recsys_core.store.artifacts import atomic_path

REPORT: Final = "drift.html"
SILENT: Final = {"DO_NOT_TRACK": "1", "ITERATIVE_DO_NOT_TRACK": "1"}
"""Environment in which evidently and its iterative-telemetry report to nobody."""
POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:"
)
STYLE: Final = (
    ".drift{font:16px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}"
    ".drift table{border-collapse:collapse;width:100%}.drift th,.drift td{text-align:left;padding:.3rem .8rem;"
    "border-bottom:1px solid #ccc}.drift .found{background:#fde8e4}"
)


def write_report(
    folder: Path,
    title: str,
    sentences: Iterable[str],
    moved: Sequence[Movement],
    before: Mapping[str, Sample],
    now: Mapping[str, Sample],
) -> dict[str, float]:
    """Write ``drift.html``, the columns that moved most against their bounds first.

    Returns evidently's measure of each column, which equals ours.
    """
    os.environ.update(SILENT)
    moved = sorted(moved, key=lambda move: -move.value / move.bound)
    page, measured = _drawn(moved, before, now) if moved else (_EMPTY, {})
    page = _RANDOM.sub(_Numbers(), page)
    head = f'<head><meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{STYLE}</style>'
    page = page.replace("<head>", head, 1).replace("<body>", f"<body>{_section(title, sentences, moved)}", 1)
    with atomic_path(folder / REPORT) as fresh:
        fresh.write_text(page)
    return measured


_RANDOM: Final = re.compile(r"(?<=metric_)[0-9a-f]{32}|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
"""Ids that evidently draws at random."""


class _Numbers(dict[str, str]):
    """Numbers in place of random ids, so that the same data make the same page."""

    def __call__(self, found: re.Match[str]) -> str:
        return self.setdefault(found[0], str(len(self)))


_EMPTY: Final = '<!doctype html><html lang="en"><head><meta charset="utf-8"></head><body></body></html>'


def _drawn(
    moved: Sequence[Movement], before: Mapping[str, Sample], now: Mapping[str, Sample]
) -> tuple[str, dict[str, float]]:
    """evidently's page, and the measures in it by column."""
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import ValueDrift

    then, today = _side_by_side(moved, before, now)
    numbers = [move.column for move in moved if is_number(then[move.column].to_numpy())]
    definition = DataDefinition(
        numerical_columns=numbers, categorical_columns=[name for name in then if name not in numbers]
    )
    metrics = [ValueDrift(column=move.column, method=move.measure, threshold=move.bound) for move in moved]
    result = Report(metrics).run(
        Dataset.from_pandas(today, data_definition=definition), Dataset.from_pandas(then, data_definition=definition)
    )
    measured: list[dict[str, Any]] = result.dict()["metrics"]
    return result.get_html_str(as_iframe=False), {one["config"]["column"]: float(one["value"]) for one in measured}


def _side_by_side(
    moved: Sequence[Movement], before: Mapping[str, Sample], now: Mapping[str, Sample]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All columns of all tables beside each other; shorter ones are padded with unknown values."""
    then, today = {}, {}
    for move in moved:
        table, _, name = move.column.partition(".")
        columns = shortened(before[table].columns[name], now[table].columns[name])
        then[move.column], today[move.column] = map(pd.Series, columns)
    return pd.DataFrame(then), pd.DataFrame(today)


def _section(title: str, sentences: Iterable[str], moved: Sequence[Movement]) -> str:
    """Decision and table of the columns."""
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    rows = "".join(map(_row, moved))
    head = "<tr><th>column</th><th>measure</th><th>moved by</th><th>bound</th><th>past weeks, at most</th></tr>"
    table = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>" if moved else ""
    return f'<section class="drift"><h1>{escape(title)}</h1>{said}{table}</section>'


def _row(move: Movement) -> str:
    natural = "" if move.natural is None else f"{move.natural:.3f}"
    cells = (move.column, move.measure, f"{move.value:.3f}", f"{move.bound:.3f}", natural)
    row = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr class="found">{row}</tr>' if move.drifted else f"<tr>{row}</tr>"
