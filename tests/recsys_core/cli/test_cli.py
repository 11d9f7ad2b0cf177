import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer

from recsys_core import cli
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase


class Ended(NamedTuple):
    status: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def recsys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs ``recsys`` in this process, in an empty workspace."""
    monkeypatch.setenv("RECSYS_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.delenv("RECSYS_CONFIG", raising=False)

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["recsys", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Ended(ended.value.code, *capfd.readouterr())  # type: ignore[arg-type]

    return run


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and group of the app."""
    for name, command in (group or typer.main.get_command(cli.app)).commands.items():
        yield (*path, name)
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("command", [(), *commands()], ids=" ".join)
def test_every_command_explains_itself(recsys: Run, command: tuple[str, ...]) -> None:
    ended = recsys(*command, "--help")

    assert ended.status == 0
    assert "Usage: recsys" in ended.out
    assert "--help" in ended.out
    body = ended.out.split("\n", 2)[2].strip()
    assert body
    assert not body.startswith("Options")  # it says what it does


def test_all_stages_are_there() -> None:
    stages = "demo-data ingest train-images embed-images snapshot drift features train-retrievers train-ranker validate"
    stages += " refresh-retrievers score filter catalogue index publish open-day training-due"
    others = (
        "run first-release evaluate submission ablate what-if promote compare tune clean images-report serve-encoder"
    )
    release = {("release", name) for name in ("list", "health", "publish", "rollback", "lift", "upload", "fetch")}
    mapping = {("mapping", name) for name in ("list", "show", "new", "check")}

    assert {(name,) for name in f"{stages} {others} release mapping".split()} | release | mapping == set(commands())


def test_a_day_is_opened_of_the_current_tables(recsys: Run, tmp_path: Path) -> None:
    plan = FixtureShop([Purchase("anna", "a", day) for day in range(1, 9)]).plan(tmp_path / "workspace")
    day_before = plan.cutoff - dt.timedelta(days=2)
    ended = recsys("open-day", "--day", str(day_before))
    summary = json.loads(ended.out)["summary"]
    assert (summary["tables"], summary["day"]) == (plan.tables.key, str(day_before))
    ended = recsys("snapshot", "--tables", "0123456789abcdef")
    assert_one_line(ended, "the tables 0123456789abcdef are gone: run the day again from ingest on")


def test_what_a_run_held_on_to_and_is_gone_is_told(recsys: Run, tmp_path: Path) -> None:
    FixtureShop([Purchase("anna", "a", day) for day in range(1, 9)]).plan(tmp_path / "workspace")
    for stage in ("validate", "refresh-retrievers", "filter", "catalogue", "publish"):
        ended = recsys(stage, "--image-embeddings", "0123456789abcdef")
        assert_one_line(ended, "the image embeddings 0123456789abcdef are gone: run the day again from embed-images on")
    ended = recsys("index", "--catalogue", "catalogue/0123456789abcdef")
    assert_one_line(ended, "catalogue/0123456789abcdef is missing: run `recsys catalogue` again")


def test_there_is_nothing_to_compare_or_to_clean_in_an_empty_workspace(recsys: Run) -> None:
    assert_one_line(recsys("release", "health"), "run `recsys publish` first")
    assert json.loads(recsys("clean").out)["summary"] == {"dropped": [], "kept": 0, "megabytes": 0.0}


def test_a_shop_that_cannot_be_learned_from_has_an_exit_status_of_its_own(recsys: Run, tmp_path: Path) -> None:
    FixtureShop([Purchase("anna", "a", day) for day in range(1, 9)]).plan(tmp_path / "workspace")
    ended = recsys("train-retrievers")
    assert (ended.status, ended.out) == (3, "")
    assert ended.err == "recsys: the shop has 1 articles: with fewer than 12 there is nothing to choose from\n"


