from pathlib import Path

import pytest

from recsys_core.workspace import Workspace
from scripts.shop_server import OF_ANOTHER_SHOP, environment


def test_a_shop_of_ones_own_leaves_the_callers_database_and_engines_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in OF_ANOTHER_SHOP:
        monkeypatch.setenv(name, "http://production.example")
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    env = environment(Workspace(tmp_path), MILVUS_URI="http://127.0.0.1:19530")
    assert {name: env[name] for name in OF_ANOTHER_SHOP & set(env)} == {"MILVUS_URI": "http://127.0.0.1:19530"}
    assert (env["LOG_LEVEL"], env["RECSYS_WORKSPACE"]) == ("ERROR", str(tmp_path))
