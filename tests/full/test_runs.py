"""The killing itself fails where nothing was killed, or too late. It takes seconds, so `make test` runs it too."""

import sys
from pathlib import Path

import pytest

from tests.full.runs import kill_in

LOG = "print('12:00:00 INFO recsys_core.pipeline.stages: stage {}', flush=True)"
RUN = "import pathlib, sys, time; workspace = pathlib.Path(sys.argv[1]); draft = workspace / 'lists' / '.draft-1'; "
AT_WORK = "; ".join([LOG.format("filter"), "draft.mkdir(parents=True)", "time.sleep({})", "draft.rmdir()"])


def kill(workspace: Path, program: str, after_s: float = 0.0) -> None:
    kill_in(
        workspace, "filter", "lists/.draft-*", after_s, str(workspace), program=(sys.executable, "-c", RUN + program)
    )


def test_a_run_killed_in_the_middle_passes(tmp_path: Path) -> None:
    kill(tmp_path / "workspace", AT_WORK.format(60))
    assert (tmp_path / "workspace" / "lists" / ".draft-1").exists()


def test_a_run_that_ended_by_itself_was_not_killed(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="ended with status 0 before it was killed in filter"):
        kill(tmp_path / "workspace", LOG.format("filter"))


def test_a_stage_that_was_over_was_not_killed(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"had finished lists/\.draft"):
        kill(tmp_path / "workspace", AT_WORK.format(0.1) + "; time.sleep(60)", after_s=0.5)


def test_a_run_that_went_on_to_the_next_stage_was_not_killed_in_this_one(tmp_path: Path) -> None:
    went_on = "; ".join([AT_WORK.format(0.1), LOG.format("catalogue"), "draft.mkdir()", "time.sleep(60)"])
    with pytest.raises(AssertionError, match="filter was over before the run was killed, in catalogue"):
        kill(tmp_path / "workspace", went_on, after_s=0.5)
