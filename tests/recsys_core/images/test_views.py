import torch

from recsys_core.images.views import MAX_LIGHT_CHANGE, MAX_TINT_CHANGE, Views


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(n: int = 24, height: int = 30, width: int = 20) -> torch.Tensor:
    return torch.randint(0, 256, (n, 3, height, width), generator=generator(9)).byte()


def test_views_have_the_size_of_the_encoder_and_are_colours() -> None:
    seen = Views(18, 12)(images(), generator())
    assert seen.shape == (24, 3, 18, 12)
    assert seen.dtype == torch.float32
    assert 0 <= seen.min() <= seen.max() <= 1


def test_the_same_draw_gives_the_same_views_and_another_gives_others() -> None:
    views, given = Views(18, 12), images()
    torch.testing.assert_close(views(given, generator(1)), views(given, generator(1)))
    assert (views(given, generator(1)) - views(given, generator(2))).abs().mean() > 0.05


def test_the_images_themselves_stay_as_they_are() -> None:
    given = images()
    before = given.clone()
    Views(18, 12)(given, generator())
    assert torch.equal(given, before)


def test_a_plain_image_changes_its_light_alone() -> None:
    """Whatever part of it is seen, mirrored or not: brightness, contrast and tint bound what can become of it."""
    grey = torch.full((64, 3, 30, 20), 128, dtype=torch.uint8)
    seen = Views(18, 12)(grey, generator())
    low, high = (
        128 / 255 * (1 - MAX_LIGHT_CHANGE) * (1 - MAX_TINT_CHANGE),
        128 / 255 * (1 + MAX_LIGHT_CHANGE) * (1 + MAX_TINT_CHANGE),
    )
    assert low - 0.15 <= seen.min() <= seen.max() <= high + 0.15  # saturation spreads a tint
    assert seen.std(dim=(2, 3)).max() < 0.02


def test_about_half_are_mirrored() -> None:
    halves = torch.zeros((200, 3, 30, 20), dtype=torch.uint8)
    halves[..., :10] = 255
    seen = Views(18, 12)(halves, generator()).mean(dim=(1, 2))
    mirrored = int((seen[:, 0] < seen[:, -1]).sum())
    assert 70 < mirrored < 130
