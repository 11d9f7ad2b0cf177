import configparser
import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from scripts import airflow_home
from scripts.environment import Site


@pytest.fixture
def prepared(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A workspace whose database has the table of pools alone."""

    def make_table(site: Site, env: object) -> None:
        if not (site.airflow / "airflow.db").exists():
            with closing(sqlite3.connect(site.airflow / "airflow.db")) as database:
                database.executescript("CREATE TABLE slot_pool AS SELECT 'recsys_heavy' AS pool, 1 AS slots")

    monkeypatch.setattr(airflow_home, "_migrate", make_table)
    airflow_home.prepare(site, {})
    return site


def test_only_the_owner_reads_configuration_and_secrets(prepared: Site) -> None:
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in prepared.airflow.iterdir()}
    modes.pop("airflow.db")
    assert modes == {"airflow.cfg": 0o600, "passwords.json": 0o600, "secrets.json": 0o600}


def test_password_and_keys_stay_from_start_to_start(prepared: Site) -> None:
    before = [file.read_bytes() for file in sorted(prepared.airflow.iterdir())]
    airflow_home.prepare(prepared, {})
    assert [file.read_bytes() for file in sorted(prepared.airflow.iterdir())] == before
    assert len(airflow_home.admin_password(prepared)) >= 12


def test_each_workspace_has_a_password_of_its_own(prepared: Site, tmp_path: Path) -> None:
    from recsys_core.workspace import Workspace

    other = Site(Workspace(tmp_path / "other"), prepared.ports)
    other.airflow.mkdir(parents=True)
    assert airflow_home.admin_password(other) != airflow_home.admin_password(prepared)


def test_airflow_listens_on_the_loopback_address_alone(prepared: Site) -> None:
    written = configparser.ConfigParser()
    written.read(prepared.airflow / "airflow.cfg")
    assert written["api"]["host"] == "127.0.0.1"
    assert written["core"]["load_examples"] == "False"
    assert written["core"]["simple_auth_manager_users"] == "admin:admin"
    assert json.loads(Path(written["core"]["simple_auth_manager_passwords_file"]).read_text())["admin"]


def test_writers_of_the_database_wait_for_each_other_and_readers_never(prepared: Site) -> None:
    written = configparser.ConfigParser()
    written.read(prepared.airflow / "airflow.cfg")
    with create_engine(written["database"]["sql_alchemy_conn"]).connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA busy_timeout")).scalar_one() == 60_000


def test_a_percent_sign_in_a_path_survives(site: Site) -> None:
    written = airflow_home._render({"core": {"dags_folder": "/srv/50%/dags"}})
    parser = configparser.ConfigParser()
    parser.read_string(written)
    assert parser["core"]["dags_folder"] == "/srv/50%/dags"


@pytest.mark.parametrize("slots", ["0", "-1", "two"])
def test_a_pool_without_slots_is_refused(prepared: Site, slots: str) -> None:
    with pytest.raises(ValueError, match=f"RECSYS_HEAVY_SLOTS = '{slots}'"):
        airflow_home.prepare(prepared, {"RECSYS_HEAVY_SLOTS": slots})


def test_a_pool_that_cannot_be_made_ends_the_start(prepared: Site, tmp_path: Path) -> None:
    (tmp_path / "airflow").write_text("#!/bin/sh\necho the database is locked; exit 1\n")
    (tmp_path / "airflow").chmod(0o755)
    with pytest.raises(RuntimeError, match=r"airflow pools set recsys_heavy 2 .* failed \(see .*airflow-set-up\.log\)"):
        airflow_home.prepare(prepared, {"RECSYS_HEAVY_SLOTS": "2", "PATH": str(tmp_path)})
    assert "the database is locked" in (prepared.workspace.logs / "airflow-set-up.log").read_text()


def test_airflows_own_pool_keeps_its_slots(prepared: Site, tmp_path: Path) -> None:
    (tmp_path / "airflow").write_text(f"#!/bin/sh\necho asked > {tmp_path}/asked\n")
    (tmp_path / "airflow").chmod(0o755)
    env = {"RECSYS_HEAVY_POOL": "default_pool", "RECSYS_HEAVY_SLOTS": "2", "PATH": str(tmp_path)}
    airflow_home.prepare(prepared, env)
    assert not (tmp_path / "asked").exists()
