"""Every task's command line equals the golden file. A wanted change: ``RENEW_GOLDEN=1 pytest tests/dags``."""

import json
import os
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from recsys_core import cli

GOLDEN = Path(__file__).parent / "golden" / "commands.json"
PARAMS = {
    "daily_release": {"data": "/srv/shop", "mapping": None, "train": "auto"},
    "rules_what_if": {
        "name": "no-repeats",
        "changes": ["purchased=exclude", "price_band=false"],
        "label_start": None,
        "label_days": 7,
        "asked_by": "boss",
    },
    "evaluate_models": {"label_start": "2020-09-18", "label_days": 2, "folds": 3},
}

REPORTS = {
    "open_day": {"summary": {"tables": "fedcba9876543210", "cutoff": "2020-09-23"}},
    "images.embed_images": {"summary": {"image_embeddings": "2123456789abcdef"}},
    "release.catalogue": {"summary": {"artifact": "catalogue/3123456789abcdef"}},
    "release_of_new_models.catalogue": {"summary": {"artifact": "catalogue/4123456789abcdef"}},
    "training.validate": {"summary": {"models": "1123456789abcdef"}},
    "release.refresh_retrievers": {"summary": {"models": "0123456789abcdef"}},
    "release_of_new_models.refresh_retrievers": {"summary": {"models": "1123456789abcdef"}},
}
UPSTREAM = {"ti": SimpleNamespace(xcom_pull=REPORTS.get), "partition_key": "2020-09-22"}
"""Reports of the tasks before, as a task's template sees them, and the day of the run."""


def runs_a_command(task: Any) -> bool:
    return hasattr(task, "options")


def rendered(task: Any) -> list[str]:
    """The command line that the task would run with the parameters above."""
    from recsys_airflow.operators import RecsysStageOperator

    copy = task.prepare_for_execution()
    copy.render_template_fields({"params": PARAMS.get(task.dag.dag_id, {}), **UPSTREAM})
    return list(copy.command) if isinstance(copy, RecsysStageOperator) else list(_submit(copy))


def _submit(task: Any) -> list[str]:
    from recsys_airflow.operators import arguments

    task.application_args = [*task.application_args, *arguments(task.options)]
    return list(task._get_hook()._build_spark_submit_command(task.application))


def test_commands_equal_the_golden_file(tasks: dict[str, Any]) -> None:
    commands = {name: rendered(task) for name, task in sorted(tasks.items()) if runs_a_command(task)}
    if os.environ.get("RENEW_GOLDEN"):
        GOLDEN.write_text(json.dumps(commands, indent=1) + "\n")
    assert commands == json.loads(GOLDEN.read_text())


def test_a_run_by_hand_is_of_no_day_and_skipped_tasks_name_nothing(tasks: dict[str, Any]) -> None:
    for name in ("open_day", "release.filter", "release.publish"):
        copy = tasks[f"daily_release.{name}"].prepare_for_execution()
        copy.render_template_fields({"ti": SimpleNamespace(xcom_pull=lambda task: None), "partition_key": None})
        held = {"--models", "--cutoff", "--tables", "--image-embeddings", "--catalogue"}
        assert ({"--day"} | held).isdisjoint(copy.command)


def test_every_task_after_the_day_is_opened_holds_on_to_its_tables(tasks: dict[str, Any]) -> None:
    after = tasks["daily_release.open_day"].get_flat_relatives(upstream=False)
    assert len(after) == 23
    for task in after:
        words = rendered(tasks[f"daily_release.{task.task_id}"])
        assert words[words.index("--tables") + 1] == "fedcba9876543210", task.task_id
        of_the_articles = task.task_id.startswith("images.")
        assert of_the_articles or words[words.index("--cutoff") + 1] == "2020-09-23", task.task_id


def test_every_task_that_reads_image_embeddings_holds_on_to_those_of_the_run(tasks: dict[str, Any]) -> None:
    after = {task.task_id for task in tasks["daily_release.images.embed_images"].get_flat_relatives(upstream=False)}
    without = {"snapshot", "training.features"}  # they read tables alone
    assert without < after
    for name in after:
        words = rendered(tasks[f"daily_release.{name}"])
        assert (("--image-embeddings", "2123456789abcdef") in pairwise(words)) == (name not in without), name


@pytest.mark.parametrize("group", ["release", "release_of_new_models"])
def test_index_and_publish_take_the_catalogue_that_their_group_made(tasks: dict[str, Any], group: str) -> None:
    made = REPORTS[f"{group}.catalogue"]["summary"]["artifact"]
    for name in ("index", "publish"):
        assert ("--catalogue", made) in pairwise(rendered(tasks[f"daily_release.{group}.{name}"]))


def test_each_stage_command_is_one_that_the_command_line_has(tasks: dict[str, Any]) -> None:
    from typer.testing import CliRunner

    from recsys_core.cli import app

    for name, task in tasks.items():
        words = rendered(task) if runs_a_command(task) else [""]
        if words[0] == "recsys":
            shown = CliRunner().invoke(app, [words[1], "--help"])
            assert shown.exit_code == 0, name
            options = {word for word in words if word.startswith("--")}
            assert options <= set(shown.output.split()), f"{name}: {options}"


def test_each_submitted_job_exists(tasks: dict[str, Any]) -> None:
    jobs = Path(__file__).parents[2] / "spark_jobs" / "jobs"
    submitted = {Path(task.application).name for task in tasks.values() if hasattr(task, "application")}
    assert submitted == {"ingest.py", "features.py", "score.py"}
    assert all((jobs / name).is_file() for name in submitted)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, []),
        ({"--data": "shop"}, ["--data", "shop"]),
        ({"--data": "", "--cutoff": "2020-09-18"}, ["--cutoff", "2020-09-18"]),
        ({"--data": "None"}, []),
        ({"--data": " a folder "}, ["--data", "a folder"]),
        ({"--set": "a=1\nb=2\n"}, ["--set", "a=1", "--set", "b=2"]),
    ],
)
def test_an_option_without_a_value_is_left_out(options: dict[str, str], expected: list[str]) -> None:
    from recsys_airflow.operators import arguments

    assert arguments(options) == expected


def test_every_stage_takes_what_its_task_gives_also_with_a_configuration_by_name(
    tasks: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_CONFIG", "/etc/recsys.toml")
    stages: Any = typer.main.get_command(cli.app)
    commands = [rendered(task) for task in tasks.values() if task.task_type == "RecsysStageOperator"]
    assert len(commands) > 20
    for _, stage, *options in commands:
        assert ("--config", "/etc/recsys.toml") in pairwise(options)
        stages.commands[stage].make_context(stage, options)
