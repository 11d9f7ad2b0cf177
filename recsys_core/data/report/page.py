"""The report of an ingest: one HTML file that needs nothing beside it, the same as JSON, and a short text."""

import datetime as dt
from collections.abc import Iterable
from itertools import accumulate
from typing import Final

import jinja2

from recsys_core.data.report.facts import IngestFacts
from recsys_core.store.artifacts import atomic_path, write_json
from recsys_core.workspace import Workspace

PLOT_WIDTH: Final = 960
PLOT_HEIGHT: Final = 140


def write_report(workspace: Workspace, facts: IngestFacts) -> None:
    """Write ``Workspace.ingest_report`` and the JSON beside it."""
    path = workspace.ingest_report
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as fresh:
        fresh.write_text(render(facts))
    write_json(path.with_suffix(".json"), facts.as_json())


def render(facts: IngestFacts) -> str:
    """The page."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("recsys_core.data.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["whole"] = lambda number: f"{number:,}"
    environment.filters["amount"] = lambda number: f"{number:,.4g}" if number < 1e4 else f"{number:,.0f}"
    return environment.get_template("report.html.j2").render(
        facts=facts, bars=list(bars(facts.rows_per_day)), width=PLOT_WIDTH, height=PLOT_HEIGHT
    )


def bars(rows_per_day: dict[str, int]) -> Iterable[tuple[float, float, float, str]]:
    """Left edge, top, width of each bar of the plot of purchases over time, and its caption.

    A bar is a day, or as many as make 120 bars of the whole time.
    """
    days = [dt.date.fromisoformat(day) for day in sorted(rows_per_day)]
    if not days:
        return
    span = (days[-1] - days[0]).days + 1
    step = -(-span // 120)
    sums = [0] * -(-span // step)
    for day in days:
        sums[(day - days[0]).days // step] += rows_per_day[day.isoformat()]
    width, highest = PLOT_WIDTH / len(sums), max(sums)
    for left, start, total in zip(
        accumulate([width] * (len(sums) - 1), initial=0.0), range(0, span, step), sums, strict=True
    ):
        first = days[0] + dt.timedelta(days=start)
        last = min(first + dt.timedelta(days=step - 1), days[-1])
        when = first.isoformat() if first == last else f"{first} to {last}"
        yield left, PLOT_HEIGHT * (1 - total / highest), width * 0.9, f"{when}: {total:,}"


def sentences(facts: IngestFacts) -> Iterable[str]:
    """The report in some lines, for a terminal or a task's log; no row is shown, since no erasure reaches logs."""
    for file in facts.files:
        yield (
            f"{file.name} ({file.table}; {file.form}): {file.rows_in:,} rows"
            f"{f' by a query over {file.queried}' if file.queried else ''}, {file.accepted:,} accepted"
            f"{f' ({file.made:,} purchases by their quantities)' if file.made != file.accepted else ''}, "
            f"{file.quarantined:,} quarantined, {file.left_out:,} left out"
        )
    for kind, examples in (("quarantined", facts.bad[:10]), ("noted", facts.noted[:10])):
        for found in examples:
            yield f"{kind}: {found.text}: {found.count:,} in {found.file}, first line {found.line}"
    yield from (f"not read: {note}" for note in facts.not_read)
    for pair in facts.equal[:10]:
        yield f"equal: {pair.rows:,} of {pair.of:,} purchases in {pair.file} equal purchases in {pair.other}"
    yield (
        f"{facts.purchases:,} purchases on {len(facts.rows_per_day):,} days by {facts.buyers:,} buyers "
        f"({facts.buyers_with_profile:,} with a profile); {facts.articles:,} articles ({facts.articles_with_name:,} "
        f"with a name, {facts.articles_with_image:,} with an image); prices {facts.price['min']:g} to "
        f"{facts.price['max']:g}, median {facts.price['median']:g}; currency: {facts.currency.name or 'unknown'} "
        f"({facts.currency.reason})"
    )
    yield from (f"attention: {warning}" for warning in facts.warnings)
