from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from recsys_core.images.album import Album
from recsys_core.images.examples import label, shrink_images, split_by_product
from recsys_core.images.losses import UNKNOWN_LABEL


@given(st.lists(st.sampled_from("abcdefghijkl"), min_size=1, max_size=80), st.integers(0, 5))
def test_a_product_is_wholly_in_one_part_and_every_image_in_one(products: list[str], seed: int) -> None:
    split = split_by_product(products, 0.25, seed)
    parts = [set(map(products.__getitem__, rows)) for rows in (split.learned, split.validated, split.held_out)]
    assert sum(map(len, parts)) == len(set(products))
    assert sorted(np.concatenate([split.learned, split.validated, split.held_out])) == list(range(len(products)))
    assert len(split.held_out) >= 0.25 * len(products)


def test_a_fifth_is_held_out_of_single_articles() -> None:
    split = split_by_product([f"{n:05d}" for n in range(1000)], 0.2, seed=1)
    assert (len(split.held_out), len(split.validated), len(split.learned)) == (200, 80, 720)


def test_values_that_nothing_learned_has_are_unknown() -> None:
    articles = pd.DataFrame(
        {
            "product_type_name": ["Dress", "Hat", "Dress", "Sock"],
            "colour_group_name": ["Red", None, "Blue", "Red"],
            "graphical_appearance_name": ["Solid"] * 4,
        }
    )
    labels = label(articles, np.array([0, 1, 2]))
    assert labels["product_type_name"].tolist() == [0, 1, 0, UNKNOWN_LABEL]
    assert labels["colour_group_name"].tolist() == [1, UNKNOWN_LABEL, 0, 1]
    assert labels["graphical_appearance_name"].tolist() == [0, 0, 0, 0]


def test_images_are_read_once_and_damaged_ones_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "images" / "010"
    folder.mkdir(parents=True)
    for name, colour in (("0100000001", "red"), ("0100000003", "blue")):
        Image.new("RGB", (40, 60), colour).save(folder / f"{name}.jpg")
    (folder / "0100000002.jpg").write_bytes(b"\xff\xd8 no image")
    album = Album.open(tmp_path / "images")

    images, rows = shrink_images(album, (12, 8), tmp_path / "kept.npy")

    assert rows.tolist() == [0, 2]
    assert images.shape == (2, 3, 12, 8)
    assert images[1, 2].min() > 240  # blue
    for file in album.files:
        file.unlink()
    again, _ = shrink_images(album, (12, 8), tmp_path / "kept.npy")
    np.testing.assert_array_equal(again, images)
