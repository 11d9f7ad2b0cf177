"""The registry of stages: what the command line, the DAGs and the keys of artifacts agree on."""

from pathlib import Path

import pytest
import typer

from recsys_core import cli, pipeline
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.stage import Stage
from recsys_core.pipeline.stages import AFTER_INGEST, INGEST, PATH, stage_called
from recsys_core.store.artifacts import ArtifactSpec
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

FOLDER = Path(str(pipeline.__file__)).parent


def test_every_command_of_the_path_has_the_file_of_its_name() -> None:
    assert all((FOLDER / f"{name.replace('-', '_')}.py").exists() for name in PATH)
    assert next(iter(PATH)) == INGEST


@pytest.mark.parametrize("name", AFTER_INGEST)
def test_a_stage_has_the_name_of_its_command(name: str) -> None:
    assert stage_called(name).name == name


def test_every_stage_is_a_command_with_its_help() -> None:
    commands = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
    for name, text in PATH.items():
        assert str(commands[name].help).split(". ")[0].rstrip(".").startswith(text.split(". ")[0].rstrip(".")[:20])


@pytest.mark.parametrize("name", AFTER_INGEST)
def test_the_version_of_a_stage_is_in_the_key_of_what_it_makes(name: str, tmp_path: Path) -> None:
    stage = stage_called(name)
    if isinstance(stage, Stage):
        plan = FixtureShop([Purchase("c", "a", day) for day in range(1, 20)]).plan(tmp_path)
        assert stage.output(plan).version == stage.version
        assert stage.output(plan).made_by == f"recsys {name}"


def test_a_missing_input_names_the_command_that_makes_it(tmp_path: Path) -> None:
    plan = FixtureShop([Purchase("c", "a", day) for day in range(1, 20)]).plan(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"retrievers/two_tower/\w+ is missing: run `recsys train-retrievers`"):
        stage_called("catalogue")(plan)
    with pytest.raises(FileNotFoundError, match="run `recsys score` first"):
        stage_called("filter")(plan)


def test_what_another_process_made_while_this_one_waited_is_not_made_again(tmp_path: Path) -> None:
    plan = FixtureShop([Purchase("c", "a", day) for day in range(1, 20)]).plan(tmp_path)
    spec = ArtifactSpec("lists", 1)

    def made_meanwhile(plan: BuildPlan) -> dict[str, ArtifactSpec]:
        with plan.store.build(spec) as draft:
            (draft.path / "lists.txt").write_text("theirs")
        return {}

    stage = Stage("filter", 1, made_meanwhile, lambda _: spec, lambda work: pytest.fail("it is there already"))

    assert (stage.make(plan).path / "lists.txt").read_text() == "theirs"
    assert not list((plan.workspace.root / "lists").glob(".draft-*"))
