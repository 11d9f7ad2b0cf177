"""Metrics that Prometheus reads from ``/metrics`` (``metrics_port.py``)."""

import os

from prometheus_client import REGISTRY as PROCESS_REGISTRY
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from ops.workspace_metrics import WorkspaceCollector

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
EVENTS_DROPPED = Counter("shop_events_dropped_total", "Events given up: too many waited, or the database refused them")


def exposition() -> bytes:
    """All metrics in Prometheus' text format, of all workers where gunicorn shares a folder."""
    pipeline = CollectorRegistry()
    pipeline.register(WorkspaceCollector())
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(PROCESS_REGISTRY) + generate_latest(pipeline)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry) + generate_latest(pipeline)
