from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from recsys_core.images import album as album_module
from recsys_core.images.album import UNREADABLE, Album, DamagedImageError, open_image, read_each
from tests.recsys_core.images.catalogue import write_catalogue


def test_it_holds_the_images_by_article_and_notes_what_changed(tmp_path: Path) -> None:
    articles = write_catalogue(tmp_path, 4)
    (tmp_path / "note.txt").write_text("no folder")
    album = Album.open(tmp_path)
    assert album.article_ids == tuple(sorted(article["article_id"] for article in articles))
    before = album.checksums()
    Image.new("RGB", (80, 120), "red").save(album.files[2])
    after = album.checksums()
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, True, False, True]
    assert album.digest(before) != album.digest(after)
    assert album.take([2]).files == (album.files[2],)


def test_without_a_folder_it_is_empty(tmp_path: Path) -> None:
    assert len(Album.open(tmp_path / "none")) == 0


@pytest.mark.parametrize("data", [b"", b"text", b"GIF89a" + bytes(40), b"\xff\xd8\xff\xe0" + bytes(99)])
def test_what_is_no_image_is_damaged(data: bytes) -> None:
    with pytest.raises(DamagedImageError):
        open_image(BytesIO(data))


def test_an_image_that_breaks_off_is_damaged(tmp_path: Path) -> None:
    whole = BytesIO()
    Image.effect_noise((300, 300), 90).save(whole, "JPEG")
    (tmp_path / "half.jpg").write_bytes(whole.getvalue()[:4000])
    with pytest.raises(DamagedImageError, match="truncated"):
        open_image(tmp_path / "half.jpg")


def test_too_many_pixels_are_damaged_before_they_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(album_module, "MAX_PIXELS", 5_000_000)
    large = BytesIO()
    Image.new("1", (3000, 2000)).save(large, "PNG")
    with pytest.raises(DamagedImageError, match="3000 x 2000"):
        open_image(BytesIO(large.getvalue()))


def test_a_jpeg_is_decoded_at_a_smaller_scale_where_that_is_enough() -> None:
    large = BytesIO()
    Image.new("RGB", (1600, 2400), "red").save(large, "JPEG")
    assert open_image(BytesIO(large.getvalue()), (200, 200)).size == (200, 300)
    assert open_image(BytesIO(large.getvalue())).size == (1600, 2400)


def test_defects_are_told_apart_from_what_was_read(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / name).write_bytes(b"x")

    def read(file: Path) -> str:
        if file.name == "two":
            raise DamagedImageError("odd")
        return file.name

    good, bad = read_each([tmp_path / name for name in ("one", "two", "three")], read)
    assert good == [(0, "one"), (2, "three")]
    assert [(place, str(defect)) for place, defect in bad] == [(1, "odd")]


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
@pytest.mark.parametrize("exif", [b"Exif\x00\x00garbage", b"Exif\x00\x00MM\x00", b"MM\x00*\x00\x00"])
def test_odd_exif_is_damage_not_a_crash(kind: str, exif: bytes) -> None:
    made = BytesIO()
    Image.new("RGB", (40, 60), "red").save(made, kind, exif=exif)
    with pytest.raises(DamagedImageError):
        open_image(BytesIO(made.getvalue()))


def test_what_cannot_be_read_from_the_disk_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "010").mkdir()
    (tmp_path / "010" / "0100000001.jpg").write_bytes(b"image")
    album = Album.open(tmp_path)
    album.files[0].unlink()
    assert album.checksums() == [UNREADABLE]
    with pytest.raises(DamagedImageError, match="No such file"):
        open_image(album.files[0])
