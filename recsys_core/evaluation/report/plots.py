"""The report's plots, drawn from the result alone. Narrow figures: they stay readable on a phone."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from recsys_core.evaluation.report.formats import list_name

Result = Mapping[str, Any]
WIDTH_INCHES = 5.2
"""Inches."""
INK, QUIET, GRID = "#22303c", "#8a97a3", "#e3e8ec"
OURS, PLAIN, RETRIEVER, BAD = "#2f6f9f", "#b3bdc6", "#7fb0a0", "#c4623f"
COLOURS = {"final": OURS, "ranked": "#6fa3c8", "baseline": PLAIN, "retriever": RETRIEVER}
LINES = ("#7fb0a0", "#d09a4a", "#9c7fb0", "#c4623f", "#5f8fb8", "#8aa04f", "#b0708f", "#6b7b8a", "#4fa3a0", "#a0724f")
MIN_SPAN = 0.0005
"""Differences of MAP@12 below this are not blown up to the width of a plot."""
STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 9.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GRID,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GRID,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "svg.hashsalt": "recsys",
    "svg.fonttype": "path",
}


def draw(result: Result) -> dict[str, Figure]:
    """The plots that the result has data for, by name."""
    with mpl.rc_context(STYLE):
        return {name: figure for name, plot in PLOTS.items() if (figure := plot(result)) is not None}


def as_svg(figure: Figure) -> str:
    """Inline SVG that scales with its column; equal results give equal text."""
    text = io.StringIO()
    with mpl.rc_context(STYLE):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    return svg[svg.index("<svg") :]


def as_png(figure: Figure) -> bytes:
    """The figure as PNG bytes, the same for the same figure."""
    data = io.BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(data, format="png", dpi=160, metadata={"Software": None})
    return data.getvalue()


def _axes(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
    return figure, figure.add_subplot()


def _bars(
    names: Sequence[str],
    values: Sequence[float],
    colours: Sequence[str] | str,
    intervals: Sequence[Sequence[float]] | None = None,
    row_height: float = 0.27,
) -> tuple[Figure, Axes]:
    """Horizontal bars, the first at the top, each with its interval."""
    figure, axes = _axes(0.7 + row_height * len(names))
    at = np.arange(len(names))
    axes.barh(at, values, color=colours, height=0.68)
    if intervals is not None:
        low, high = np.array(intervals, float).T
        axes.hlines(at, low, high, color=INK, linewidth=1.1)
    axes.set_yticks(at, names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=6)
    return figure, axes


def _map(result: Result) -> Figure:
    rows = sorted(result["comparison"], key=lambda row: -row["map_at_12"])
    colours = [COLOURS[row["kind"]] for row in rows]
    figure, axes = _bars(
        [list_name(row) for row in rows],
        [row["map_at_12"] for row in rows],
        colours,
        [row["interval"] for row in rows],
    )
    axes.axvline(result["baselines"][result["best_baseline"]], color=QUIET, linewidth=1, linestyle=(0, (4, 3)))
    axes.set_xlabel("MAP@12, with 95 % interval")
    return figure


def _recall(result: Result) -> Figure:
    figure, axes = _axes(3.6)
    at = [int(k) for k in result["recall"]]
    on = {name: retriever for name, retriever in result["retrievers"].items() if retriever["state"] == "on"}
    for i, (name, retriever) in enumerate(on.items()):
        axes.plot(
            at, list(retriever["recall"].values()), color=LINES[i % len(LINES)], marker="o", ms=3, lw=1.3, label=name
        )
    axes.plot(at, list(result["recall"].values()), color=OURS, marker="o", ms=4, lw=2.4, label="union, by the ranker")
    pool = result["union"]["recall_of_pool"]
    axes.axhline(pool, color=OURS, linewidth=1, linestyle=(0, (4, 3)), label="all candidates")
    axes.set_xscale("log")
    axes.set_xticks(at, [str(k) for k in at], minor=False)
    axes.minorticks_off()
    axes.set_ylim(0, max(pool, *result["recall"].values(), 0.01) * 1.08)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlabel("first k candidates")
    axes.set_ylabel("recall")
    figure.legend(loc="outside lower center", ncols=3, fontsize=8.5, columnspacing=1.2)
    return figure


def _segments(result: Result) -> Figure:
    parts = [("", result["segments"]), ("", result["groups"]["profile"]), ("age ", result["groups"]["age"])]
    rows = [(prefix + name, row) for prefix, group in parts for name, row in group.items()]
    figure, axes = _bars(
        [f"{name}  ({row['customers']:,})" for name, row in rows],
        [row["map_at_12"] for _, row in rows],
        [OURS] * len(parts[0][1]) + ["#6fa3c8"] * len(parts[1][1]) + [PLAIN] * len(parts[2][1]),
        [row["map_at_12_interval"] for _, row in rows],
    )
    axes.axvline(result["map_at_12"], color=QUIET, linewidth=1, linestyle=(0, (4, 3)))
    axes.set_xlabel("MAP@12, with 95 % interval; dashed: everybody")
    return figure


def _differences(rows: Sequence[Mapping[str, Any]], name: str, label: str, left: str, right: str) -> Figure:
    """Bars in the colour ``left`` or ``right`` of zero."""
    figure, axes = _bars(
        [row[name] for row in rows],
        [row["difference"] for row in rows],
        [right if row["difference"] >= 0 else left for row in rows],
        [row["interval"] for row in rows],
    )
    axes.axvline(0, color=INK, linewidth=0.9)
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, -MIN_SPAN), max(high, MIN_SPAN))
    axes.set_xlabel(label)
    return figure


def _rules(result: Result) -> Figure | None:
    rows = result["rule_effects"]
    label = "what the rule adds to MAP@12 (left of zero: it costs)"
    return _differences(rows, "rule", label, BAD, OURS) if rows else None


def _ablation(result: Result) -> Figure | None:
    rows = sorted(result.get("ablation") or [], key=lambda row: row["difference"])
    named = [{**row, "name": f"{row['left_out']} ({row['kind']})"} for row in rows]
    return _differences(named, "name", "change of MAP@12 when left out", OURS, BAD) if rows else None


def _popularity(result: Result) -> Figure:
    bins = result["beyond_accuracy"]["popularity"]
    figure, axes = _axes(2.7)
    at = np.arange(len(bins))
    axes.bar(at - 0.2, [b["shown"] for b in bins], 0.4, color=OURS, label="places on the lists")
    axes.bar(at + 0.2, [b["bought"] for b in bins], 0.4, color=PLAIN, label="purchases")
    axes.set_xticks(at, [_span(b) for b in bins], fontsize=8)
    axes.grid(visible=False, axis="x")
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlabel("article's popularity rank, last 7 days")
    figure.legend(loc="outside upper left", ncols=2, fontsize=8.5)
    return figure


def _span(popularity_bin: Mapping[str, Any]) -> str:
    def short(n: int) -> str:
        return f"{n / 1000:g}k" if n >= 1000 else str(n)

    last = popularity_bin["to"]
    return f"≤{short(last)}" if last else f">{short(popularity_bin['from'] - 1)}"


def _calibration(result: Result) -> Figure | None:
    if not result["calibration"]:
        return None
    points = [p for p in result["calibration"]["points"] if p["bought"] > 0]
    figure, axes = _axes(3.4)
    predicted, bought = [p["predicted"] for p in points], [p["bought"] for p in points]
    span = [min(predicted + bought, default=0.001) / 1.5, max(predicted + bought, default=1) * 1.5]
    axes.plot(span, span, color=QUIET, linewidth=1, linestyle=(0, (4, 3)), label="as predicted")
    axes.plot(predicted, bought, color=OURS, marker="o", ms=5, lw=1.4, label="candidates, in groups of equal size")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("predicted probability of purchase")
    axes.set_ylabel("share bought")
    figure.legend(loc="outside upper left", ncols=2, fontsize=8.5)
    return figure


def _importance(result: Result) -> Figure | None:
    if not result["importance"]:
        return None
    top = result["importance"]["top"]
    figure, axes = _bars([row["feature"] for row in top], [row["share"] for row in top], OURS, row_height=0.19)
    axes.tick_params(axis="y", labelsize=8)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel("share of the ranker's total importance")
    return figure


def _importance_groups(result: Result) -> Figure | None:
    if not result["importance"]:
        return None
    groups = result["importance"]["groups"]
    figure, axes = _bars(list(groups), list(groups.values()), OURS)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_xlabel("share of the ranker's total importance")
    return figure


def _folds(result: Result) -> Figure | None:
    if "folds" not in result:
        return None
    folds = sorted(result["folds"]["each"], key=lambda fold: fold["label_start"])
    figure, axes = _axes(2.8)
    at = np.arange(len(folds))
    low, high = np.array([fold["map_at_12_interval"] for fold in folds], float).T
    axes.vlines(at, low, high, color=OURS, linewidth=1.2)
    axes.plot(at, [fold["map_at_12"] for fold in folds], color=OURS, marker="o", ms=5, lw=1.4, label="final lists")
    axes.plot(
        at, [fold["best_baseline"] for fold in folds], color=QUIET, marker="s", ms=4, lw=1.2, label="best baseline"
    )
    axes.set_xticks(at, [fold["label_start"] for fold in folds], rotation=30 if len(folds) > 4 else 0)
    axes.set_xlim(-0.4, len(folds) - 0.6)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("MAP@12")
    figure.legend(loc="outside upper left", ncols=2, fontsize=8.5)
    return figure


PLOTS: Mapping[str, Callable[[Result], Figure | None]] = {
    "folds": _folds,
    "map_at_12": _map,
    "recall": _recall,
    "segments": _segments,
    "rules": _rules,
    "popularity": _popularity,
    "calibration": _calibration,
    "importance": _importance,
    "importance_groups": _importance_groups,
    "ablation": _ablation,
}
