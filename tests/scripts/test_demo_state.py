import os
from collections.abc import Callable
from pathlib import Path

import pytest

from recsys_core.home import Home
from scripts.demo_state import fingerprint, is_done, live_release, remember


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "var")
    home.incoming.mkdir(parents=True)
    return home


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    for name in ("articles.csv", "customers.csv.gz", "transactions_train.parquet"):
        (folder / name).write_text("a\n")
    return folder


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "recsys_core" / "ranking").mkdir(parents=True)
    (tmp_path / "recsys_core" / "ranking" / "dnn.py").write_text("A = 1\n")
    return tmp_path


def release(home: Home, name: str) -> None:
    (home.releases / name).mkdir(parents=True)
    (home.releases / name / "manifest.json").write_text("{}")
    home.live.unlink(missing_ok=True)
    home.live.symlink_to(name)


def write_picture(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"jpeg")


CHANGES: dict[str, Callable[[Home, Path, Path], object]] = {
    "a purchase more": lambda home, shop, code: (shop / "transactions_train.parquet").write_text("aa\n"),
    "a file touched": lambda home, shop, code: os.utime(shop / "articles.csv", (1, 1)),
    "a second file": lambda home, shop, code: (shop / "transactions_2.csv").write_text("b\n"),
    "an order": lambda home, shop, code: (home.incoming / "transactions_1.csv").write_text("b\n"),
    "a deleted account": lambda home, shop, code: home.erase("anna"),
    "a picture": lambda home, shop, code: write_picture(shop / "images" / "010" / "0108775016.jpg"),
    "a configuration": lambda home, shop, code: (home.root / "config.toml").write_text("[lists]\n"),
    "the shop's own configuration": lambda home, shop, code: (shop / "recsys.toml").write_text("[lists]\n"),
    "a feed": lambda home, shop, code: (shop / "inventory.csv").write_text("b\n"),
    "other code": lambda home, shop, code: (code / "recsys_core" / "ranking" / "dnn.py").write_text("A = 2\n"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_fingerprint_changes_with(change: str, home: Home, shop: Path, code: Path) -> None:
    before = fingerprint(home, shop, code)
    CHANGES[change](home, shop, code)
    assert fingerprint(home, shop, code) != before


def test_a_picture_more_beside_others_changes_the_fingerprint(home: Home, shop: Path, code: Path) -> None:
    folder = shop / "images" / "010"
    write_picture(folder / "0108775015.jpg")
    os.utime(folder, (1, 1))
    before = fingerprint(home, shop, code)
    write_picture(folder / "0108775016.jpg")
    assert fingerprint(home, shop, code) != before


def test_fingerprint_does_not_change_with_what_stages_write(home: Home, shop: Path, code: Path) -> None:
    before = fingerprint(home, shop, code)
    release(home, "2020-09-20-abcd")
    (shop / "images").mkdir()
    assert fingerprint(home, shop, code) == before


def test_nothing_is_done_at_first(home: Home) -> None:
    assert live_release(home) is None
    assert not is_done(home, "x")


def test_done_means_this_release_from_this(home: Home) -> None:
    release(home, "2020-09-20-abcd")
    remember(home, "x")
    assert is_done(home, "x")
    assert not is_done(home, "y")


def test_after_a_rollback_it_is_not_done(home: Home) -> None:
    release(home, "2020-09-20-abcd")
    remember(home, "x")
    release(home, "2020-09-13-ef01")
    assert not is_done(home, "x")


def test_a_broken_record_means_not_done(home: Home) -> None:
    release(home, "2020-09-20-abcd")
    (home.root / "demo.json").write_text("{")
    assert not is_done(home, "x")
