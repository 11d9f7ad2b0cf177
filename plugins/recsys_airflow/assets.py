"""Assets of the platform: Airflow shows which task made what, and may start other DAGs after ours.

An event says "there is a new one"; the artifact store says which.
"""

from airflow.sdk import Asset


def _asset(name: str) -> Asset:
    return Asset(name=name, uri=f"x-recsys://{name}", group="recsys")


SHOP_ORDERS = _asset("shop_orders")
"""Orders that customers made in the storefront, waiting in ``incoming/``."""
TABLES = _asset("tables")
"""The shop's purchases, articles and customers, as they were delivered."""
IMAGE_EMBEDDINGS = _asset("image_embeddings")
SNAPSHOTS = _asset("snapshots")
MODELS = _asset("models")
"""Models that were trained and validated."""
RELEASE = _asset("release")
"""A release was made; it is live unless the gate or a rollback says otherwise."""
EVALUATION = _asset("evaluation")
"""A backtest's metrics."""
