"""`preflight.sh` on machines that lack something, made of a PATH with chosen commands."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

PREFLIGHT = Path(__file__).parents[2] / "scripts" / "preflight.sh"
NEEDED = ("sh", "sed", "head", "id", "uname", "cut", "grep", "dirname", "cat", "readlink")
Script = Callable[[str, str], Path]
DEBIAN = 'ID=debian\nVERSION_ID="12"\n'
UBUNTU = 'ID=ubuntu\nVERSION_ID="24.04"\n'


@pytest.fixture
def machine(tmp_path: Path, script: Script) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run preflight on a machine with these commands and this /etc/os-release."""

    def run(*arguments: str, os_release: str = DEBIAN, **commands: str) -> "subprocess.CompletedProcess[str]":
        for name in NEEDED:
            (tmp_path / "bin").mkdir(exist_ok=True)
            (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
        for name, body in commands.items():
            script(name.replace("_", "."), body)
        (tmp_path / "root" / "etc").mkdir(parents=True)
        (tmp_path / "root" / "etc" / "os-release").write_text(os_release)
        env = {"PATH": str(tmp_path / "bin"), "PREFLIGHT_ROOT": str(tmp_path / "root")}
        return subprocess.run([PREFLIGHT, *arguments], env=env, capture_output=True, text=True, check=False)

    return run


def java(version: str) -> str:
    return f"echo 'openjdk version \"{version}\" 2025-04-15' >&2"


WHOLE = {"python3_11": "exit 0", "java": java("17.0.15"), "make": "exit 0"}


def test_a_machine_with_everything_passes_in_silence(
    machine: Callable[..., "subprocess.CompletedProcess[str]"],
) -> None:
    done = machine(**WHOLE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_all_that_is_missing_is_named_together_with_its_commands(
    machine: Callable[..., "subprocess.CompletedProcess[str]"],
) -> None:
    done = machine()
    assert done.returncode == 1
    for said in (
        "Python 3.11",
        "Java 17",
        "- make",
        "python3.11 python3.11-venv",
        "openjdk-17-jre-headless",
        "install -y make",
    ):
        assert said in done.stderr
    assert "Nothing was changed" in done.stderr


def test_only_the_missing_is_named(machine: Callable[..., "subprocess.CompletedProcess[str]"]) -> None:
    done = machine(**{**WHOLE, "java": "exit 127"})
    assert "Java 17" in done.stderr
    assert "Python" not in done.stderr
    assert "- make" not in done.stderr


def test_the_command_is_the_distribution_s_own(machine: Callable[..., "subprocess.CompletedProcess[str]"]) -> None:
    done = machine(java=java("17.0.1"), make="exit 0", os_release=UBUNTU)
    assert "add-apt-repository -y ppa:deadsnakes/ppa" in done.stderr


def test_on_a_mac_it_is_homebrew(machine: Callable[..., "subprocess.CompletedProcess[str]"], tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    done = machine(make="exit 0", brew="exit 0", os_release="")
    assert "brew" not in done.stderr
    (tmp_path / "bin" / "uname").unlink()
    (tmp_path / "bin" / "uname").write_text("#!/bin/sh\necho Darwin\n")
    (tmp_path / "bin" / "uname").chmod(0o755)
    env = {"PATH": str(tmp_path / "bin"), "PREFLIGHT_ROOT": str(tmp_path / "root")}
    done = subprocess.run([PREFLIGHT], env=env, capture_output=True, text=True, check=False)
    assert "brew install python@3.11" in done.stderr
    assert "brew install openjdk@17" in done.stderr


@pytest.mark.parametrize(
    ("version", "enough"), [("1.8.0_392", False), ("11.0.2", False), ("17", True), ("21.0.4", True)]
)
def test_java_is_judged_by_its_major_version(
    machine: Callable[..., "subprocess.CompletedProcess[str]"], version: str, enough: bool
) -> None:
    done = machine(**{**WHOLE, "java": java(version)})
    assert (done.returncode == 0) is enough


def test_another_python_does_not_pass(machine: Callable[..., "subprocess.CompletedProcess[str]"]) -> None:
    done = machine(java=java("17"), make="exit 0", python3="exit 1")
    assert "Python 3.11" in done.stderr


def test_an_unknown_argument_is_refused(machine: Callable[..., "subprocess.CompletedProcess[str]"]) -> None:
    done = machine("--everything", **WHOLE)
    assert done.returncode == 2
    assert "--everything" in done.stderr


def test_this_machine_has_what_the_tests_run_with() -> None:
    python = subprocess.run([PREFLIGHT, "--python"], capture_output=True, text=True, check=True).stdout.strip()
    version = subprocess.run([python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True)
    assert version.stdout == "3 11\n"
    java_home = subprocess.run(
        [PREFLIGHT, "--java-workspace"], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert os.access(f"{java_home}/bin/java", os.X_OK)
