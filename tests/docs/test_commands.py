"""Every command in the docs, the DAGs' texts and MLproject is one that there is, with options that it has."""

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from django.core.management import get_commands
from typer.exceptions import TyperException

from recsys_core import cli
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
from tests.docs.pages import REPOSITORY, Page, pages
from tests.support.release_fixture import build_release

MAKEFILE = (REPOSITORY / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
VARIABLES = set(re.findall(r"[A-Z_]{4,}", MAKEFILE))
RECSYS = ("recsys", ".venv/bin/recsys")
OF_THE_SYSTEM = {
    *("git", "cd", "kaggle", "unzip", "export", "sudo", "pip", "java"),
    *("mlflow", "airflow", "kubectl", "helm", "promtool", "curl"),
}


def pages_with_commands() -> list[Page]:
    project = yaml.safe_load((REPOSITORY / "mlflow" / "MLproject").read_text())
    given = {"label_start": "2020-09-18", "cutoff": "2020-09-18", "change": "purchased=exclude"}
    steps = ""
    for entry in project["entry_points"].values():
        parameters = {name: about.get("default", given.get(name)) for name, about in entry["parameters"].items()}
        steps += entry["command"].format(**parameters) + "\n"
    return [*pages(), Page("mlflow/MLproject", f"```sh\n{steps}\n```\n", REPOSITORY / "mlflow" / "MLproject")]


PAGES = pages_with_commands()


def recsys_problem(words: list[str]) -> str | None:
    """Returns the command's own error message for ``recsys <words>``. Files and folders need not exist."""
    command: Any = typer.main.get_command(cli.app)
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        if words[0] not in command.commands:
            return f"No such command {words[0]!r}"
        command, words = command.commands[words[0]], words[1:]
    if not words or "--help" in words:
        return None
    try:
        command.make_context(command.name, list(words))
    except TyperException as error:
        said = error.format_message() if hasattr(error, "format_message") else str(error)
        return None if "does not exist" in said else said
    return None


def make_problem(words: list[str]) -> str | None:
    for word in words:
        name, is_variable, _ = word.partition("=")
        if name not in (VARIABLES if is_variable else TARGETS):
            return f"no {'variable' if is_variable else 'target'} {name!r}"
    return None


def python_problem(words: list[str]) -> str | None:
    """Of ``python -m module --option`` and ``python django_site/manage.py command``."""
    if words[0] == "-m":
        found = importlib.util.find_spec(words[1])
        if found is None or found.origin is None:
            return f"no module {words[1]!r}"
        return None
    if words[0].endswith("manage.py"):
        return manage_problem(words)
    return None if (REPOSITORY / words[0]).exists() else f"no file {words[0]!r}"


def manage_problem(words: list[str]) -> str | None:
    known = get_commands()
    return None if len(words) < 2 or words[1] in known else f"no command {words[1]!r}"


def problems(page: Page) -> Iterator[tuple[str, str]]:
    for words in map(without_settings, page.commands()):
        name, rest = words[0] if words else "", words[1:]
        problem = None
        if name in RECSYS and "<stage>" not in rest:
            problem = recsys_problem(rest)
        elif name == "make" and rest:
            problem = make_problem(rest)
        elif name.endswith("python") and rest:
            problem = python_problem(rest)
        elif name == "manage.py":
            problem = manage_problem(words)
        if problem:
            yield " ".join(words), problem


def without_settings(words: list[str]) -> list[str]:
    """A command without the variables that are set for it."""
    return [word for i, word in enumerate(words) if i or not re.fullmatch(r"[A-Z_]+=.*", word)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_is_there_with_its_options(page: Page) -> None:
    assert dict(problems(page)) == {}


def test_the_check_finds_what_is_wrong() -> None:
    text = "```sh\nmake dmeo\nrecsys evaluate --label-strat 2020-09-16  # a comment\npython -m scripts.nothing\n```\n"
    text += "`recsys releases list`, `make demo PORT=1`, `recsys what-if --set`, `recsys compare --configs my/configs`"
    found = dict(problems(Page("wrong", text, REPOSITORY / "README.md")))
    assert list(found.values()) == [
        "no target 'dmeo'",
        "No such option: --label-strat (Possible options: --ablation, --label-days, --label-start)",
        "no module 'scripts.nothing'",
        "No such command 'releases'",
        "no variable 'PORT'",
        "Option '--set' requires an argument.",
    ]


def test_shell_blocks_hold_nothing_that_is_not_checked() -> None:
    """Commands of the project are looked at above; others are those of the system named here."""
    project = {*RECSYS, "make", "python", "manage.py", "gunicorn", "pytest", ".venv/bin/pre-commit"}
    for page in PAGES:
        shell = Page(page.name, "".join(f"```sh\n{block}```\n" for block in page.fenced("sh")), page.path)
        for words in shell.commands():
            plain = without_settings(words)
            assert not plain or plain[0] in project | OF_THE_SYSTEM, f"{page.name}: {' '.join(words)}"


def test_every_command_and_target_is_in_the_docs() -> None:
    said = " ".join(page.text for page in PAGES)
    shown = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
    missing = {target for target in shown if not re.search(rf"make {target}\b", said)}
    command: Any = typer.main.get_command(cli.app)
    missing |= {name for name in command.commands if not re.search(rf"recsys {name}\b", said)}
    assert missing == set()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With two releases and tables."""
    workspace = tmp_path_factory.mktemp("workspace")
    build_release(workspace, articles=60, customers=20)
    build_release(workspace, articles=70, customers=20)
    FixtureShop([Purchase("anna", "a", day) for day in range(1, 9)]).plan(workspace)
    return workspace


QUICK = ("release list", "release rollback", "submission", "clean --dry-run")


@pytest.mark.parametrize("quick", QUICK)
def test_the_readmes_quick_commands_do_what_they_are_there_for(
    workspace: Path, quick: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As written there, in a workspace with releases."""
    readme = Page("README.md", (REPOSITORY / "README.md").read_text(), REPOSITORY / "README.md")
    words = next(words for words in readme.commands() if words[0] in RECSYS and quick in " ".join(words))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECSYS_WORKSPACE", str(workspace))
    monkeypatch.setattr(sys, "argv", words)

    with pytest.raises(SystemExit) as ended:
        cli.main()

    said = capsys.readouterr()
    assert ended.value.code == 0, said.err
    assert said.out.strip()
