"""The fashion image encoder: a Swin transformer and a linear layer to 128 numbers (yainage90's published layout).

``config.json`` (SwinConfig), ``preprocessor_config.json``, and in ``model.safetensors`` the weights under ``swin.*``
and ``embedding_layer.*``. The same layout holds the published model and ours; nothing is unpickled.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import nn

from recsys_core.contracts.artifacts import ENCODER_WEIGHTS
from recsys_core.features.images import EMBEDDING_LENGTH
from recsys_core.images.preprocessing import FILE as PREPROCESSING
from recsys_core.images.preprocessing import Preprocessing

if TYPE_CHECKING:  # it takes seconds to load, and only who has an encoder in hand needs it
    from transformers import SwinConfig

CONFIG: Final = "config.json"
FILES: Final = (CONFIG, PREPROCESSING, ENCODER_WEIGHTS)


class FashionImageEncoder(nn.Module):
    """Images to unit vectors: ``normalize(embedding_layer(swin(pixels).pooler_output))``."""

    def __init__(self, config: "SwinConfig", preprocessing: Preprocessing) -> None:
        from transformers import SwinModel

        super().__init__()
        config._attn_implementation = "eager"  # on small windows quicker than torch's fused attention
        self.swin = SwinModel(config)
        self.embedding_layer = nn.Linear(config.hidden_size, EMBEDDING_LENGTH)
        self.preprocessing = preprocessing

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, 3, height, width) to (n, EMBEDDING_LENGTH), rows L2-normalised."""
        return nn.functional.normalize(self.embedding_layer(self.swin(pixels).pooler_output), dim=1)

    def embed(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 3, height, width) that ``preprocessing`` made of the catalogue's images to (n, EMBEDDING_LENGTH)."""
        return self._embed(pixels, self.preprocessing.parts)

    def embed_query(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        """The same of shoppers' images."""
        return self._embed(pixels, self.preprocessing.query_parts)

    @torch.inference_mode()
    def _embed(self, pixels: NDArray[np.float32], parts: Sequence[float]) -> NDArray[np.float32]:
        given = torch.from_numpy(pixels).to(self.embedding_layer.weight.device)
        seen = torch.stack([self(middle(given, part)) for part in parts]).mean(0)
        vectors: NDArray[np.float32] = nn.functional.normalize(seen, dim=1).float().cpu().numpy()
        return vectors

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.swin.config.to_json_file(folder / CONFIG)
        self.preprocessing.write(folder)
        weights = {name: tensor.detach().cpu().contiguous() for name, tensor in self.state_dict().items()}
        save_file(weights, folder / ENCODER_WEIGHTS, metadata={"format": "pt"})


def middle(pixels: torch.Tensor, part: float) -> torch.Tensor:
    """The middle ``part`` of each side of (n, 3, height, width), as large as the whole."""
    height, width = pixels.shape[2:]
    top, left = round(height * (1 - part) / 2), round(width * (1 - part) / 2)
    cut = pixels[:, :, top : height - top, left : width - left]
    return nn.functional.interpolate(cut, size=(height, width), mode="bilinear")


def load_encoder(source: str | Path, revision: str | None = None, offline: bool = True) -> FashionImageEncoder:
    """The encoder of a local folder, or of the hub by its name where ``offline`` is off.

    Raises
    ------
    FileNotFoundError
        If a file is missing; names it and the remedy.
    ValueError
        If the weights are not those of the configuration; names the keys.
    """
    from transformers import SwinConfig

    folder = locate_encoder(source, revision, offline)
    if missing := [name for name in FILES if not (folder / name).exists()]:
        raise FileNotFoundError(f"{folder} lacks {', '.join(missing)}: expected {', '.join(FILES)}")
    encoder = FashionImageEncoder(SwinConfig.from_json_file(folder / CONFIG), Preprocessing.read(folder))
    _fill(encoder, folder / ENCODER_WEIGHTS)
    return encoder.eval()


def locate_encoder(source: str | Path, revision: str | None = None, offline: bool = True) -> Path:
    """The folder of an encoder that is named by it, or by its name on the hub.

    Raises
    ------
    FileNotFoundError
        If it is neither.
    """
    return Path(source) if Path(source).is_dir() else _download(str(source), revision, offline)


def _fill(encoder: FashionImageEncoder, path: Path) -> None:
    weights, wanted = load_file(path), encoder.state_dict()
    missing, unknown = sorted(wanted.keys() - weights.keys()), sorted(weights.keys() - wanted.keys())
    misfits = [
        f"{name} {tuple(weights[name].shape)} instead of {tuple(wanted[name].shape)}"
        for name in sorted(wanted.keys() & weights.keys())
        if weights[name].shape != wanted[name].shape
    ]
    problems = [f"without {_few(missing)}"] * bool(missing) + [f"with {_few(unknown)}"] * bool(unknown)
    if problems or misfits:
        raise ValueError(
            f"{path} is not of its {CONFIG}: {'; '.join([*problems, *misfits[:3]])}. Expected a Swin transformer under "
            f"swin.* and a linear layer to {EMBEDDING_LENGTH} under embedding_layer.*"
        )
    encoder.load_state_dict(weights)


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _download(name: str, revision: str | None, offline: bool) -> Path:
    """The files of a model on the hub, from its cache where they are there."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=list(FILES), local_files_only=offline))
    except (LocalEntryNotFoundError, HfHubHTTPError, ValueError) as error:
        raise FileNotFoundError(
            f"no encoder {name!r}: it is neither a folder nor in the hub's cache. Name a folder with "
            f"{', '.join(FILES)}, or allow the download"
        ) from error
