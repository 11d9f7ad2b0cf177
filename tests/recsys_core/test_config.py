import json
from pathlib import Path

import pytest

from recsys_core.config import Config, load_config
from recsys_core.workspace import Workspace


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECSYS_CONFIG", raising=False)


def written(folder: Path, text: str, name: str = "config.toml") -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_defaults_without_a_file(tmp_path: Path) -> None:
    assert load_config(Workspace(tmp_path)) == Config()


def test_reads_the_workspaces_own_file(tmp_path: Path) -> None:
    written(tmp_path, "[lists]\nlength = 24\n")

    assert load_config(Workspace(tmp_path)).lists.length == 24


def test_what_the_shops_folder_says_counts_where_the_workspace_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    written(tmp_path / "raw", "[lists]\nlength = 36\n", "recsys.toml")
    assert load_config(Workspace(tmp_path)).lists.length == 36

    written(tmp_path, "[lists]\nlength = 24\n")
    assert load_config(Workspace(tmp_path)).lists.length == 24


def test_named_file_wins_over_variable_and_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "[lists]\nlength = 24\n")
    monkeypatch.setenv("RECSYS_CONFIG", str(written(tmp_path, "[lists]\nlength = 36\n", "variable.toml")))
    named = written(tmp_path, "[lists]\nlength = 48\n", "named.toml")

    assert load_config(Workspace(tmp_path)).lists.length == 36
    assert load_config(Workspace(tmp_path), named).lists.length == 48


def test_json_is_read_as_well(tmp_path: Path) -> None:
    config = Config.model_validate({"two_tower": {"hidden": [32], "epochs": 2}, "rules": {"price_band": None}})
    file = written(tmp_path, config.model_dump_json(), "config.json")

    assert load_config(Workspace(tmp_path), file) == config


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[lists]\nlenght = 24\n", r"config.toml: lists.lenght = 24: Extra inputs are not permitted"),
        ("[list]\nlength = 24\n", r"config.toml: list = .*length.*: Extra inputs are not permitted"),
        ("[lists]\nlength = 3\n", r"config.toml: lists.length = 3: .* greater than or equal to 12"),
        ("[two_tower]\nlog_q = 'sometimes'\n", r"config.toml: two_tower.log_q = 'sometimes': .* 'after_temperature'"),
        ("[two_tower]\ntemperature = 0\n", r"config.toml: two_tower.temperature = 0: .* greater than 0"),
        (
            "[retrieval]\nretrievers = ['popular', 'x']\n",
            r"config.toml: retrieval.retrievers.1 = 'x': .*'two_tower'",
        ),
        ("[retrieval]\nretrievers = []\n", r"config.toml: retrieval.retrievers = \[\]: .* at least 1 item"),
        ("[rules]\nsold_within_days = 0\n", r"config.toml: rules.sold_within_days = 0: .* greater than or equal to 1"),
        ("[rules]\nsold_within_days = true\n", r"config.toml: rules.sold_within_days = True: .* valid integer"),
        ("[lists\n", r"config.toml is not TOML: .*line 1"),
    ],
)
def test_mistakes_are_named_with_file_key_and_value(tmp_path: Path, text: str, named: str) -> None:
    written(tmp_path, text)

    with pytest.raises(ValueError, match=named):
        load_config(Workspace(tmp_path))


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    written(tmp_path, "[lists]\nlength = 3\n[cutoffs]\nlabel_days = 0\n")

    with pytest.raises(ValueError, match=r"label_days = 0.*; lists.length = 3"):
        load_config(Workspace(tmp_path))


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no configuration file .*nowhere.toml"):
        load_config(Workspace(tmp_path), tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    "rule", ["sold_within_days", "season_min_share", "channel_min_share", "price_band", "price_floor"]
)
def test_false_switches_a_rule_off_in_toml(tmp_path: Path, rule: str) -> None:
    written(tmp_path, f"[rules]\n{rule} = false\n")

    assert getattr(load_config(Workspace(tmp_path)).rules, rule) is None


def test_every_key_survives_json() -> None:
    assert Config.model_validate(json.loads(Config().model_dump_json())) == Config()
