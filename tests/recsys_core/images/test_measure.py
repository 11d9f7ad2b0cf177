from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from recsys_core.images.measure import alter, colour_histogram, nearest, precision, share_found

CIRCLE = np.array([[np.cos(a), np.sin(a)] for a in np.linspace(0, 1, 6)], np.float32)
"""Six vectors on a bow, neighbours next to each other."""


def test_neighbours_are_the_nearest_without_the_query_itself() -> None:
    assert nearest(CIRCLE, np.array([0, 5]), top=2).tolist() == [[1, 2], [4, 3]]


def test_what_is_altered_counts_as_found_within_the_top() -> None:
    rows = np.array([0, 3])
    assert share_found(CIRCLE[rows], CIRCLE, rows, top=1) == 1.0
    moved = CIRCLE[[1, 3]]  # the first lies where row 1 lies: row 0 is second for it
    assert share_found(moved, CIRCLE, rows, top=1) == 0.5
    assert share_found(moved, CIRCLE, rows, top=3) == 1.0


def test_precision_asks_nobody_whose_value_is_unknown() -> None:
    values = np.array(["Hat", "Hat", "Sock", None, "Hat", "Sock"], dtype=object)
    neighbours = np.array([[1, 2], [4, 5]])
    assert precision(neighbours, np.array([0, 3]), values) == 0.5
    assert precision(neighbours[1:], np.array([3]), values) == 0.0


def test_a_histogram_counts_pixels_by_colour() -> None:
    halves = Image.new("RGB", (40, 40), (0, 0, 0))
    halves.paste((255, 255, 255), (0, 0, 40, 20))
    found = colour_histogram(halves)
    assert found.shape == (64,)
    assert found[0] ** 2 == pytest.approx(0.5, abs=0.02)
    assert found[63] ** 2 == pytest.approx(0.5, abs=0.02)


def test_an_altered_image_is_a_smaller_mirrored_jpeg_of_it() -> None:
    image = Image.new("RGB", (200, 300), "black")
    image.paste("white", (0, 0, 100, 300))
    sizes = []
    for seed in range(20):
        altered = alter(image, np.random.default_rng(seed))
        sizes.append(altered.size[0] / 200)
        assert altered.format == "JPEG"
        grey = np.asarray(altered.convert("L"), np.float32).mean(axis=0)
        assert grey[0] < 60  # the white half is on the right now
        assert grey[-1] > 150
    assert 0.7 <= min(sizes) < max(sizes) <= 0.9


def test_the_same_seed_alters_in_the_same_way() -> None:
    image = Image.effect_noise((60, 80), 50).convert("RGB")
    first, second = BytesIO(), BytesIO()
    for file in (first, second):
        alter(image, np.random.default_rng(3)).save(file, "PNG")
    assert first.getvalue() == second.getvalue()
