"""Tests of the commands that CI runs, with a ``make`` that only records its targets."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

CI = Path(__file__).parents[2] / ".ci" / "run"


def run_ci(tmp_path: Path, script: Callable[[str, str], Path], make: str, **environment: str) -> tuple[int, list[str]]:
    """Exit status, and what was run in which order."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(CI, tmp_path / ".ci" / "run")
    (tmp_path / "scripts").mkdir()
    noted = tmp_path / "noted"
    preflight = script("preflight.sh", f'echo "preflight $*" >> {noted}')
    shutil.move(preflight, tmp_path / "scripts" / "preflight.sh")
    script("make", f'echo "make $*" >> {noted}; test "$1" = lint || echo "$PYTEST_ARGS" >> {noted}; {make}')
    env = {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"} | environment
    done = subprocess.run([tmp_path / ".ci" / "run"], env=env, check=False)
    return done.returncode, noted.read_text().splitlines()


def test_it_checks_the_machine_then_lints_then_tests(tmp_path: Path, script: Callable[[str, str], Path]) -> None:
    status, noted = run_ci(tmp_path, script, "true")
    assert (status, noted[:3]) == (0, ["preflight --install", "make lint", "make test"])


def test_the_slowest_tests_are_listed(tmp_path: Path, script: Callable[[str, str], Path]) -> None:
    assert run_ci(tmp_path, script, "true", PYTEST_ARGS="-x")[1][3] == "--durations=20 -x"


def test_tests_that_take_longer_than_allowed_fail(tmp_path: Path, script: Callable[[str, str], Path]) -> None:
    assert run_ci(tmp_path, script, "sleep 1", CI_TEST_SECONDS="0")[0] == 1


def test_a_failed_test_ends_it_with_its_status(tmp_path: Path, script: Callable[[str, str], Path]) -> None:
    assert run_ci(tmp_path, script, 'test "$1" = lint || exit 3')[0] == 3


def test_a_breach_of_style_or_contracts_ends_it(tmp_path: Path, script: Callable[[str, str], Path]) -> None:
    assert run_ci(tmp_path, script, "exit 2") == (2, ["preflight --install", "make lint"])
