import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recsys_core.images.preprocessing import FILE, Preprocessing
from recsys_core.serving.uploads import Crop

PLAIN = Preprocessing(4, 2, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
PUBLISHED = {
    "image_processor_type": "ViTImageProcessor",
    "do_normalize": True,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
    "resample": 3,
    "size": {"height": 224, "width": 224},
}


def halves() -> Image.Image:
    """Red on the left, blue on the right, 40 x 20."""
    image = Image.new("RGB", (40, 20), "red")
    image.paste("blue", (20, 0, 40, 20))
    return image


def test_channels_come_first_and_are_normalised() -> None:
    prepared = Preprocessing(3, 2, mean=(0.5, 0.5, 0.0), std=(0.5, 0.25, 1.0))(Image.new("RGB", (8, 8), (255, 0, 51)))
    assert (prepared.shape, prepared.dtype) == ((3, 3, 2), np.float32)
    np.testing.assert_allclose(prepared[:, 0, 0], [1.0, -2.0, 0.2], atol=1e-6)  # (1 - .5) / .5, -.5 / .25, 51 / 255


def test_a_crop_is_cut_out_before_it_is_resized() -> None:
    np.testing.assert_allclose(PLAIN(halves(), Crop(0, 0, 0.5, 1))[:, 0, 0], [1, 0, 0])
    np.testing.assert_allclose(PLAIN(halves(), Crop(0.5, 0, 1, 1))[:, 0, 0], [0, 0, 1])


def test_an_image_stored_lying_is_seen_upright() -> None:
    lying, orientation = BytesIO(), Image.Exif()
    orientation[0x0112] = 6  # to be turned clockwise by 90 degrees
    halves().save(lying, "PNG", exif=orientation)
    top = Crop(0, 0, 1, 0.5)
    np.testing.assert_allclose(PLAIN(Image.open(lying), top)[:, 0, 0], [1, 0, 0])  # what was left is on top


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_stands_on_white(mode: str) -> None:
    clear = Image.new(mode, (8, 8), (0,) * len(mode))
    np.testing.assert_allclose(PLAIN(clear), np.ones((3, 4, 2)))


@pytest.mark.parametrize("mode", ["L", "CMYK", "P", "1"])
def test_images_of_other_modes_are_taken(mode: str) -> None:
    assert PLAIN(halves().convert(mode)).shape == (3, 4, 2)


@pytest.mark.parametrize(
    ("size", "expected"),
    [(224, (224, 224)), ({"height": 96, "width": 64}, (96, 64)), ({"shortest_edge": 32}, (32, 32)), ([8, 4], (8, 4))],
)
def test_published_files_give_the_size_in_their_ways(tmp_path: Path, size: object, expected: tuple[int, int]) -> None:
    (tmp_path / FILE).write_text(json.dumps(PUBLISHED | {"size": size}))
    found = Preprocessing.read(tmp_path)
    assert (found.height, found.width, found.resample) == (*expected, 3)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"size": {"crop": 3}}, "size"),
        ({"size": -1}, "size"),
        ({"image_mean": [0.5]}, "image_mean"),
        ({"image_std": []}, "image_std"),
        ({"parts": []}, "parts"),
        ({"query_parts": [1.0, 0.1]}, "query_parts"),
    ],
)
def test_an_odd_file_is_refused_by_name(tmp_path: Path, change: dict[str, object], named: str) -> None:
    (tmp_path / FILE).write_text(json.dumps(PUBLISHED | change))
    with pytest.raises(ValueError, match=f"{FILE}: {named}"):
        Preprocessing.read(tmp_path)


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    closer = replace(PLAIN, parts=(1.0, 0.8), query_parts=(0.9,))
    closer.write(tmp_path)
    assert Preprocessing.read(tmp_path) == closer


def test_a_published_file_has_the_whole_image_looked_at(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps(PUBLISHED))
    found = Preprocessing.read(tmp_path)
    assert (found.parts, found.query_parts) == ((1.0,), (1.0,))
