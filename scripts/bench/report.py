"""Writes ``docs/benchmarks.md`` and its plots from a record of benchmarks: ``python -m scripts.bench.report``.

Nothing is measured here. The record (``docs/benchmarks.json`` by default) is filled by ``make bench``, ``make
bench-web`` and ``python -m scripts.bench.full_size --growth``, each with ``--out docs/benchmarks.json``.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from recsys_core.evaluation.report.plots import INK, LINES, OURS, PLAIN, QUIET, STYLE, WIDTH_INCHES, as_svg
from recsys_core.store.artifacts import atomic_path
from scripts.bench.comparisons import OF_KERNEL, Comparison, Result, comparisons_of
from scripts.bench.results import FULL_SIZE, WEB, Measurement, read_results

DOCS: Final = Path(__file__).parents[2] / "docs"
PAGE, IMAGES = "benchmarks.md", "images/benchmarks"
DRAWN_STAGES: Final = 9
"""Stages that are drawn: those that take longest at the largest size."""
ALTERNATIVES: Final = {
    "kernels": "How many times as fast ours is as each peer",
    "growth-seconds": "Seconds of each stage by purchases",
    "growth-memory": "Peak memory of each stage by purchases",
    "storefront": "Requests a second of each view by connections",
}
INTRODUCTION: Final = """\
<!-- Written by `python -m scripts.bench.report` from docs/benchmarks.json; changes by hand are lost. -->

# Benchmarks

