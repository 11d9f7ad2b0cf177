"""Shortcuts of the drawing give what the long way gives, to the last digit."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from demo_shop.drawing import draw, motifs, raster, relief, stamps, studio, weaves
from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.cloth import Cloth
from demo_shop.drawing.paths import ellipse, turned
from demo_shop.drawing.raster import OVERSAMPLING, Frame, Shape, rasterised
from demo_shop.drawing.style import Style
from demo_shop.vocabulary import load, ranges

SIZE = (96, 144)
FRAME = Frame(96, 144, 0.5, -2.0, -3.0)
CACHES = (
    raster.rasterised,
    relief.relief_of,
    relief.creases_of,
    relief.shadowed_paper,
    weaves._surface,
    weaves._smooth_noise,
    stamps._stamped,
)


def forget():
    for cache in CACHES:
        cache.cache_clear()


def styles(appearance):
    """A dress, a puffer and jeans in three colours each."""
    for silhouette in ("dress", "puffer", "jeans"):
        line = next(r for r in ranges() if r.silhouette == silhouette)
        features = {feature: next(iter(options)) for feature, options in load("designs")[silhouette].items()}
        for variant, rgb in enumerate([(190.0, 40.0, 50.0), (30.0, 30.0, 40.0), (235.0, 230.0, 220.0)], 1):
            yield Style(silhouette, features, rgb, appearance, line.wear, line.index, 4711, variant)


@pytest.mark.parametrize("appearance", ["Solid", "All over pattern", "Jacquard", "Lace", "Stripe"])
def test_a_colour_variant_drawn_after_another_is_the_one_drawn_alone(appearance):
    forget()
    together = [draw(style, SIZE).tobytes() for style in styles(appearance)]
    for style, image in zip(styles(appearance), together, strict=True):
        forget()
        assert draw(style, SIZE).tobytes() == image, (style.silhouette, style.rgb)


def test_another_zoom_or_size_has_other_shapes():
    sweater = next(iter(styles("Solid")))
    forget()
    small = draw(sweater, SIZE).tobytes()
    draw(sweater, (48, 72))
    assert draw(replace(sweater, silhouette="shorts"), SIZE).tobytes() != small
    assert draw(sweater, SIZE).tobytes() == small


def drawn_at_once(shapes):
    """Shapes on a whole sheet, with Pillow's own joints."""
    image = Image.new("L", (FRAME.width * OVERSAMPLING, FRAME.height * OVERSAMPLING))
    draw_on = ImageDraw.Draw(image)
    s, dx, dy = FRAME.scale * OVERSAMPLING, FRAME.left * OVERSAMPLING, FRAME.top * OVERSAMPLING
    for shape in shapes:
        points = [(x * s + dx, y * s + dy) for x, y in shape.points]
        if not shape.thick:
            draw_on.polygon(points, fill=shape.fill)
            continue
        draw_on.line(points, fill=shape.fill, width=shape.thick, joint="curve")
        if shape.thick > 4 and shape.round_ends:
            for x, y in (points[0], points[-1]):
                r = shape.thick / 2 - 0.5
                draw_on.ellipse((x - r, y - r, x + r, y + r), fill=shape.fill)
    return np.asarray(image.reduce(OVERSAMPLING))


def some_shapes(rng):
    for _ in range(int(rng.integers(1, 4))):
        points = tuple((float(x), float(y)) for x, y in rng.uniform(-30, 330, (int(rng.integers(2, 9)), 2)))
        yield Shape(points, int(rng.integers(1, 256)), int(rng.choice([0, 1, 3, 5, 8, 9, 30])), bool(rng.integers(2)))


@pytest.mark.parametrize("seed", range(40))
def test_a_window_holds_what_the_whole_sheet_does(seed):
    shapes = tuple(some_shapes(np.random.default_rng(seed)))
    patch = rasterised(FRAME, shapes)
    whole = np.zeros((FRAME.height, FRAME.width), dtype=np.uint8)
    whole[patch.window] = patch.coverage
    assert np.array_equal(whole, drawn_at_once(shapes))
    sheet, _ = raster._sheet(FRAME.width * OVERSAMPLING, FRAME.height * OVERSAMPLING)
    assert sheet.getbbox() is None, "the next shapes find a blank sheet"


