"""Every command of the guides' shell blocks runs as it is written, in the guides' order, and does what they say.

``SUBSTITUTIONS`` has what a reader puts in for a placeholder, and what makes a long command short. ``EXCUSED`` names
the commands that no test can run.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from scripts.browser import NAMES as CHROMIUM
from scripts.environment import REPOSITORY
from tests.support.guide_commands import Block, Done, blocks, blocks_of
from tests.support.guide_reader import BEFORE, GUIDE_NEEDS, SERVERS, SHOP_PORT, SMALL_SHOP, Reader, new_reader
from tests.support.guide_results import AFTER, AFTER_BLOCK, PIPELINE

BLOCKS = blocks()
EXCUSED = {
    "make demo": "sets up an environment and waits for Ctrl-C; its DAG and services are those of tests/dags",
    "kaggle competitions download": "needs an account with Kaggle, and the competition's rules accepted",
    "make demo DATA=~/hm": "as make demo; the stages run on such files below",
    "kubectl port-forward": "needs a cluster; the next command asks a server that is started as the chart does",
    "kubectl create secret generic recsys-milvus": "needs a cluster; tests/helm/test_chart.py has the secret's name",
    "kubectl create secret generic recsys-airflow": "needs a cluster; tests/helm/test_chart.py has the secret's name",
}
"""Beginnings of commands that are not run, with the reason."""
NEEDS_PROGRAM = {
    "promtool": (("promtool",), "scripts/promtool.sh installs it"),
    "make screenshots": (CHROMIUM, "scripts/chromium.sh installs it"),
}
"""By the beginning of a command, programs of which a machine may have none, and how it gets one."""


def tuned(reader: Reader) -> str:
    (study,) = (reader.workspace.root / "tuning").glob("lightgbm-*")
    return study.name


SUBSTITUTIONS: dict[str, str | Callable[[Reader], str]] = {
    # What a reader puts in.
    "<this repository>": str(REPOSITORY),
    "lightgbm-<examples>": tuned,
    "--release ID": lambda reader: f"--release {reader.live}",
    "<password>": PIPELINE[1],
    # Addresses and folders of this machine.
    "http://marquez:5000": lambda reader: reader.lineage_address,
    "/srv/recsys/events.jsonl": lambda reader: str(reader.events),
    "http://localhost:5000": lambda reader: reader.mlflow,
    "--bind 127.0.0.1:8000": lambda reader: f"--bind 127.0.0.1:{SHOP_PORT}",
    "http://127.0.0.1:8001 --only product": lambda reader: f"{reader.shop} --only product --to images/product",
    # curl asks for the password of --user on a terminal; there is none here.
    "--user admin": lambda _: f"--user 'admin:{mlflow_password()}'",
    # The environment that runs the tests is set up.
    "make screenshots": "make -o setup screenshots",
    # The commands after it look at new models; the blocks before it have trained some days earlier.
    "recsys run --data ~/hm": "recsys run --data ~/hm --train always",
    # Less of the same.
    "--trials 50": "--trials 2",
    "--trials 30": "--trials 2",
    "--trials 20": "--trials 1",
    "--folds 3": "--folds 2",
    "--folds 4": "--folds 2",
    "recsys compare": "recsys compare --configs small/configs",
    "--from-date 2020-09-16": "--from-date 2020-09-22",
    "demo-data --out": f"demo-data {SMALL_SHOP} --no-images --out",
}
WHOLE: Final = {
    "make screenshots": 'make -o setup screenshots ARGS="--only home-guest --to images/guest"',
}
"""Whole commands that are replaced. The images of all pages take minutes, and the repository's stay as they are."""


def mlflow_password() -> str:
    from tests.support.mlflow_server import PASSWORD

    return PASSWORD


