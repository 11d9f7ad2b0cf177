import time
from collections.abc import Collection
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.contracts.article_ids import file_name
from recsys_core.store import image_files
from recsys_core.store.image_files import (
    EMPTY,
    NO_ARTICLE,
    SECOND_FILE,
    TOO_DEEP,
    WRONG_SUFFIX,
    ImageFolder,
    article_ids_with_image,
    find_images,
)


def save(images: Path, *paths: str) -> None:
    for path in paths:
        (images / path).parent.mkdir(parents=True, exist_ok=True)
        (images / path).write_bytes(b"image")


def found(images: Path, known: Collection[str]) -> dict[tuple[str, int], str]:
    """Paths below the folder; one look-up at a time finds the same."""
    files = {key: str(path.relative_to(images)) for key, path in find_images(images, known).files.items()}
    folder = ImageFolder(images, known)
    single = {(each, number): folder.find(each, number) for each in known for number in range(1, 9)}
    assert {key: str(path.relative_to(images)) for key, path in single.items() if path} == files
    return files


@pytest.mark.parametrize(
    "path",
    ["010/0108775015.jpg", "010/0108775015.JPG", "coats/0108775015.webp", "0108775015.Jpeg", "images/0108775015.png"],
)
def test_any_suffix_and_any_folder_will_do(tmp_path: Path, path: str) -> None:
    save(tmp_path, path)
    assert found(tmp_path, {"0108775015"}) == {("0108775015", 1): path}


def test_an_image_is_called_by_the_id_or_by_its_encoded_form(tmp_path: Path) -> None:
    save(tmp_path, "a.b.png", "É-1.jpg", "~7E7E.jpg", "a~2Fb.jpg", "....jpg", "100%.webp")
    assert found(tmp_path, ["a.b", "É-1", "~7E", "a/b", "...", "100%"]) == {
        ("a.b", 1): "a.b.png",
        ("É-1", 1): "É-1.jpg",
        ("~7E", 1): "~7E7E.jpg",
        ("a/b", 1): "a~2Fb.jpg",
        ("...", 1): "....jpg",
        ("100%", 1): "100%.webp",
    }


def test_the_encoded_form_of_one_id_is_no_image_of_another(tmp_path: Path) -> None:
    """``~7E`` is how ``~`` is written; the article ``~7E`` has the name ``~7E7E``."""
    save(tmp_path, "~7E.jpg")
    assert found(tmp_path, ["~", "~7E"]) == {("~", 1): "~7E.jpg"}
    assert found(tmp_path, ["~7E"]) == {("~7E", 1): "~7E.jpg"}


def test_further_images_have_numbers(tmp_path: Path) -> None:
    save(tmp_path, "x/x.jpg", "x/x_2.png", "back/x_8.jpg", "x/x_9.jpg", "x/x_1.jpg", "x/x_02.jpg")
    assert found(tmp_path, ["x"]) == {("x", 1): "x/x.jpg", ("x", 2): "x/x_2.png", ("x", 8): "back/x_8.jpg"}
    assert find_images(tmp_path, ["x"]).ignored == {NO_ARTICLE: ["x/x_02.jpg", "x/x_1.jpg", "x/x_9.jpg"]}


def test_an_id_may_end_like_a_further_image(tmp_path: Path) -> None:
    save(tmp_path, "x.jpg", "x_2.jpg", "x_3.jpg", "x_2_2.jpg", "x_/x_2.jpg")
    assert found(tmp_path, ["x", "x_2"]) == {
        ("x", 1): "x.jpg",
        ("x_2", 1): "x_2.jpg",
        ("x", 3): "x_3.jpg",
        ("x_2", 2): "x_2_2.jpg",
    }
    assert found(tmp_path, ["x"]) == {("x", 1): "x.jpg", ("x", 2): "x_2.jpg", ("x", 3): "x_3.jpg"}


def test_a_long_id_has_an_image_by_its_digest(tmp_path: Path) -> None:
    coats, shoes = "🧥" * 64, "👟" * 64
    save(tmp_path, f"~F0/{file_name(coats)}.jpg", f"{file_name(shoes)}.jpg", f"~F0/{file_name(coats)}_2.jpg")
    assert found(tmp_path, [coats, shoes]).keys() == {(coats, 1), (shoes, 1), (coats, 2)}


def test_of_two_files_the_one_in_the_usual_folder_counts(tmp_path: Path) -> None:
    save(tmp_path, "010/0108775015.png", "010/0108775015.JPG", "0108775015.jpg", "aaa/0108775015.jpg")
    assert found(tmp_path, ["0108775015"]) == {("0108775015", 1): "010/0108775015.png"}
    assert find_images(tmp_path, ["0108775015"]).ignored_counts == {SECOND_FILE: 3}


def test_all_that_is_not_taken_is_counted_with_its_reason(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save(tmp_path, "a.jpg", "a.gif", "notes.txt", "b.jpg", "a/b/a.jpg", "png", ".jpg")
    (tmp_path / "a_2.jpg").touch()
    (tmp_path / "a_3.jpg").symlink_to(tmp_path / "gone.jpg")
    images = find_images(tmp_path, ["a"])
    assert images.ignored == {
        WRONG_SUFFIX: [".jpg", "a.gif", "notes.txt", "png"],
        NO_ARTICLE: ["b.jpg"],
        TOO_DEEP: ["a/b"],
        EMPTY: ["a_2.jpg", "a_3.jpg"],
    }
    images.log_ignored()
    assert "image files ignored, no such article: 1 (b.jpg)" in caplog.messages


def test_without_known_articles_names_are_taken_at_their_word(tmp_path: Path) -> None:
    save(tmp_path, "010/0108775015.jpg", "010/0108775015_2.jpg", "a~2Fb.png")
    assert article_ids_with_image(tmp_path) == {"0108775015", "a/b"}
    assert article_ids_with_image(tmp_path / "none") == frozenset()


def test_a_file_name_that_is_no_text_is_nobodys(tmp_path: Path) -> None:
    (Path(tmp_path) / b"\xff.jpg".decode(errors="surrogateescape")).write_bytes(b"image")
    assert find_images(tmp_path, ["a"]).ignored == {NO_ARTICLE: ["?.jpg"]}


NAMES = st.text("ab_2~7E.", min_size=1, max_size=5)


@given(st.sets(NAMES, min_size=1, max_size=4), st.sets(st.tuples(st.sampled_from(["", "a", "a_2"]), NAMES), max_size=6))
def test_one_look_up_at_a_time_finds_what_a_look_at_all_finds(
    tmp_path_factory: pytest.TempPathFactory, known: set[str], files: set[tuple[str, str]]
) -> None:
    images = tmp_path_factory.mktemp("images")
    for folder, name in files:
        save(images, str(Path(folder) / f"{name}.png"))
    found(images, sorted(known))


def test_a_new_file_is_found_in_its_usual_folder_at_once_and_elsewhere_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path, "x/y.jpg")
    folder = ImageFolder(tmp_path, ["a", "b"])
    assert folder.find("a") is None
    save(tmp_path, "a/a.jpg", "x/b.jpg")
    assert folder.find("a") == tmp_path / "a" / "a.jpg"
    assert folder.find("b") is None
    now = time.monotonic()
    monkeypatch.setattr(image_files.time, "monotonic", lambda: now + 2 * image_files.RECHECK_SECONDS)
    assert folder.find("b") == tmp_path / "x" / "b.jpg"
    (tmp_path / "x" / "b.jpg").unlink()
    assert folder.find("b") is None
