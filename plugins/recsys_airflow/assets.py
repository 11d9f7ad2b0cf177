"""The assets that chain the DAGs. An event says "there is a new one", the artifact store says which."""

from airflow.sdk import Asset


def _asset(name: str) -> Asset:
    return Asset(name=name, uri=f"x-recsys://{name}", group="recsys")


SHOP_ORDERS = _asset("shop_orders")
"""Orders that customers made in the storefront, waiting in ``incoming/``."""
CATALOGUE = _asset("catalogue")
"""The shop's articles and their images, as they were delivered."""
IMAGE_EMBEDDINGS = _asset("image_embeddings")
TABLES = _asset("tables")
SNAPSHOTS = _asset("snapshots")
TRAINING_DUE = _asset("training_due")
"""The models are to be trained anew; ``recsys training-due`` says why."""
MODELS = _asset("models")
LISTS = _asset("lists")
RELEASE = _asset("release")
"""The live release changed."""
EVALUATION = _asset("evaluation")
"""A backtest's metrics; nothing runs after it."""
