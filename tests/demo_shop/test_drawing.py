from dataclasses import replace

import numpy as np
import pytest

from demo_shop.drawing import draw
from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.paths import along, mirrored, outline, smooth
from demo_shop.drawing.style import Style
from demo_shop.drawing.wardrobe import WARDROBE
from demo_shop.vocabulary import load, ranges

SIZE = (96, 144)
SWEATER = Style(
    "sweater",
    {"neck": "crew", "sleeve": "long", "fit": "regular", "length": "regular", "knit": "fine"},
    (190.0, 40.0, 50.0),
    "Solid",
    "knit",
    "A",
    77,
)


def covered(style):
    atelier = Atelier(style, *SIZE)
    WARDROBE[style.silhouette](atelier)
    return atelier.canvas.covered


def styles_of(silhouette):
    """The silhouette in every option of every feature, one at a time."""
    line = next(r for r in ranges() if r.silhouette == silhouette)
    design = load("designs")[silhouette]
    first = {feature: next(iter(options)) for feature, options in design.items()}
    for feature, options in design.items():
        for number, option in enumerate(options):
            seed = 1000 + number
            yield Style(
                silhouette, first | {feature: option}, (90.0, 120.0, 160.0), "Solid", line.wear, line.index, seed
            )


@pytest.mark.parametrize("silhouette", sorted(WARDROBE))
def test_every_cut_is_drawn_inside_the_image(silhouette):
    for style in styles_of(silhouette):
        share = covered(style)
        assert 0.02 < share.mean() < 0.75, style.features
        rim = np.concatenate([share[0], share[:, 0], share[:, -1]])
        assert rim.max() < 0.6, style.features


@pytest.mark.parametrize("appearance", sorted(load("appearances")["number"]))
def test_every_pattern_is_drawn_and_differs_from_plain_cloth(appearance):
    plain = np.asarray(draw(replace(SWEATER, silhouette="top"), SIZE), dtype=float)
    patterned = np.asarray(draw(replace(SWEATER, silhouette="top", appearance=appearance), SIZE), dtype=float)
    if appearance in ("Solid", "Denim"):  # denim is plain cloth, its weave comes with the jeans
        assert np.abs(plain - patterned).mean() < 2
    else:
        assert np.abs(plain - patterned).max() > 20


def test_the_same_style_is_the_same_image():
    assert draw(SWEATER, SIZE).tobytes() == draw(SWEATER, SIZE).tobytes()


def test_colour_variants_have_the_same_cut():
    blue = replace(SWEATER, rgb=(60.0, 90.0, 160.0), variant=2)
    assert np.array_equal(covered(SWEATER), covered(blue))


def test_another_product_of_the_same_kind_is_cut_otherwise():
    assert np.abs(covered(SWEATER) - covered(replace(SWEATER, seed=78))).max() > 0.5


@pytest.mark.parametrize("rgb", [(190.0, 40.0, 50.0), (244.0, 244.0, 242.0), (35.0, 35.0, 38.0), (79.0, 124.0, 172.0)])
def test_the_garment_shows_its_colour(rgb):
    image = np.asarray(draw(replace(SWEATER, rgb=rgb), SIZE), dtype=float)
    middle = image[60:90, 36:60].reshape(-1, 3)
    assert np.abs(np.median(middle, axis=0) - rgb).max() < 30


def test_a_longer_cut_reaches_lower():
    lowest = []
    for length in ("cropped", "regular", "long"):
        shape = covered(replace(SWEATER, features=SWEATER.features | {"length": length}))
        lowest.append(np.flatnonzero(shape.any(axis=1))[-1])
    assert lowest[0] < lowest[1] < lowest[2]


def test_mirrored_outline_is_symmetrical():
    points = mirrored((100, 10), smooth(130, 40), (120, 90), (100, 95))
    there, back = np.array(sorted(points)), np.array(sorted((200 - x, y) for x, y in points))
    assert np.allclose(there, back)


def test_smooth_nodes_are_passed_through():
    points = outline((0, 0), smooth(10, 5), (20, 0), (20, 20), (0, 20))
    assert (10, 5) in points
    assert (20, 0) in points


def test_nodes_may_be_written_as_text():
    expected = outline((0, 0), smooth(10, -5.5), (20, 0), (20, 20), (0, 20))
    assert outline("0,0 ~10,-5.5 20,0", "20,20 0,20") == expected
    assert outline("0,0 ~10,-5.5 20,0 20,20", (0, 20)) == expected


def test_points_along_a_line_are_equally_far_apart():
    expected = [(i * 0.6, i * 0.8) if i <= 5 else (3, i - 1) for i in range(12)]
    assert np.allclose(along([(0, 0), (3, 4), (3, 10)], 12), expected)
