"""The evaluation report: one HTML file that needs nothing beside it, and its plots as images."""

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2

from recsys_core.evaluation.report import captions, formats, plots
from recsys_core.rules.context import SEGMENTS
from recsys_core.store.artifacts import atomic_path, write_json

Result = Mapping[str, Any]
FILTERS: Mapping[str, Callable[..., str]] = {
    "share": formats.share,
    "map": formats.four_places,
    "range": formats.interval,
    "signed": formats.signed,
    "signed_range": formats.signed_interval,
    "whole": formats.whole,
    "list_name": formats.list_name,
}
RESULT, REPORT, PLOTS = "evaluation.json", "report.html", "plots"


def write_report(folder: Path, result: Result) -> None:
    """Write ``evaluation.json``, ``report.html`` and ``plots/<name>.png``.

    ``result`` is what ``recsys evaluate`` measured (docs/guides/evaluation.md), optionally with ``ablation``:
    a list of ``left_out, kind (retriever | features), map_at_12, difference, interval, recall_at_300``.
    """
    drawn = plots.draw(in_order(result))
    (folder / PLOTS).mkdir(exist_ok=True)
    for name, figure in drawn.items():
        with atomic_path(folder / PLOTS / f"{name}.png") as fresh:
            fresh.write_bytes(plots.as_png(figure))
    with atomic_path(folder / REPORT) as fresh:
        fresh.write_text(render(result, {name: plots.as_svg(figure) for name, figure in drawn.items()}))
    write_json(folder / RESULT, result)


def render(result: Result, svg: Mapping[str, str]) -> str:
    """The page; ``svg`` holds the plots by name."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("recsys_core.evaluation.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= FILTERS
    page = environment.get_template("report.html.j2")
    shown = in_order(result)
    return page.render(result=shown, svg=svg, said=captions.sentences(shown), label_end=_last_day(result))


def in_order(result: Result) -> dict[str, Any]:
    """The result in the order in which it is read: JSON files keep their keys sorted as text."""
    retrievers = {
        name: {**retriever, "recall": _by_number(retriever["recall"])} if retriever["state"] == "on" else retriever
        for name, retriever in sorted(
            result["retrievers"].items(), key=lambda item: -item[1].get("recall", {}).get("100", -1.0)
        )
    }
    segments = {name: result["segments"][name] for name in SEGMENTS if name in result["segments"]}
    importance = result["importance"]
    if importance:
        groups = dict(sorted(importance["groups"].items(), key=lambda item: -item[1]))
        importance = {**importance, "groups": groups}
    ordered = {
        "recall": _by_number(result["recall"]),
        "retrievers": retrievers,
        "segments": segments,
        "importance": importance,
    }
    return {**result, **ordered}


def _by_number(recall: Mapping[str, float]) -> dict[str, float]:
    return {k: recall[k] for k in sorted(recall, key=int)}


def _last_day(result: Result) -> str:
    first = dt.date.fromisoformat(result["label_start"])
    return (first + dt.timedelta(days=result["label_days"] - 1)).isoformat()
