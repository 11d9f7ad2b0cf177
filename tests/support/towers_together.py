"""A training of the two towers by this process or several: ``python -m`` with a folder of its own.

The chief's losses go to ``losses.json``, each process's vectors to ``vectors-<index>.npz``.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from recsys_core.features.snapshot import Snapshot
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
from recsys_core.towers.cluster import Cluster
from recsys_core.towers.config import TwoTowerConfig
from recsys_core.training import Monitor
from tests.support import two_groups

CONFIG = TwoTowerConfig(
    dim=8, id_dim=8, hidden=(16,), batch_size=64, epochs=6, learning_rate=0.01, mixed_precision=False
)
LARGEST_DENSE_TABLE = 20
"""Rows: the articles' tables are summed whole, the customers' ids by rows."""


def snapshot_in(folder: Path) -> Snapshot:
    """The a's buy shirts, the b's dresses; 801 purchases leave batches that cannot be halved."""
    purchases = two_groups.random_purchases(days=14)
    purchases.append(Purchase("a00", "shirt0", 3))
    return FixtureShop(purchases, articles=two_groups.kinds()).snapshot(folder)


def main(folder: Path, killed_in: int | None) -> None:
    from recsys_core.towers import distributed
    from recsys_core.towers.train import train_two_tower

    distributed.DENSE_ROWS = LARGEST_DENSE_TABLE
    losses = folder / "losses.json"

    def metrics(values: Mapping[str, float], step: int) -> None:
        if step == killed_in:
            raise KeyboardInterrupt
        if "loss" in values:
            seen = json.loads(losses.read_text()) if losses.exists() else []
            losses.write_text(json.dumps([*seen, values["loss"]]))

    vectors = train_two_tower(snapshot_in(folder), CONFIG, Monitor(metrics, folder / "checkpoints")).vectors
    np.savez(folder / f"vectors-{Cluster.of_environment().index}.npz", **vars(vectors))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)
