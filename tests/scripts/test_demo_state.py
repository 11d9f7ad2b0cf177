import os
from collections.abc import Callable
from pathlib import Path

import pytest

from recsys_core.workspace import Workspace
from scripts.demo_state import fingerprint, is_done, live_release, remember


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "var")
    workspace.incoming.mkdir(parents=True)
    return workspace


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


def release(workspace: Workspace, name: str) -> None:
    (workspace.releases / name).mkdir(parents=True)
    (workspace.releases / name / "manifest.json").write_text("{}")
    workspace.live.unlink(missing_ok=True)
    workspace.live.symlink_to(name)


def write_image(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"jpeg")


CHANGES: dict[str, Callable[[Workspace, Path, Path], object]] = {
    "a purchase more": lambda workspace, shop, code: (shop / "transactions_train.parquet").write_text("aa\n"),
    "a file touched": lambda workspace, shop, code: os.utime(shop / "articles.csv", (1, 1)),
    "a second file": lambda workspace, shop, code: (shop / "transactions_2.csv").write_text("b\n"),
    "an order": lambda workspace, shop, code: (workspace.incoming / "transactions_1.csv").write_text("b\n"),
    "a deleted account": lambda workspace, shop, code: workspace.erase("anna"),
    "an image": lambda workspace, shop, code: write_image(shop / "images" / "010" / "0108775016.jpg"),
    "a configuration": lambda workspace, shop, code: (workspace.root / "config.toml").write_text("[lists]\n"),
    "the shop's own configuration": lambda workspace, shop, code: (shop / "recsys.toml").write_text("[lists]\n"),
    "a feed": lambda workspace, shop, code: (shop / "inventory.csv").write_text("b\n"),
    "other code": lambda workspace, shop, code: (code / "recsys_core" / "ranking" / "dnn.py").write_text("A = 2\n"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_fingerprint_changes_with(change: str, workspace: Workspace, shop: Path, code: Path) -> None:
    before = fingerprint(workspace, shop, code)
    CHANGES[change](workspace, shop, code)
    assert fingerprint(workspace, shop, code) != before


def test_an_image_more_beside_others_changes_the_fingerprint(workspace: Workspace, shop: Path, code: Path) -> None:
    folder = shop / "images" / "010"
    write_image(folder / "0108775015.jpg")
    os.utime(folder, (1, 1))
    before = fingerprint(workspace, shop, code)
    write_image(folder / "0108775016.jpg")
    assert fingerprint(workspace, shop, code) != before


def test_fingerprint_does_not_change_with_what_stages_write(workspace: Workspace, shop: Path, code: Path) -> None:
    before = fingerprint(workspace, shop, code)
    release(workspace, "2020-09-20-abcd")
    (shop / "images").mkdir()
    assert fingerprint(workspace, shop, code) == before


def test_nothing_is_done_at_first(workspace: Workspace) -> None:
    assert live_release(workspace) is None
    assert not is_done(workspace, "x")


def test_done_means_this_release_from_this(workspace: Workspace) -> None:
    release(workspace, "2020-09-20-abcd")
    remember(workspace, "x")
    assert is_done(workspace, "x")
    assert not is_done(workspace, "y")


def test_after_a_rollback_it_is_not_done(workspace: Workspace) -> None:
    release(workspace, "2020-09-20-abcd")
    remember(workspace, "x")
    release(workspace, "2020-09-13-ef01")
    assert not is_done(workspace, "x")


def test_a_broken_record_means_not_done(workspace: Workspace) -> None:
    release(workspace, "2020-09-20-abcd")
    (workspace.root / "demo.json").write_text("{")
    assert not is_done(workspace, "x")
