"""Preparation of the web folder and the secret key, which must exist before the settings load.

Settings read only; the entry points (``manage.py``, ``wsgi.py``) call ``prepare_home`` first.
"""

import os
import secrets
from pathlib import Path

from config.env import read_environment


def secret_key_file(workspace: Path) -> Path:
    return workspace / "web" / "secret-key"


def prepare_home() -> None:
    """Create ``<workspace>/web`` and, where no ``SECRET_KEY`` is given, a secret key that all workers share."""
    env = read_environment()
    (env.RECSYS_WORKSPACE / "web").mkdir(mode=0o700, parents=True, exist_ok=True)
    if not env.SECRET_KEY:
        _create_once(secret_key_file(env.RECSYS_WORKSPACE), secrets.token_urlsafe(50))


def _create_once(path: Path, content: str) -> None:
    """Write ``path`` (mode 0600) unless it exists; of processes starting together exactly one wins."""
    if path.exists():
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
