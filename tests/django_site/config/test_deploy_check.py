import subprocess
import sys
from pathlib import Path

from recsys_core.workspace import Workspace
from scripts.shop_server import SITE, environment

DEPLOYED = {
    "SECRET_KEY": "q8Zr3-vK1mW7xT5nB9pL2sD6fG4hJ0cY_aE3uR8iO1k-5tX0bN",
    "ALLOWED_HOSTS": "shop.example,127.0.0.1",
    "CSRF_TRUSTED_ORIGINS": "https://shop.example",
    "HTTPS": "1",
    "BEHIND_PROXY": "1",
    "HSTS_SECONDS": "31536000",
    "PORT_METRICS": "9090",
}
"""Variables that the chart sets."""


def test_django_finds_nothing_to_warn_of_in_a_deployment(tmp_path: Path) -> None:
    env = environment(Workspace(tmp_path), **DEPLOYED)
    command = [sys.executable, str(SITE / "manage.py"), "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