def test_shapes_beside_the_image_are_nothing():
    patch = rasterised(FRAME, (Shape(((900.0, 10.0), (950.0, 10.0), (950.0, 60.0))),))
    assert patch.coverage.size == 0
    assert rasterised(FRAME, ()).coverage.size == 0


@pytest.mark.parametrize("radius", [1.2, 2.4, 7.0, 10.0])
def test_a_blur_of_a_window_is_the_blur_of_the_whole(radius):
    canvas = Atelier(next(iter(styles("Solid"))), *SIZE).canvas
    mask = canvas.mask(ellipse(90, 120, 14, 30))
    image = Image.fromarray((mask * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius * canvas.scale))
    assert np.array_equal(canvas.soft(mask, radius), np.asarray(image, dtype=np.float32) / np.float32(255))


@pytest.mark.parametrize("angle", [0, 2, -4, 14, 30, -35, 40, 45, 90])
@pytest.mark.parametrize("size", [(96, 144), (97, 145)])
def test_a_window_of_turned_cloth_is_cut_from_the_whole(angle, size):
    width, height = size
    tile = np.random.default_rng(angle + 90).integers(0, 256, (3, 177, 177)).astype(np.float32)
    whole = Cloth(tile).sampled(width, height, angle, (slice(0, height), slice(0, width)))
    for rows, columns in ((slice(31, 100), slice(13, 60)), (slice(7, height), slice(50, width))):
        part = Cloth(tile).sampled(width, height, angle, (rows, columns))
        assert np.array_equal(part, whole[:, rows, columns])


def test_the_mean_colour_is_added_up_pixel_by_pixel():
    tile = np.random.default_rng(0).uniform(0, 255, (61, 61, 3)).astype(np.float32)
    cloth = Cloth(np.ascontiguousarray(tile.transpose(2, 0, 1)))
    assert cloth.rgb == tuple(float(level) for level in tile.mean(axis=(0, 1)))


def test_motifs_lie_where_they_are_put():
    shape = [(x * 3.0 + 20.0, y * 2.0 + 30.0) for x, y in ellipse(0, 0, 1, None, 14)]
    (coordinates,) = motifs.PETAL.placed([(20.0, 30.0, 3.0, 2.0, 35.0)])
    assert np.allclose(np.reshape(coordinates, (-1, 2)), turned(shape, 35.0, (20.0, 30.0)))


def test_random_numbers_go_on_alike_after_a_remembered_print():
    style = next(iter(styles("Solid")))
    forget()
    after = []
    for _ in range(2):
        rng = style.rng(1)
        stamps.stamped(style, 60, 1.0, rng, motifs.MOTIFS["ditsy"])
        after.append(rng.random())
    assert stamps._stamped.cache_info().hits == 1
    assert after[0] == after[1]


@pytest.mark.parametrize("weave", ["jersey", "corduroy", "denim"])
def test_remembered_cloth_moves_random_numbers_on_as_drawn_cloth_does(weave):
    forget()
    after = []
    for _ in range(2):
        rng = np.random.default_rng(7)
        weaves.surface(weave, 40, 1.0, rng)
        weaves.smooth_noise(40, 60, (9, 7), rng)
        after.append(rng.random())
    assert weaves._surface.cache_info().hits == weaves._smooth_noise.cache_info().hits == 1
    assert after[0] == after[1]


def test_a_batch_holds_whole_products(tmp_path):
    style = next(iter(styles("Solid")))
    products = [7] * 3 + [8] * 15 + [9] * 30 + [10]
    orders = [studio.Order(tmp_path, replace(style, seed=seed, variant=i), SIZE) for i, seed in enumerate(products)]
    batches = list(studio._batches(orders))
    assert [order for batch in batches for order in batch] == orders
    assert [{order.style.seed for order in batch} for batch in batches] == [{7, 8}, {9}, {10}]
