"""Who may import whom (``[importlinter]`` in setup.cfg), so that `make test` alone finds a breach."""

import configparser
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]


def test_every_import_contract_is_kept() -> None:
    settings = configparser.ConfigParser()
    settings.read(REPOSITORY / "setup.cfg")
    contracts = sum(name.startswith("importlinter:contract:") for name in settings.sections())
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    env = {**os.environ, "PYTHONPATH": f"{REPOSITORY / 'plugins'}{os.pathsep}{REPOSITORY}"}

    done = subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert f"Contracts: {contracts} kept, 0 broken." in done.stdout
