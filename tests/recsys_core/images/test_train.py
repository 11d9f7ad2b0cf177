import contextlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from recsys_core.errors import CollapsedError
from recsys_core.images import train
from recsys_core.images.album import Album
from recsys_core.images.config import ImagesConfig
from recsys_core.images.examples import Examples, Split, label, shrink_images, split_by_product
from recsys_core.images.train import Trained, new_encoder, train_encoder
from recsys_core.training import Monitor
from tests.recsys_core.images.catalogue import write_catalogue

SIZE = {"height": 24, "width": 16, "channels": 16, "depths": (1, 1), "heads": (2, 2), "window": 2}
TINY = ImagesConfig(**SIZE, batch_size=16, epochs=6, learning_rate=0.003)


@pytest.fixture(scope="module")
def learnable(tmp_path_factory: pytest.TempPathFactory) -> tuple[Examples, Split]:
    folder = tmp_path_factory.mktemp("catalogue")
    articles = pd.DataFrame(write_catalogue(folder / "images", 120)).assign(graphical_appearance_name="Solid")
    images, rows = shrink_images(Album.open(folder / "images"), (36, 24), folder / "kept.npy")
    assert len(rows) == 120
    products = (np.arange(120) // 2).astype(np.int64)
    split = split_by_product([str(product) for product in products], 0.2, seed=3)
    return Examples(images, products, label(articles, split.learned)), split


def weights(trained: Trained) -> dict[str, torch.Tensor]:
    return trained.encoder.state_dict()


def test_it_learns_to_know_images_again(learnable: tuple[Examples, Split]) -> None:
    seen: list[dict[str, float]] = []
    config = TINY.model_copy(update={"epochs": 25, "patience": 25})
    trained = train_encoder(*learnable, config, Monitor(lambda metrics, step: seen.append(dict(metrics))))
    assert [len(seen), trained.epochs] == [25, 25]
    assert seen[-1]["contrastive_loss"] < 0.7 * seen[0]["contrastive_loss"]
    assert seen[-1]["attribute_loss"] < 0.7 * seen[0]["attribute_loss"]
    assert seen[-1]["learning_rate"] == pytest.approx(0, abs=1e-6)


def test_the_same_settings_give_the_same_encoder(learnable: tuple[Examples, Split]) -> None:
    config = TINY.model_copy(update={"epochs": 2})
    one, other = (weights(train_encoder(*learnable, config)) for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


class Killed(BaseException):
    """Stands for a process that is gone."""


def test_a_killed_training_goes_on_and_ends_as_if_it_had_not_been_killed(
    learnable: tuple[Examples, Split], tmp_path: Path
) -> None:
    config = TINY.model_copy(update={"epochs": 4, "patience": 9})

    def die_in_the_third(metrics: object, step: int) -> None:
        if step == 3:
            raise Killed

    with pytest.raises(Killed):
        train_encoder(*learnable, config, Monitor(die_in_the_third, tmp_path))
    seen: list[int] = []
    went_on = weights(train_encoder(*learnable, config, Monitor(lambda metrics, step: seen.append(step), tmp_path)))
    at_once = weights(train_encoder(*learnable, config))
    assert seen == [3, 4]
    for name, tensor in at_once.items():
        torch.testing.assert_close(went_on[name], tensor, msg=name)
    assert not list(tmp_path.glob("*.pt"))


def test_it_ends_when_its_time_is_over(learnable: tuple[Examples, Split]) -> None:
    config = TINY.model_copy(update={"epochs": 1000, "minutes": 0.1, "patience": 1000})
    trained = train_encoder(*learnable, config)
    assert 3 < trained.seconds < 20
    assert trained.epochs < 1000


def test_it_ends_when_it_gets_no_better(learnable: tuple[Examples, Split], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing changes without a learning rate to speak of, so its end begins after the patience."""
    monkeypatch.setattr(train, "MIN_VALIDATION_IMAGES", 2)
    rates: list[float] = []
    config = TINY.model_copy(update={"epochs": 40, "patience": 2, "learning_rate": 1e-12})
    with contextlib.suppress(CollapsedError):
        train_encoder(*learnable, config, Monitor(lambda metrics, step: rates.append(metrics["learning_rate"])))
    assert 4 <= len(rates) <= 12
    assert rates[-1] < rates[2]


def test_an_encoder_that_knows_nothing_again_is_refused(
    learnable: tuple[Examples, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "MIN_VALIDATION_IMAGES", 2)
    examples, split = learnable
    rng = np.random.default_rng(0)
    plain = np.broadcast_to(rng.integers(0, 256, (1, 3, 36, 24), dtype=np.uint8), examples.images.shape)
    with pytest.raises(CollapsedError, match=r"images\.learning_rate \(0\.003\)"):
        train_encoder(replace(examples, images=plain), split, TINY.model_copy(update={"epochs": 1}))


def test_sizes_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match=r"images\.window 4 .* 24 x 16 pixels \(3 x 2\)"):
        new_encoder(TINY.model_copy(update={"window": 4}))
    with pytest.raises(ValueError, match=r"images\.depths .* images\.heads"):
        new_encoder(TINY.model_copy(update={"heads": (2,)}))
