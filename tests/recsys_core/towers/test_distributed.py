"""Two processes train the two towers as one does: over gRPC on this machine."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.together import run_together
from tests.support.towers_together import CONFIG, snapshot_in

pytestmark = pytest.mark.full
TRAINING = [sys.executable, "-m", "tests.support.towers_together"]
SAME_SUMS = {"rtol": 1e-4}
"""The same sums in another order: 1e-7 was seen. Negatives of half a batch alone would be ln 2 = 0.69 nats less."""


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alone")
    subprocess.run([*TRAINING, folder], check=True)
    return folder


def losses(folder: Path) -> list[float]:
    found: list[float] = json.loads((folder / "losses.json").read_text())
    return found


def share_of_own_kind(folder: Path, vectors: dict[str, np.ndarray]) -> float:
    """Share of each customer's best eight articles that are of the kind that its group buys."""
    snapshot = snapshot_in(folder)
    best = np.argsort(-vectors["customers"][:-1] @ vectors["articles"].T, axis=1)[:, :8]
    is_shirt = np.array(["shirt" in article for article in snapshot.article_ids])
    in_a = np.array([customer.startswith("a") for customer in snapshot.customer_ids])
    return float((is_shirt[best] == in_a[:, None]).mean())


def test_losses_and_vectors_are_those_of_one_process(alone: Path, tmp_path: Path) -> None:
    command = [*TRAINING, str(tmp_path)]

    assert run_together(command, command, logs=tmp_path) == [0, 0]

    assert len(losses(alone)) == CONFIG.epochs
    np.testing.assert_allclose(losses(tmp_path), losses(alone), **SAME_SUMS)
    chief, other = (dict(np.load(tmp_path / f"vectors-{index}.npz")) for index in range(2))
    one = dict(np.load(alone / "vectors-0.npz"))
    for name, values in one.items():
        assert chief[name].tobytes() == other[name].tobytes()
        np.testing.assert_allclose(chief[name], values, atol=1e-3)
    assert share_of_own_kind(tmp_path, chief) == pytest.approx(share_of_own_kind(alone, one), abs=0.01)
    assert share_of_own_kind(alone, one) > 0.9


def test_a_killed_training_goes_on_from_the_chief_s_checkpoint(alone: Path, tmp_path: Path) -> None:
    """Killed after epoch 3, of which no checkpoint was written yet."""
    command = [*TRAINING, str(tmp_path)]

    killed = run_together([*command, "3"], command, logs=tmp_path)
    assert 0 not in killed
    assert len(losses(tmp_path)) == 2

    assert run_together(command, command, logs=tmp_path) == [0, 0]
    np.testing.assert_allclose(losses(tmp_path), losses(alone), **SAME_SUMS)
