from pathlib import Path

import pytest

from recsys_core.workspace import Workspace, flip_link


def test_named_workspace_wins_over_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_WORKSPACE", str(tmp_path / "variable"))

    assert Workspace.from_env().root == tmp_path / "variable"
    assert Workspace.from_env(tmp_path / "named").root == tmp_path / "named"


def test_default_workspace_is_var_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECSYS_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)

    assert Workspace.from_env().root == tmp_path / "var"


def test_the_variable_of_earlier_versions_is_an_error_that_names_the_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECSYS_WORKSPACE", raising=False)
    monkeypatch.setenv("RECSYS_HOME", "/data/recsys")
    with pytest.raises(ValueError, match="RECSYS_HOME=/data/recsys is not read any more: set RECSYS_WORKSPACE"):
        Workspace.from_env()
    assert Workspace.from_env("named").root.name == "named"


def test_a_flipped_link_points_at_the_new_target(tmp_path: Path) -> None:
    link = tmp_path / "releases" / "live"
    flip_link(link, "first")
    flip_link(link, "second")

    assert str(link.readlink()) == "second"
    assert [p.name for p in link.parent.iterdir()] == ["live"]


def test_raw_points_at_the_shops_files(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    for name in ("articles.csv", "customers.csv", "transactions_train.csv"):
        (shop / name).touch()
    workspace = Workspace(tmp_path / "workspace")

    workspace.point_raw_at(shop)

    assert (workspace.raw / "transactions_train.csv").exists()


def test_a_folder_without_transactions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no transactions file in"):
        Workspace(tmp_path / "workspace").point_raw_at(tmp_path)


def test_a_real_raw_folder_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "transactions_train.csv").touch()
    workspace = Workspace(tmp_path / "workspace")
    workspace.raw.mkdir(parents=True)

    with pytest.raises(ValueError, match="is a folder, not a link"):
        workspace.point_raw_at(tmp_path)