Medians of several rounds. What one benchmark compares takes turns in one run, so a busy machine slows all of it down:
compare its ratios, not times of one machine with those of another. [Run times and where they go](profile.md) tells what
the figures come from and what they were before. To measure anew: `make bench ARGS="--out docs/benchmarks.json"`, then
`make bench-web` and `python -m scripts.bench.full_size --growth` with the same file, then
`python -m scripts.bench.report`."""
KERNELS: Final = """\
A ratio above 1 means that ours is faster. Shops and vectors are made up; the catalogue has 105,542 articles unless the
row says otherwise."""
GROWTH: Final = """\
Made-up shops (`recsys demo-data --no-images`), the whole path with its training, each stage a process of its own.
Memory is the peak of all processes of a stage together, files that are mapped into memory included."""

Results = Mapping[str, Measurement]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("record", type=Path, nargs="?", default=DOCS / "benchmarks.json", help="default: %(default)s")
    parser.add_argument("--docs", type=Path, default=DOCS, help="folder of the page; default: %(default)s")
    args = parser.parse_args()
    results = read_results(args.record)
    if not results:
        print(f"{args.record} holds no measurement; `make bench ARGS='--out {args.record}'` makes one", file=sys.stderr)
        return 1
    write(results, args.docs)
    return 0


def write(results: Results, docs: Path) -> None:
    """Write the page and the plots that the results have data for."""
    images = docs / IMAGES
    images.mkdir(parents=True, exist_ok=True)
    for name, figure in plots(results).items():
        with atomic_path(images / f"{name}.svg") as fresh:
            fresh.write_text(as_svg(figure))
    with atomic_path(docs / PAGE) as fresh:
        fresh.write_text(page(results))


def page(results: Results) -> str:
    """The page as Markdown."""
    return "\n\n".join([INTRODUCTION, *_kernels(results), *_growth(results), *_storefront(results)]) + "\n"


def plots(results: Results) -> dict[str, Figure]:
    """The plots that the results have data for, by name."""
    found: dict[str, Figure] = {}
    with mpl.rc_context(STYLE):
        if kernels := _comparisons(results):
            found["kernels"] = _plot_of_kernels(kernels)
        if sizes := _sizes(results):
            found["growth-seconds"] = _plot_of_growth(sizes, "seconds", "seconds")
            found["growth-memory"] = _plot_of_growth(sizes, "peak_mb", "peak memory, MB")
        if WEB in results:
            found["storefront"] = _plot_of_storefront(results[WEB].result)
    return found


def _kernels(results: Results) -> Iterator[str]:
    comparisons = _comparisons(results)
    if not comparisons:
        return
    yield "## Kernels beside their peers"
    yield KERNELS
    yield _image("kernels")
    rows = [row for comparison in comparisons for row in _rows(comparison)]
    yield _table(["what", "", "measured", "ours is"], rows)
    yield _measured({name: measured for name, measured in results.items() if name in OF_KERNEL})


def _growth(results: Results) -> Iterator[str]:
    sizes = _sizes(results)
    if not sizes:
        return
    yield "## The whole path by size"
    yield GROWTH
    yield _image("growth-seconds")
    yield _image("growth-memory")
    yield _table(
        ["run", "stage", *(f"{size['customers']:,} customers" for size in sizes)],
        [
            ["", "articles", *(f"{size['articles']:,}" for size in sizes)],
            ["", "purchases", *(f"{size['purchases']:,}" for size in sizes)],
            *([run, stage, *(_of_stage(size, run, stage) for size in sizes)] for run, stage in _stages(sizes)),
        ],
    )
    yield _measured({FULL_SIZE: results[FULL_SIZE]})


def _storefront(results: Results) -> Iterator[str]:
    if WEB not in results:
        return
    yield "## Storefront"
    yield _image("storefront")
    loads = results[WEB].result
    figures = (
        ("requests/s", "rps"),
        ("CPU ms a request", "cpu_ms"),
        ("median, ms", "p50_ms"),
        ("99th percentile, ms", "p99_ms"),
    )
    rows = [[name, *(f"{load[key]:,}" for _, key in figures)] for name, load in loads.items()]
    yield _table(["view and connections", *(said for said, _ in figures)], rows)
    yield _measured({WEB: results[WEB]})


def _comparisons(results: Results) -> list[Comparison]:
    return list(comparisons_of({name: measured.result for name, measured in results.items()}))


def _rows(comparison: Comparison) -> Iterator[list[str]]:
    def measured(name: str, value: float) -> str:
        note = comparison.notes.get(name)
        return f"{_number(value)} {comparison.unit}" + (f", {note}" if note else "")

    yield [comparison.title, "ours", measured("ours", comparison.ours), ""]
    for peer, value in comparison.peers.items():
        yield ["", peer, measured(peer, value), f"{_number(comparison.times(peer))} times as fast"]
    for peer, problem in comparison.stopped.items():
        yield ["", peer, problem, ""]


def _sizes(results: Results) -> list[Result]:
    """Benches of the whole path, the smallest shop first."""
    if FULL_SIZE not in results:
        return []
    return sorted(results[FULL_SIZE].result["sizes"], key=lambda size: int(size["purchases"]))


def _stages(sizes: Iterable[Result]) -> list[tuple[str, str]]:
    found = [(run, stage) for size in sizes for run, stages in size["runs"].items() for stage in stages]
    return list(dict.fromkeys(found))


def _of_stage(size: Result, run: str, stage: str) -> str:
    measured = size["runs"].get(run, {}).get(stage)
    return f"{measured['seconds']:,.0f} s, {measured['peak_mb'] / 1024:.1f} GB" if measured else "–"


def _plot_of_kernels(comparisons: list[Comparison]) -> Figure:
    rows = [(comparison, peer) for comparison in comparisons for peer in comparison.peers]
    figure, axes = _axes(0.24 * len(rows) + 0.9, width=2 * WIDTH_INCHES)
    times = [comparison.times(peer) for comparison, peer in rows]
    places = range(len(rows))
    axes.barh(
        places, [one - 1 for one in times], left=1, height=0.7, color=[OURS if one >= 1 else PLAIN for one in times]
    )
    for place, one in zip(places, times, strict=True):
        ends = one >= 1
        axes.annotate(
            f"{_number(one)}×",
            (one, place),
            (3 if ends else -3, 0),
            textcoords="offset points",
            va="center",
            ha="left" if ends else "right",
            color=INK,
        )
    axes.set_yticks(list(places), [f"{comparison.title}  ·  {peer}" for comparison, peer in rows])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.margins(x=0.2, y=0.01)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid(visible=False, axis="y")
    axes.axvline(1, color=QUIET, linewidth=1)
    axes.set_xlabel("times as fast as the peer")
    return figure


def _plot_of_growth(sizes: list[Result], key: str, said: str) -> Figure:
    figure, axes = _axes(4.2, width=1.6 * WIDTH_INCHES)
    last = sizes[-1]["runs"]
    stages = [stage for stage in _stages(sizes) if stage[1] in last.get(stage[0], {}) and stage[0] != "shop"]
    longest = sorted(stages, key=lambda stage: -last[stage[0]][stage[1]][key])[:DRAWN_STAGES]
    for colour, (run, stage) in zip(LINES, longest, strict=False):
        drawn = [size for size in sizes if stage in size["runs"].get(run, {})]
        values = [size["runs"][run][stage][key] for size in drawn]
        axes.plot([size["purchases"] for size in drawn], values, "o-", color=colour, label=f"{stage}, {run}")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_xlabel("purchases")
    axes.set_ylabel(said)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), title="the largest stages")
    return figure


def _plot_of_storefront(loads: Result) -> Figure:
    figure, axes = _axes(0.3 * len(loads) + 0.8)
    places = range(len(loads))
    axes.barh(places, [load["rps"] for load in loads.values()], height=0.7, color=OURS)
    axes.set_yticks(list(places), list(loads))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("requests/s")
    return figure


def _axes(height: float, width: float = WIDTH_INCHES) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _image(name: str) -> str:
    return f"![{ALTERNATIVES[name]}]({IMAGES}/{name}.svg)"


def _table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _measured(measured: Results) -> str:
    """Machine and date of the measurements; one line for those that have both in common."""
    said: dict[str, list[str]] = {}
    for name, one in measured.items():
        said.setdefault(f"{one.date}, {one.machine}", []).append(f"`{name}` (load before it {one.load})")
    return "\n".join(f"Measured {where}: {', '.join(names)}." for where, names in said.items())


def _number(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
