"""Trains an image encoder on a catalogue's own images.

An image and a view of it belong together, and kinds of articles can be told apart.

The learning rate rises quickly, stays, and falls to zero in the last part. That part begins when the epochs or the
minutes say so, or when images that are not learned from have not been recognised better for some epochs. A run that
is killed goes on after its last whole epoch.
"""

import json
import logging
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from recsys_core.errors import CollapsedError
from recsys_core.images.config import ImagesConfig
from recsys_core.images.encoder import FashionImageEncoder
from recsys_core.images.examples import ATTRIBUTES, Examples, IntArray, Split
from recsys_core.images.losses import AttributeHeads, contrastive_loss
from recsys_core.images.preprocessing import Preprocessing
from recsys_core.images.progress import Progress
from recsys_core.images.views import Views
from recsys_core.store.artifacts import atomic_path, write_json
from recsys_core.training import Monitor

log = logging.getLogger(__name__)

MAX_GRADIENT_NORM: Final = 1.0
"""Longest gradient."""
VALIDATION_BATCH_IMAGES: Final = 128
COLLAPSE_FACTOR: Final = 2.0
"""A validated image must find itself this many times as often as by chance."""
MIN_VALIDATION_IMAGES: Final = 32
"""Validated images that say something; a small shop's few do not."""
PROGRESS: Final = "progress.json"
STATE: Final = "state.safetensors"


@dataclass(frozen=True)
class Trained:
    """A trained encoder with what its training came to."""

    encoder: FashionImageEncoder
    epochs: int
    seconds: float
    score: float
    """On the validated images: mean of how often a view finds its image first, and of how many neighbours are of
    the same type."""


def new_encoder(config: ImagesConfig) -> FashionImageEncoder:
    """An untrained Swin transformer of the configured size.

    Raises
    ------
    ValueError
        If size, stages and window do not fit together.
    """
    from transformers import SwinConfig

    if len(config.depths) != len(config.heads):
        raise ValueError(f"images.depths {config.depths} and images.heads {config.heads}: expected as many of each")
    shrinking: int = config.patch * 2 ** (len(config.depths) - 1)
    if min(config.height, config.width) // shrinking < config.window:
        raise ValueError(
            f"images.window {config.window} is larger than the last stage of {config.height} x {config.width} pixels "
            f"({config.height // shrinking} x {config.width // shrinking}): lower it, or take larger images"
        )
    swin = SwinConfig(
        image_size=(config.height, config.width),
        patch_size=config.patch,
        embed_dim=config.channels,
        depths=list(config.depths),
        num_heads=list(config.heads),
        window_size=config.window,
        drop_path_rate=0.0,
    )
    preprocessing = Preprocessing(config.height, config.width, parts=config.parts, query_parts=config.query_parts)
    return FashionImageEncoder(swin, preprocessing)


def train_encoder(examples: Examples, split: Split, config: ImagesConfig, monitor: Monitor | None = None) -> Trained:
    """Train on the learned images, stop by the validated ones.

    Raises
    ------
    CollapsedError
        If validated images are not recognised.
    """
    torch.manual_seed(config.seed)
    trainer = _Trainer(examples, split, config)
    return trainer.run(monitor or Monitor())


