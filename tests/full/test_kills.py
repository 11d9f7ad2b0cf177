"""kill -9 in every command that makes something, start again: the result is that of an undisturbed one."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from recsys_core import cli
from recsys_core.pipeline.stages import PATH
from tests.full.runs import finish, kill_in, live_release
from tests.small_run import SMALL
from tests.support.next_day import add_a_day

REPOSITORY = Path(__file__).parents[2]
AT_WORK = {
    "ingest": ("batches/.draft-*", 1.0),
    "train-images": ("image_encoders/.draft-*/.work", 1.0),
    "embed-images": ("image_embeddings/.draft-*", 0.0),
    "features": ("features/cutoff=*/.draft-*", 1.0),
    "train-retrievers": ("retrievers/two_tower/.draft-*", 1.0),
    "train-ranker": ("rankers/*/.draft-*", 0.5),
    "validate": ("validations/.draft-*", 0.0),
    "score": ("scored/.draft-*", 0.1),
    "filter": ("lists/.draft-*", 0.0),
    "catalogue": ("catalogue/.draft-*", 0.0),
    "index": ("milvus-stage.json", 0.5),
    "publish": ("releases/.draft-*", 0.0),
}
"""By stage, what is in the workspace only while it works, and how many seconds later it is killed."""
NEXT_DAY = {
    "snapshot": ("features/cutoff=*/.draft-*", 1.0),
    "drift": ("drift/.draft-*", 0.5),
    "refresh-retrievers": ("retrievers/*/.draft-*", 0.0),
}
"""The same of the stages that have work only on a day between two trainings."""

BESIDE_THE_PATH = {
    "first-release": ((), "releases/.draft-*", 0.0),
    "evaluate": (("--label-start", "2020-09-16"), "evaluations/.draft-*", 0.2),
    "images-report": ((), "image_reports/.draft-*", 0.2),
}
"""By command, its options, and the same of a process of its own."""
ELSEWHERE = {
    "release upload": "tests/full/test_release_store.py",
    "release fetch": "tests/full/test_release_store.py",
    "release rollback": "tests/recsys_core/release/test_hold.py",
    "tune": "tests/recsys_core/pipeline/test_tune.py",
}
"""Commands that another file's test kills."""
OTHERS = {
    "run": "runs the path, and is the command that is killed",
    "release publish": "another name of publish",
    "promote": "moves the link as publish and rollback do",
    "release lift": "removes one record, in one step",
    "clean": "drops a folder by renaming it; the next one removes it",
    "ablate": "makes an artifact as evaluate does",
    "compare": "makes evaluations, then an artifact as evaluate does",
    "submission": "writes one file, by renaming it",
    "what-if": "writes one file, by renaming it",
    "demo-data": "makes files for a try, no part of a workspace",
    "mapping new": "makes a draft for a person to read",
    "serve-encoder": "answers requests, writes nothing",
} | dict.fromkeys(
    ("open-day", "training-due", "release list", "release health", "mapping list", "mapping show", "mapping check"),
    "writes nothing",
)
"""Commands that need no test of this kind, with the reason."""
TIMES = {"seconds", "train_seconds", "peak_rss_mb"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kills") / "shop"
    size = ["--customers", "400", "--articles", "300", "--days", "90", "--out", str(folder)]
    subprocess.run([sys.executable, "-m", "recsys_core.cli", "demo-data", *size], check=True)
    return folder


def commands(group: Any, name: str = "") -> Iterator[str]:
    """Names of all commands, such as ``release list``."""
    for own, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{name}{own} ")
        else:
            yield f"{name}{own}"


def test_every_command_is_killed_or_has_a_reason() -> None:
    lists = (AT_WORK, NEXT_DAY, BESIDE_THE_PATH, ELSEWHERE, OTHERS)
    named = sorted(name for each in lists for name in each)
    assert named == sorted(commands(typer.main.get_command(cli.app)))
    assert {*AT_WORK, *NEXT_DAY} == {*PATH}
    assert [file for file in ELSEWHERE.values() if "SIGKILL" not in (REPOSITORY / file).read_text()] == []


@pytest.mark.full
@pytest.mark.spark
@pytest.mark.timeout(3600)
def test_a_run_killed_at_every_stage_ends_with_the_same_release(shop: Path, tmp_path: Path) -> None:
    undisturbed, disturbed = tmp_path / "undisturbed", tmp_path / "disturbed"
    (tmp_path / "config.toml").write_text(SMALL)
    run = ("run", "--data", str(shop), "--config", str(tmp_path / "config.toml"))
    finish(undisturbed, *run)
    for stage, (at_work, after_s) in AT_WORK.items():
        kill_in(disturbed, stage, at_work, after_s, *run)
    finish(disturbed, *run)
    assert_equal(live_release(disturbed), live_release(undisturbed))

    add_a_day(shop)
    finish(undisturbed, *run)
    for stage, (at_work, after_s) in NEXT_DAY.items():
        kill_in(disturbed, stage, at_work, after_s, *run)
    finish(disturbed, *run)
    found = live_release(disturbed)
    assert_equal(found, live_release(undisturbed))
    assert found["models_as_of"] < found["cutoff"]


@pytest.fixture(scope="module")
def ingested(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with tables."""
    workspace = tmp_path_factory.mktemp("ingested") / "var"
    workspace.mkdir()
    (workspace / "config.toml").write_text(SMALL)
    finish(workspace, "ingest", "--data", str(shop))
    return workspace


@pytest.mark.full
@pytest.mark.spark
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("command", BESIDE_THE_PATH)
def test_a_command_killed_at_work_makes_the_same_afterwards(ingested: Path, command: str, tmp_path: Path) -> None:
    undisturbed, disturbed = tmp_path / "undisturbed", tmp_path / "disturbed"
    for workspace in (undisturbed, disturbed):
        shutil.copytree(ingested, workspace, symlinks=True)
    options, at_work, after_s = BESIDE_THE_PATH[command]
    expected = of_any_run(finish(undisturbed, command, *options), undisturbed)

    kill_in(disturbed, None, at_work, after_s, command, *options)

    assert of_any_run(finish(disturbed, command, *options), disturbed) == expected


def of_any_run(report: Any, workspace: Path) -> Any:
    """A report without its times, paths counted from the workspace."""
    if isinstance(report, dict):
        return {name: of_any_run(value, workspace) for name, value in report.items() if name not in TIMES}
    return report.replace(f"{workspace}/", "") if isinstance(report, str) else report


def assert_equal(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found["content"] == expected["content"]
    assert found["id"] == expected["id"]