def assert_one_line(ended: Ended, message: str) -> None:
    """Bad input: status 2, one line on stderr that says it, nothing on stdout."""
    assert ended.status == 2
    assert ended.out == ""
    assert ended.err.startswith("recsys: ")
    assert ended.err.count("\n") == 1
    assert ended.err.endswith("\n")
    assert message in ended.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fly"], "No such command 'fly'"),
        (["features", "--speed", "9"], "No such option: --speed"),
        (["features", "--cutoff", "yesterday"], "'yesterday' is no date: expected YYYY-MM-DD"),
        (["features", "--cutoff", "2020-02-30"], "'2020-02-30' is no date: expected YYYY-MM-DD"),
        (["evaluate"], "--label-start"),
        (
            ["evaluate", "--label-start", "2020-09-18", "--label-days", "0"],
            "'--label-days': Input should be greater than or equal to 1",
        ),
        (
            ["evaluate", "--label-start", "2020-09-18", "--folds", "0"],
            "'--folds': Input should be greater than or equal to 1",
        ),
        (["ingest", "--data", "/no/such/folder"], "/no/such/folder"),
        (["run", "--mapping", "/no/such/file"], "/no/such/file"),
        (["evaluate", "--label-start", "2020-09-18", "--mapping", "/no/such/file"], "/no/such/file"),
        (["ingest", "--mapping", "olits"], "column mapping olits does not exist: expected a file, or one that ships:"),
        (["mapping", "show", "olits"], "or one that ships: dunnhumby, instacart"),
        (["mapping", "check"], "name the shop's folder, as in recsys mapping check DIR --mapping FILE"),
        (["demo-data", "--customers", "many"], "'--customers': Input should be a valid integer"),
        (["features", "--config", "/no/such/config.toml"], "no configuration file /no/such/config.toml"),
        (["release", "burn"], "No such command 'burn'"),
        (["release", "rollback"], "release"),
        (["release", "lift"], "'--why'"),
        (["release", "lift", "--why", "it was fine"], "nothing is on hold"),
        (["submission", "--out", "submission.csv"], "release"),
        (["what-if"], "no other rules: name a file with --rules or a change with --set"),
        (
            ["what-if", "--set", "purchased=exclude", "--save-as", "../live"],
            "--save-as '../live': expected up to 60 letters, digits and dashes",
        ),
        (["promote"], "no release"),
        (["tune", "--ranker", "blend"], "--ranker"),
        (["compare", "--configs", "/no/such/folder"], "/no/such/folder"),
        (["what-if", "--rules", "/no/such/file"], "/no/such/file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_line_and_status_2(recsys: Run, arguments: list[str], message: str) -> None:
    assert_one_line(recsys(*arguments), message)


STAGES = ["train-images", "embed-images", "images-report"]
STAGES += ["features", "train-retrievers", "train-ranker", "validate", "score", "filter", "catalogue"]
STAGES += ["index", "publish"]


@pytest.mark.parametrize("stage", STAGES)
def test_missing_tables_name_the_command(recsys: Run, stage: str) -> None:
    assert_one_line(recsys(stage), "run `recsys ingest --data DIR` first")


def test_evaluating_nothing_names_the_command(recsys: Run) -> None:
    assert_one_line(recsys("evaluate", "--label-start", "2020-09-18"), "run `recsys ingest --data DIR` first")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["2020-09-18", "--label-start", "2020-09-11", "--folds", "2"], "--folds 2 plans the earlier windows itself"),
        (["2020-09-18", "--label-start", "2020-09-18"], "--label-start 2020-09-18 is given twice"),
        (["2020-09-19", "--folds", "9"], "of 9 folds of 7 days fit from 2020-09-19 back to 2020-09-12"),
        (["2021-01-01"], "no purchases in the label days 2021-01-01 .. 2021-01-07"),
    ],
    ids=" ".join,
)
def test_folds_that_cannot_be_are_refused(recsys: Run, tmp_path: Path, arguments: list[str], message: str) -> None:
    FixtureShop([Purchase("anna", "a", day) for day in range(9)]).plan(tmp_path / "workspace")

    assert_one_line(recsys("evaluate", "--label-start", *arguments), message)


def test_a_folder_without_the_shops_files_is_refused(recsys: Run, tmp_path: Path) -> None:
    assert_one_line(recsys("ingest", "--data", str(tmp_path)), f"no transactions file in {tmp_path}")


def test_a_mistake_in_the_workspaces_configuration_is_named(recsys: Run, tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "config.toml").write_text("[lists]\nlenght = 24\n")

    assert_one_line(recsys("features"), "lists.lenght = 24: Extra inputs are not permitted")


def test_a_cutoff_before_all_purchases_is_refused(recsys: Run, tmp_path: Path) -> None:
    FixtureShop([Purchase("anna", "a", day) for day in range(1, 9)]).plan(tmp_path / "workspace")

    assert "no purchases before 2019-01-01: choose a later date" in recsys("train-ranker", "--cutoff", "2019-01-01").err


def test_as_a_process_it_says_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "recsys_core.cli", "filter", "--workspace", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert_one_line(Ended(ended.returncode, ended.stdout, ended.stderr), "run `recsys ingest --data DIR` first")


def test_help_loads_no_heavy_library() -> None:
    script = (
        "import sys; sys.argv = ['recsys', '--help']\n"
        "from recsys_core import cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "heavy = {'tensorflow', 'pyspark', 'mlflow', 'torch', 'sklearn', 'evidently'}\n"
        "print(*sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ended.stderr.strip() == ""


def test_idle_threads_sleep_instead_of_spinning() -> None:
    """Asked of the OpenMP runtime that LightGBM loads: beside other work spinning threads take many times the CPU."""
    script = "import recsys_core.cli, lightgbm"
    environment = {name: value for name, value in os.environ.items() if name[:4] not in ("OMP_", "GOMP")}
    command = [sys.executable, "-c", script]
    environment["OMP_DISPLAY_ENV"] = "VERBOSE"
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    spins = [line.split("'")[1] for line in done.stderr.splitlines() if "SPINCOUNT" in line]
    assert spins
    assert set(spins) == {"0"}
