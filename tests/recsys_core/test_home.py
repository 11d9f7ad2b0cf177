from pathlib import Path

import pytest

from recsys_core.home import Home, flip_link


def test_named_home_wins_over_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_HOME", str(tmp_path / "variable"))

    assert Home.from_env().root == tmp_path / "variable"
    assert Home.from_env(tmp_path / "named").root == tmp_path / "named"


def test_default_home_is_var_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECSYS_HOME", raising=False)
    monkeypatch.chdir(tmp_path)

    assert Home.from_env().root == tmp_path / "var"


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
    home = Home(tmp_path / "home")

    home.point_raw_at(shop)

    assert (home.raw / "transactions_train.csv").exists()


def test_a_folder_without_transactions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no transactions file in"):
        Home(tmp_path / "home").point_raw_at(tmp_path)


def test_a_real_raw_folder_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "transactions_train.csv").touch()
    home = Home(tmp_path / "home")
    home.raw.mkdir(parents=True)

    with pytest.raises(ValueError, match="is a folder, not a link"):
        home.point_raw_at(tmp_path)