def written(reader: Reader, command: str) -> str:
    """The command with what a reader puts in."""
    if command in WHOLE:
        return WHOLE[command]
    for words, put_in in SUBSTITUTIONS.items():
        if words in command:
            command = command.replace(words, put_in if isinstance(put_in, str) else put_in(reader))
    return command


def excuse(command: str) -> str | None:
    return next((reason for start, reason in EXCUSED.items() if command.startswith(start)), None)


def first_fit(table: dict[str, Any], command: str) -> Any:
    """By the beginning of the command, without the path that README.md gives its program."""
    plain = command.removeprefix(".venv/bin/")
    return next((found for start, found in table.items() if plain.startswith(start)), None)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with new_reader(tmp_path_factory.mktemp("guides")) as reader:
        yield reader


@pytest.mark.full
@pytest.mark.services
@pytest.mark.spark
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("block", [block for block in BLOCKS if not all(map(excuse, block.commands))], ids=str)
def test_the_commands_of_a_block_do_what_the_guide_says(reader: Reader, block: Block) -> None:
    reader.follow(block.guide, GUIDE_NEEDS)
    exports: tuple[str, ...] = ()
    for command in block.commands:
        if missing := lacking_program(command):
            pytest.skip(missing)
        if excuse(command) is None:
            done = run(reader, command, exports)
            exports += (done.command,) if command.startswith("export ") else ()
    if look := first_fit(AFTER_BLOCK, block.commands[0]):
        look(reader, exports)


def run(reader: Reader, command: str, exports: tuple[str, ...]) -> Done:
    """Run one command and look at what it did; variables that only it needs are gone afterwards."""
    before = dict(reader.env)
    try:
        if prepare := first_fit(BEFORE, command):
            prepare(reader)
        return reader.run(written(reader, command), exports, SERVERS.get(command), first_fit(AFTER, command))
    finally:
        reader.env = before


def lacking_program(command: str) -> str | None:
    """The reason to leave out a command whose program this machine lacks."""
    for start, (programs, reason) in NEEDS_PROGRAM.items():
        if command.startswith(start) and not any(map(shutil.which, programs)):
            return reason
    return None


def test_every_excused_or_special_command_is_in_a_guide() -> None:
    commands = [command.removeprefix(".venv/bin/") for block in BLOCKS for command in block.commands]
    beginnings = [*EXCUSED, *NEEDS_PROGRAM, *WHOLE, *SERVERS, *BEFORE, *AFTER, *AFTER_BLOCK]
    assert [start for start in beginnings if not any(command.startswith(start) for command in commands)] == []
    assert [words for words in SUBSTITUTIONS if not any(words in command for command in commands)] == []
    assert set(GUIDE_NEEDS) <= {block.guide for block in BLOCKS}


def test_no_placeholder_is_left_in_a_command_that_runs() -> None:
    placeholder = re.compile(r"<[^>]*>|\bID\b|\bNAME\b|\bDIR\b|\.\.\.")
    left = {}
    for command in (command for block in BLOCKS for command in block.commands if excuse(command) is None):
        rest = command
        for words in SUBSTITUTIONS:
            rest = rest.replace(words, "")
        if found := placeholder.findall(rest):
            left[command] = found
    assert left == {}


def test_every_command_that_runs_is_looked_at_afterwards() -> None:
    by_status_alone = (
        "export",
        "promtool",
        "python django_site/manage.py migrate",
        "python django_site/manage.py collectstatic",
    )
    runs = {command for block in BLOCKS for command in block.commands if excuse(command) is None}
    assert {each for each in runs if not first_fit(AFTER, each) and not each.startswith(by_status_alone)} == set()


def test_blocks_are_commands_without_comments_and_with_their_lines() -> None:
    text = "# A\n\n```sh\nrecsys run   # all\n# a comment\ncurl -X \\\n  --json '{}'\n```\n\n```toml\na = 1\n```\n"
    assert blocks_of("a.md", text) == [Block("a.md", 4, ("recsys run", "curl -X --json '{}'"))]
