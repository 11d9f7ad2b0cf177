"""Writes Airflow's home of one machine: configuration, secrets, the admin's password, the database."""

import base64
import configparser
import json
import os
import secrets
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from recsys_core.contracts.environment import heavy_pool
from scripts.environment import REPOSITORY, Site
from scripts.ports import HOST

ADMIN = "admin"
PASSWORDS = "passwords.json"
LOCK_WAIT_SECONDS = 60
"""SQLite's own 5 seconds are too few where scheduler, API server and tasks write on a busy machine."""
HEAVY_SLOTS = "RECSYS_HEAVY_SLOTS"
OWN_DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
"""Airflow's own variable: another database than the workspace's SQLite file."""


def prepare(site: Site, env: Mapping[str, str]) -> None:
    """Make the workspace complete: ``airflow.cfg``, a password of its own, a migrated database with our pool.

    Raises
    ------
    RuntimeError
        If the database or the pool cannot be made, naming the log.
    ValueError
        If the number of the pool's slots is none.
    """
    site.airflow.mkdir(parents=True, exist_ok=True)
    _write_private(site.airflow / "airflow.cfg", _render(configuration(site, _secrets(site))))
    admin_password(site)
    _migrate(site, env)
    _make_pool(site, env)
    if not env.get(OWN_DATABASE):
        _write_ahead(_database(site))


def admin_password(site: Site) -> str:
    """The password of ``admin``, made up once for each workspace."""
    file = site.airflow / PASSWORDS
    if not file.exists():
        _write_private(file, json.dumps({ADMIN: secrets.token_urlsafe(9)}) + "\n")
    return str(json.loads(file.read_text())[ADMIN])


def configuration(site: Site, keys: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """Standalone Airflow, tuned for one small machine: SQLite, LocalExecutor, quick hand-over between DAGs."""
    return {
        "core": {
            "dags_folder": REPOSITORY / "dags",
            "plugins_folder": REPOSITORY / "plugins",
            "executor": "LocalExecutor",
            "parallelism": max(2, os.cpu_count() or 2),
            "max_active_tasks_per_dag": 4,
            "load_examples": False,
            "dags_are_paused_at_creation": False,
            "fernet_key": keys["fernet_key"],
            "execution_api_server_url": f"{site.ports.url('airflow')}/execution/",
            "auth_manager": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
            "simple_auth_manager_users": f"{ADMIN}:admin",
            "simple_auth_manager_passwords_file": site.airflow / PASSWORDS,
        },
        "database": {"sql_alchemy_conn": f"sqlite:///{_database(site)}?timeout={LOCK_WAIT_SECONDS}"},
        "logging": {"base_log_folder": site.airflow / "logs", "colored_console_log": False},
        "api": {
            "host": HOST,
            "port": site.ports.airflow,
            "base_url": site.ports.url("airflow"),
            "workers": 1,
            "secret_key": keys["secret_key"],
            "instance_name": "Recommendations",
        },
        "api_auth": {"jwt_secret": keys["jwt_secret"]},
        "scheduler": {"scheduler_idle_sleep_time": 0.5, "task_instance_heartbeat_timeout": 120},
        "dag_processor": {"min_file_process_interval": 600, "refresh_interval": 60, "parsing_processes": 1},
        "usage_data_collection": {"enabled": False},
    }


def _secrets(site: Site) -> dict[str, str]:
    file = site.airflow / "secrets.json"
    if not file.exists():
        fernet = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        keys = {"fernet_key": fernet, "secret_key": secrets.token_hex(32), "jwt_secret": secrets.token_hex(64)}
        _write_private(file, json.dumps(keys) + "\n")
    keys = json.loads(file.read_text())
    return {str(name): str(key) for name, key in keys.items()}


def _migrate(site: Site, env: Mapping[str, str]) -> None:
    """Once for each version of the workspace's own database: the check alone takes ten seconds."""
    stamp = site.airflow / f".migrated-{version('apache-airflow')}"
    if stamp.exists() and not env.get(OWN_DATABASE):
        return
    _run_airflow(site, env, "db", "migrate")
    stamp.touch()


def _make_pool(site: Site, env: Mapping[str, str]) -> None:
    """The pool of heavy tasks, with as many slots as are wanted. Airflow never starts a task whose pool is missing."""
    name, slots = heavy_pool(env), env.get(HEAVY_SLOTS) or "1"
    if not slots.isdecimal() or int(slots) == 0:
        raise ValueError(f"{HEAVY_SLOTS} = {slots!r}: expected a whole number from 1 on")
    if name == "default_pool":
        return
    if env.get(OWN_DATABASE) or _slots(site, name) != int(slots):  # asked beforehand: the command takes six seconds
        _run_airflow(site, env, "pools", "set", name, slots, "heavy tasks that run at a time")


def _slots(site: Site, pool: str) -> int | None:
    """Slots of a pool in the workspace's own database; None if it is not there."""
    with closing(sqlite3.connect(_database(site), timeout=LOCK_WAIT_SECONDS)) as connection:
        found = connection.execute("SELECT slots FROM slot_pool WHERE pool = ?", (pool,)).fetchone()
    return int(found[0]) if found else None


def _run_airflow(site: Site, env: Mapping[str, str], *words: str) -> None:
    log = site.workspace.logs / "airflow-set-up.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as output:
        done = subprocess.run(["airflow", *words], env=dict(env), stdout=output, stderr=output, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"airflow {' '.join(words)} failed (see {log})")


def _database(site: Site) -> Path:
    return site.airflow / "airflow.db"


def _write_ahead(database: Path) -> None:
    """Let readers and a writer of the database work at the same time; the file remembers it."""
    with closing(sqlite3.connect(database, timeout=LOCK_WAIT_SECONDS)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


def _render(sections: Mapping[str, Mapping[str, object]]) -> str:
    lines = ["# Written by the services at each start; settings belong into AIRFLOW__SECTION__KEY variables."]
    for section, options in sections.items():
        lines += ["", f"[{section}]", *(f"{name} = {str(value).replace('%', '%%')}" for name, value in options.items())]
    text = "\n".join(lines) + "\n"
    configparser.ConfigParser().read_string(text)
    return text


def _write_private(file: Path, text: str) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
