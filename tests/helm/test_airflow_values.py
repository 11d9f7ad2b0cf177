"""The values of Airflow's own chart, as far as they are commands."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

VALUES = yaml.safe_load((Path(__file__).parents[2] / "helm" / "airflow-values.yaml").read_text())


@pytest.mark.parametrize(
    ("env", "pool", "slots"), [({}, "recsys_heavy", "8"), ({"RECSYS_HEAVY_SLOTS": "3"}, "recsys_heavy", "3")]
)
def test_the_migration_makes_the_pool_of_heavy_tasks(
    tmp_path: Path, env: dict[str, str], pool: str, slots: str
) -> None:
    (tmp_path / "airflow").write_text('#!/bin/sh\nfor word; do echo "$word"; done\n')
    (tmp_path / "airflow").chmod(0o755)
    path = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        VALUES["migrateDatabaseJob"]["args"], env=path | env, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        *("db", "migrate"),
        *("pools", "set", pool, slots, "heavy tasks that run at a time"),
    ]
