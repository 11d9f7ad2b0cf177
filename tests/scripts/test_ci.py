"""Tests of the commands that CI runs, with a ``make`` that only records its targets."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

CI = Path(__file__).parents[2] / ".ci" / "run"


def run_ci(tmp_path: Path, script: Callable[[str, str], Path], make: str) -> tuple[int, list[str]]:
    """Exit status, and what was run in which order."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(CI, tmp_path / ".ci" / "run")
    (tmp_path / "scripts").mkdir()
    noted = tmp_path / "noted"
    preflight = script("preflight.sh", f'echo "preflight $*" >> {noted}')
    shutil.move(preflight, tmp_path / "scripts" / "preflight.sh")
    script("make", f'echo "make $*" >> {noted}; {make}')
    env = {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run([tmp_path / ".ci" / "run"], env=env, check=False)
    return done.returncode, noted.read_text().splitlines()


def test_it_checks_the_machine_then_lints_then_tests(tmp_path: Path, script: Callable[[str, str], Path]) -> None:
    assert run_ci(tmp_path, script, "true") == (0, ["preflight --install", "make lint", "make test"])


def test_a_breach_of_style_or_contracts_ends_it(tmp_path: Path, script: Callable[[str, str], Path]) -> None:
    assert run_ci(tmp_path, script, "exit 2") == (2, ["preflight --install", "make lint"])
