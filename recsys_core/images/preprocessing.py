"""From an image to what the encoder looks at: one function, for the whole catalogue and for a shopper's image."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from recsys_core.serving.uploads import Crop
from recsys_core.store.artifacts import write_json

FILE: Final = "preprocessor_config.json"
BILINEAR: Final = 2
"""Pillow's number, as the configuration files give it."""
DECODED_AT: Final = 4
"""A JPEG is decoded at this multiple of the model's size at least, not at all its pixels."""

MIN_CROP_SHARE: Final = 0.25


@dataclass(frozen=True)
class Preprocessing:
    """Size and colours that a model was trained on, as ``preprocessor_config.json`` says (transformers' names)."""

    height: int = 224
    width: int = 224
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    resample: int = BILINEAR
    parts: tuple[float, ...] = (1.0,)
    """Middles of an image, by their share of its sides, that are looked at one by one; its vector is their mean."""
    query_parts: tuple[float, ...] = (1.0,)
    """Central crops of a shopper's image, which may be a part of the shop's already."""

    @classmethod
    def read(cls, folder: Path) -> "Preprocessing":
        """Settings of an encoder's folder.

        Raises
        ------
        FileNotFoundError
            If the folder lacks the file.
        ValueError
            If the file says what cannot be done; names the entry.
        """
        path = folder / FILE
        said = json.loads(path.read_text(encoding="utf-8"))
        height, width = _size(path, said.get("size", cls.height))
        mean, std = (_three(path, said, name) for name in ("image_mean", "image_std"))
        parts, query_parts = (_parts(path, said, name) for name in ("parts", "query_parts"))
        return cls(height, width, mean, std, int(said.get("resample", BILINEAR)), parts, query_parts)

    def write(self, folder: Path) -> None:
        said = asdict(self)
        size = {"height": said.pop("height"), "width": said.pop("width")}
        named = {"image_mean": said.pop("mean"), "image_std": said.pop("std"), **said}
        write_json(folder / FILE, {"do_resize": True, "do_rescale": True, "do_normalize": True, "size": size, **named})

    def __call__(self, image: Image.Image, crop: Crop | None = None) -> NDArray[np.float32]:
        """(3, height, width): upright, cut to ``crop``, resized, normalised by channel."""
        whole = upright_in_colour(image)
        part = whole.crop(_box(whole, crop or Crop()))
        small = part.resize((self.width, self.height), Image.Resampling(self.resample))
        values = np.asarray(small, np.float32) / np.float32(255)
        normal = (values - np.array(self.mean, np.float32)) / np.array(self.std, np.float32)
        return np.ascontiguousarray(normal.transpose(2, 0, 1))

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.height, self.width

    def enough(self, crop: Crop | None = None) -> tuple[int, int]:
        """Width and height that a JPEG may be decoded at, at least: the part that is looked at has pixels to spare."""
        crop = crop or Crop()
        part = max(min(crop.right - crop.left, crop.bottom - crop.top), 0.01)
        side = round(DECODED_AT * max(self.height, self.width) / part)
        return side, side


def _box(image: Image.Image, crop: Crop) -> tuple[int, int, int, int]:
    """Box in whole pixels, at least one: resizing a box in place would let in what stands beside it."""
    width, height = image.size
    left, top = int(crop.left * width), int(crop.top * height)
    return left, top, max(round(crop.right * width), left + 1), max(round(crop.bottom * height), top + 1)


def upright_in_colour(image: Image.Image) -> Image.Image:
    """RGB, turned as its EXIF orientation says; what is transparent stands on white, as in a shop."""
    image = ImageOps.exif_transpose(image)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        ground = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def _size(path: Path, said: Any) -> tuple[int, int]:
    """Published files give one number, a pair by name, or the shortest edge of a square."""
    if isinstance(said, dict):
        edge = said.get("shortest_edge")
        said = (said.get("height", edge), said.get("width", edge))
    height, width = (said, said) if isinstance(said, int) else tuple(said)
    if not (isinstance(height, int) and isinstance(width, int) and min(height, width) > 0):
        raise ValueError(f"{path}: size {said!r}: expected a number of pixels, or height and width")
    return height, width


def _three(path: Path, said: dict[str, Any], name: str) -> tuple[float, ...]:
    values: Sequence[float] = said.get(name, ())
    if len(values) != 3:
        raise ValueError(f"{path}: {name} {list(values)!r}: expected three numbers, for red, green and blue")
    return tuple(map(float, values))


def _parts(path: Path, said: dict[str, Any], name: str) -> tuple[float, ...]:
    """Published files lack them: such a model looks at the whole image."""
    values: Sequence[float] = said.get(name, (1.0,))
    if not values or not all(MIN_CROP_SHARE <= part <= 1 for part in values):
        raise ValueError(f"{path}: {name} {list(values)!r}: expected shares from {MIN_CROP_SHARE} to 1")
    return tuple(map(float, values))