class _Trainer:
    """Model, optimizer and data of one training."""

    def __init__(self, examples: Examples, split: Split, config: ImagesConfig) -> None:
        self.examples, self.split, self.config = examples, split, config
        self.encoder = new_encoder(config)
        weights = (config.type_weight, config.colour_weight, config.pattern_weight)
        self.heads = AttributeHeads(examples.classes, dict(zip(ATTRIBUTES, weights, strict=True)))
        self.parts = nn.ModuleDict({"encoder": self.encoder, "heads": self.heads})
        self.optimizer = _optimizer(self.parts, config)
        self.views = Views(config.height, config.width)
        mean, std = self.encoder.preprocessing.mean, self.encoder.preprocessing.std
        self.mean, self.std = (torch.tensor(three).view(1, 3, 1, 1) for three in (mean, std))
        self.progress = Progress()

    def run(self, monitor: Monitor) -> Trained:
        self._restore(monitor.checkpoints)
        if self.progress.epoch:
            log.info("image encoder: going on after epoch %d", self.progress.epoch)
        while self.progress.done < self.progress.end:
            losses = self._epoch()
            measured = self._validate()
            if len(self.split.validated) >= MIN_VALIDATION_IMAGES:
                self.progress.judge(measured["score"], self.config.patience)
            monitor.metrics(
                {**losses, **measured, "learning_rate": self.progress.learning_rate(self.config.learning_rate)},
                self.progress.epoch,
            )
            self._keep(monitor.checkpoints)
        score = self._validate()
        by_chance = 1 / max(1, len(self.split.validated))
        if len(self.split.validated) >= MIN_VALIDATION_IMAGES and score["found_first"] < COLLAPSE_FACTOR * by_chance:
            raise CollapsedError(
                f"the image encoder recognises {score['found_first']:.3f} of altered images, chance {by_chance:.3f}; "
                f"lower images.learning_rate ({self.config.learning_rate}) or train longer"
            )
        return Trained(self.encoder.eval(), self.progress.epoch, self.progress.seconds, score["score"])

    def _epoch(self) -> dict[str, float]:
        """Mean losses of one pass, or of as much as there was time for."""
        progress, seed = self.progress, [self.config.seed, self.progress.epoch]
        generator = torch.Generator().manual_seed(int(np.random.SeedSequence(seed).generate_state(1)[0]))
        batches = list(self._batches(np.random.default_rng(seed)))
        before, started = progress.seconds, time.monotonic()
        losses: list[tuple[float, float]] = []
        self.parts.train()
        description = f"image encoder epoch {progress.epoch + 1}"
        for i, rows in enumerate(tqdm(batches, desc=description, mininterval=5, disable=None)):
            progress.seconds = before + time.monotonic() - started
            by_epochs = (progress.epoch + i / len(batches)) / self.config.epochs
            progress.done = max(by_epochs, progress.seconds / (60 * self.config.minutes))
            if progress.done >= progress.end:
                break
            losses.append(self._learn(rows, generator))
        else:
            progress.done = max(progress.done, (progress.epoch + 1) / self.config.epochs)
        progress.epoch += 1
        progress.seconds = before + time.monotonic() - started
        means = np.mean(losses, axis=0) if losses else (math.nan, math.nan)
        return {"contrastive_loss": float(means[0]), "attribute_loss": float(means[1])}

    def _learn(self, rows: IntArray, generator: torch.Generator) -> tuple[float, float]:
        for group in self.optimizer.param_groups:
            group["lr"] = self.progress.learning_rate(self.config.learning_rate)
        vectors = self.encoder(torch.cat([self._whole(rows), self._view(rows, generator)]))
        product = torch.from_numpy(self.examples.products[rows])
        labels = {name: torch.from_numpy(values[rows]).repeat(2) for name, values in self.examples.labels.items()}
        settings = self.config
        first, second = vectors.chunk(2)
        apart = contrastive_loss(first, second, product, settings.temperature, settings.sibling_weight)
        told = self.heads(vectors, labels)
        self.optimizer.zero_grad()
        (apart + told).backward()
        nn.utils.clip_grad_norm_(self.parts.parameters(), MAX_GRADIENT_NORM)
        self.optimizer.step()
        return apart.item(), told.item()

    def _whole(self, rows: IntArray) -> Tensor:
        """Each image as the shop shows it, normalised."""
        size = (self.config.height, self.config.width)
        colours = self._images(rows).float() / 255
        small = functional.interpolate(colours, size=size, mode="bilinear", antialias=True)
        return (small - self.mean) / self.std

    def _view(self, rows: IntArray, generator: torch.Generator) -> Tensor:
        """A view of each image, normalised."""
        return (self.views(self._images(rows), generator) - self.mean) / self.std

    def _images(self, rows: IntArray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(self.examples.images[rows]))

    def _batches(self, rng: np.random.Generator) -> Iterator[IntArray]:
        """All learned images in random order, but articles of one product in pairs, so that some meet."""
        products = self.examples.products[self.split.learned]
        shuffled = rng.permutation(len(products))
        by_product = shuffled[np.argsort(products[shuffled], kind="stable")]
        codes = products[by_product]
        first = np.searchsorted(codes, codes)  # where each product begins
        pair = first + (np.arange(len(codes)) - first) // 2
        order = np.argsort(rng.permutation(len(codes) + 1)[pair], kind="stable")
        rows = self.split.learned[by_product[order]]
        size = min(self.config.batch_size, len(rows))
        return (rows[start : start + size] for start in range(0, len(rows) - size + 1, size))

    @torch.inference_mode()
    def _validate(self) -> dict[str, float]:
        rows = self.split.validated
        if len(rows) < 2:
            return {"found_first": 0.0, "same_type": 0.0, "score": 0.0}
        self.parts.eval()
        whole = self._embed(rows, None)
        altered = self._embed(rows, torch.Generator().manual_seed(self.config.seed))
        found = (altered @ whole.T).argmax(axis=1) == np.arange(len(rows))
        types = self.examples.labels[ATTRIBUTES[0]][rows]
        similar = whole @ whole.T
        np.fill_diagonal(similar, -np.inf)
        nearest = np.argsort(-similar, axis=1)[:, :5]
        same = float((types[nearest] == types[:, None]).mean())
        first = float(found.mean())
        return {"found_first": first, "same_type": same, "score": (first + same) / 2}

    def _embed(self, rows: IntArray, generator: torch.Generator | None) -> NDArray[np.float32]:
        """Vectors of images as they are, or of a view of each."""
        vectors = []
        for start in range(0, len(rows), VALIDATION_BATCH_IMAGES):
            some = rows[start : start + VALIDATION_BATCH_IMAGES]
            seen = self._view(some, generator) if generator else self._whole(some)
            vectors.append(self.encoder(seen).numpy())
        return np.concatenate(vectors)

    def _keep(self, folder: Path | None) -> None:
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{self.progress.epoch}.{STATE}"
        with atomic_path(folder / name) as fresh:
            save_file(self._state(), fresh)
        write_json(folder / PROGRESS, asdict(self.progress))
        for old in folder.glob(f"*.{STATE}"):
            if old.name != name:
                old.unlink()

    def _restore(self, folder: Path | None) -> None:
        if folder is None or not (folder / PROGRESS).exists():
            return
        self.progress = Progress(**json.loads((folder / PROGRESS).read_text()))
        kept = load_file(folder / f"{self.progress.epoch}.{STATE}")
        self.parts.load_state_dict(_without(kept, "model."))
        for name, parameter in self.parts.named_parameters():
            moments = _without(kept, f"optimizer.{name}.")
            self.optimizer.state[parameter] = {moment: value.clone() for moment, value in moments.items()}

    def _state(self) -> dict[str, Tensor]:
        """Weights and the optimizer's moments under names of their own: no pickle."""
        state = {f"model.{name}": tensor.contiguous() for name, tensor in self.parts.state_dict().items()}
        for name, parameter in self.parts.named_parameters():
            for moment, value in self.optimizer.state.get(parameter, {}).items():
                state[f"optimizer.{name}.{moment}"] = value.clone()
        return state


def _optimizer(parts: nn.Module, config: ImagesConfig) -> torch.optim.Optimizer:
    """AdamW; biases, norms and position tables do not decay."""
    decay: list[nn.Parameter] = []
    free: list[nn.Parameter] = []
    for name, parameter in parts.named_parameters():
        (free if parameter.ndim < 2 or "relative_position" in name else decay).append(parameter)
    groups = [{"params": decay, "weight_decay": config.weight_decay}, {"params": free, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=config.learning_rate)


def _without(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
