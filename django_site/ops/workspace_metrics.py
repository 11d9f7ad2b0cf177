"""Metrics of the pipeline, read from its records when Prometheus asks: nothing is counted, all workers say the same.

A record that is missing has no metrics yet. One that cannot be read has none either, and says so in
``recsys_record_readable``.
"""

import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from django.conf import settings
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from recsys_core import records
from recsys_core.serving.hold import held_releases
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)

HEALTH_RATIOS: Final = ("in_stock", "distinct", "coverage", "gini", "cold")
"""Figures of the lists that are shares (``recsys_core/promotion/list_health.py``)."""
SIZES: Final = frozenset({"articles", "customers"})
ROLLBACK: Final = "rollback"


class WorkspaceCollector(Collector):
    """Metrics of each record of the workspace."""

    def collect(self) -> Iterator[Metric]:
        workspace = Workspace(settings.RECSYS_WORKSPACE)
        readable = _gauge("recsys_record_readable", "0 if a record of the workspace cannot be read", "record")
        for record, metrics_of in RECORDS.items():
            try:
                found = list(metrics_of(workspace))
            except Exception as error:  # any damage: the other records and the shop's own metrics are told all the same
                log.warning("no metrics of the record %s: %s: %s", record, type(error).__name__, error)
                found = []
                readable.add_metric([record], 0)
            else:
                readable.add_metric([record], 1)
            yield from found
        yield readable


def _of_live_release(workspace: Workspace) -> Iterator[Metric]:
    release = records.live_release(workspace)
    live = _gauge("shop_live_release", "The release that shoppers see", "release")
    if release:
        live.add_metric([release.id], 1)
    yield live
    first = "1 while a first release is live, which nothing was trained for"
    yield GaugeMetricFamily("shop_first_release", first, int(bool(release and release.first_release)))
    if release is None:
        return
    made = "Time when the live release was made"
    yield GaugeMetricFamily("recsys_live_release_created_timestamp_seconds", made, release.created_at.timestamp())
    since = "Time since when the live release is live"
    yield GaugeMetricFamily("recsys_live_release_since_timestamp_seconds", since, workspace.live.lstat().st_mtime)
    for name, what, day in (
        ("cutoff", "First day that the live release does not see, its beginning in UTC", release.cutoff),
        ("models", "First day that its models have not learned from, its beginning in UTC", release.models_as_of),
    ):
        if day:
            yield GaugeMetricFamily(f"recsys_live_release_{name}_timestamp_seconds", what, _beginning(day))
    rows = _gauge("recsys_live_release_rows", "Articles and customers with a list of the live release", "table")
    for table in SIZES & release.rows.keys():
        rows.add_metric([table], release.rows[table])
    yield rows


def _of_hold(workspace: Workspace) -> Iterator[Metric]:
    held = held_releases(workspace)
    yield GaugeMetricFamily("shop_held_releases", "Releases that a rollback keeps off the shop", len(held))
    if held:
        since = min(dt.datetime.fromisoformat(each.at).timestamp() for each in held)
        yield GaugeMetricFamily("recsys_hold_timestamp_seconds", "Time of the oldest rollback that holds", since)


def _of_fetch(workspace: Workspace) -> Iterator[Metric]:
    fetch = records.last_fetch(workspace)
    if fetch is None:
        return
    failing = "1 if the last try to fetch the release of the object store failed"
    yield GaugeMetricFamily("recsys_release_fetch_failing", failing, int(bool(fetch.problem)))
    if fetch.fetched_at:
        fetched = "Last time when this pod had the release that the object store's pointer names"
        yield GaugeMetricFamily("recsys_release_fetch_timestamp_seconds", fetched, fetch.fetched_at.timestamp())


def _of_ingest(workspace: Workspace) -> Iterator[Metric]:
    ingest = records.last_ingest(workspace)
    if ingest is None:
        return
    ended = "Time when the last ingest came to its end"
    yield GaugeMetricFamily("recsys_ingest_timestamp_seconds", ended, records.last_ingest_at(workspace))
    if ingest.rows_per_day:
        newest = "Day of the newest purchase in the tables, its beginning in UTC"
        day = _beginning(max(ingest.rows_per_day))
        yield GaugeMetricFamily("recsys_newest_purchase_timestamp_seconds", newest, day)
    numbers: Counter[tuple[str, str]] = Counter()
    for file in ingest.files:
        numbers[file.table, "accepted"] += file.accepted
        numbers[file.table, "quarantined"] += file.quarantined
        numbers[file.table, "left_out"] += file.left_out
    rows = _gauge("recsys_ingest_rows", "Rows of the files that the tables are made of", "table", "status")
    for labels, number in numbers.items():
        rows.add_metric(labels, number)
    yield rows


def _of_decisions(workspace: Workspace) -> Iterator[Metric]:
    decided = records.decisions(workspace)
    total = CounterMetricFamily("recsys_decisions", "Decisions about releases", labels=["verdict"])
    last = _gauge("recsys_last_decision_timestamp_seconds", "Time of the last decision", "verdict")
    for verdict, number in Counter(each.verdict for each in decided).items():
        total.add_metric([verdict], number)
    for verdict, at in {each.verdict: each.at for each in decided}.items():
        last.add_metric([verdict], at.timestamp())
    yield total
    yield last
    published = [each.at.timestamp() for each in _published(decided)]
    if published:
        ended = "Time when a run, or a person by force, last published a release, or made one that a rollback holds"
        yield GaugeMetricFamily("recsys_last_publish_timestamp_seconds", ended, published[-1])
    compared = [each.health for each in decided if each.health and each.health.changed is not None]
    if compared:
        yield _guard(compared[-1])


def _published(decided: list[records.Decision]) -> Iterator[records.Decision]:
    """Decisions at the end of a run that went well. One about an earlier day than the latest is of a backfill."""
    latest = ""
    for each in decided:
        latest = max(latest, each.cutoff)
        is_on_hold = each.verdict == "held" and each.cutoff == latest
        if each.by != ROLLBACK and (each.live or is_on_hold):
            yield each


def _guard(health: records.Health) -> Metric:
    ratios = _gauge("recsys_guard_ratio", "Figures of the release that was last compared with the live one", "figure")
    found: dict[str, float] = {"changed": health.changed or 0.0, "repriced": health.repriced or 0.0}
    found |= {name: health.now[name] for name in HEALTH_RATIOS if name in health.now}
    for figure, ratio in found.items():
        ratios.add_metric([figure], float(ratio))
    return ratios


def _of_alerts(workspace: Workspace) -> Iterator[Metric]:
    raised = records.alerts(workspace)
    total = CounterMetricFamily("recsys_alerts", "Alerts of Airflow's runs", labels=["kind", "dag"])
    last = _gauge("recsys_last_alert_timestamp_seconds", "Time of the last alert of Airflow's runs", "kind", "dag")
    for labels, number in Counter((each.kind, each.dag) for each in raised).items():
        total.add_metric(labels, number)
    for labels, at in {(each.kind, each.dag): each.at for each in raised}.items():
        last.add_metric(labels, at.timestamp())
    yield total
    yield last


RECORDS: Final[dict[str, Callable[[Workspace], Iterator[Metric]]]] = {
    "live": _of_live_release,
    "hold": _of_hold,
    "fetch": _of_fetch,
    "ingest": _of_ingest,
    "decisions": _of_decisions,
    "alerts": _of_alerts,
}


def _gauge(name: str, what: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, what, labels=labels)


def _beginning(day: dt.date) -> float:
    return dt.datetime.combine(day, dt.time(), dt.UTC).timestamp()
