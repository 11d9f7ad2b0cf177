"""Metrics that Prometheus reads from ``/metrics`` (``metrics_port.py``)."""

import os
from collections.abc import Iterator

from prometheus_client import REGISTRY as PROCESS_REGISTRY
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from ops import selectors

REQUESTS = Counter("shop_requests_total", "Requests", ["view", "method", "status"])
SECONDS = Histogram(
    "shop_request_seconds",
    "Time to answer",
    ["view"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5),
)
TIERS = Counter("shop_feed_tier_total", "Answers by fallback tier (X-Fallback-Tier)", ["tier"])
NO_RELEASE = Counter("shop_no_release_total", "Requests refused because no release is live")

EVENTS = Counter("shop_events_total", "Events of shoppers written")
EVENTS_DROPPED = Counter("shop_events_dropped_total", "Events given up because too many waited")


class ReleaseCollector(Collector):
    """Read from the workspace when asked: nothing to be counted, and the same in all workers."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        state = selectors.release_state()
        live = GaugeMetricFamily("shop_live_release", "The release that shoppers see", labels=["release"])
        if state.live:
            live.add_metric([state.live], 1)
        yield live
        first = "1 while a first release is live, which nothing was trained for"
        yield GaugeMetricFamily("shop_first_release", first, int(state.is_first))
        yield GaugeMetricFamily("shop_held_releases", "Releases that a rollback keeps off the shop", len(state.held))


def exposition() -> bytes:
    """All metrics in Prometheus' text format, of all workers where gunicorn shares a folder."""
    releases = CollectorRegistry()
    releases.register(ReleaseCollector())
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(PROCESS_REGISTRY) + generate_latest(releases)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry) + generate_latest(releases)
