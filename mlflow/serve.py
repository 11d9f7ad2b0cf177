"""Command of the image: MLflow's server with logins, settings from the environment, no default password.

MLflow reads the address of the users' database from a file alone. The file is made at each start, so that a password in
it comes from a secret like every other. Users are kept in the database of the runs, unless
``MLFLOW_AUTH_DATABASE_URI`` names another.
"""

import configparser
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

NEEDED = {
    "MLFLOW_BACKEND_STORE_URI": "the database, for instance postgresql+psycopg://user:password@host/mlflow",
    "MLFLOW_AUTH_ADMIN_PASSWORD": "password of the user admin, at least 12 characters",
    "MLFLOW_FLASK_SERVER_SECRET_KEY": "any long random text; it signs the form that makes users",
    "MLFLOW_SERVER_ALLOWED_HOSTS": "names that it is called by, with their ports: mlflow.example.com,localhost:*",
}
OLD_DEFAULT_PASSWORD = "password1234"  # noqa: S105
"""The administrator's password in MLflow's earlier versions. MLflow refuses it when it makes the user, not later."""
MIN_PASSWORD_LENGTH = 12
OPTIONS = ("--app-name", "basic-auth", "--serve-artifacts")


def problems(env: Mapping[str, str]) -> list[str]:
    """Reasons not to start, each with the variable and what is expected of it."""
    found = [f"{name} is not set: {expected}" for name, expected in NEEDED.items() if not env.get(name)]
    password = env.get("MLFLOW_AUTH_ADMIN_PASSWORD")
    if password and (password == OLD_DEFAULT_PASSWORD or len(password) < MIN_PASSWORD_LENGTH):
        expected = NEEDED["MLFLOW_AUTH_ADMIN_PASSWORD"]
        found.append(f"MLFLOW_AUTH_ADMIN_PASSWORD is too short, or was once MLflow's default: expected {expected}")
    if "*" in [host.strip() for host in env.get("MLFLOW_SERVER_ALLOWED_HOSTS", "").split(",")]:
        found.append(f"MLFLOW_SERVER_ALLOWED_HOSTS allows any host: expected {NEEDED['MLFLOW_SERVER_ALLOWED_HOSTS']}")
    return found


def write_settings(folder: Path, database: str) -> Path:
    """The file that MLflow's logins are configured by; this user alone can read it."""
    settings = configparser.ConfigParser(interpolation=None)
    settings["mlflow"] = {
        "database_uri": database.replace("%", "%%"),  # MLflow interpolates
        "default_permission": "READ",
        "admin_username": "admin",
        "authorization_function": "mlflow.server.auth:authenticate_request_basic_auth",
        # Checking a password takes tens of milliseconds, and a training sends hundreds of requests. A login that is
        # taken away is good for so long on the server's other processes.
        "auth_cache_ttl_seconds": "60",
    }
    descriptor, name = tempfile.mkstemp(suffix=".ini", dir=folder)
    with os.fdopen(descriptor, "w") as file:
        settings.write(file)
    return Path(name)


def main() -> None:
    """Become ``mlflow server``."""
    if found := problems(os.environ):
        sys.exit("\n".join(found))
    database = os.environ.get("MLFLOW_AUTH_DATABASE_URI") or os.environ["MLFLOW_BACKEND_STORE_URI"]
    os.environ["MLFLOW_AUTH_CONFIG_PATH"] = str(write_settings(Path(tempfile.gettempdir()), database))
    os.execvp("mlflow", ["mlflow", "server", *OPTIONS])  # noqa: S606


if __name__ == "__main__":
    main()
