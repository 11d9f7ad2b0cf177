from itertools import pairwise
from pathlib import Path

import pytest

from recsys_core.config import Config
from recsys_core.errors import JobError
from recsys_core.pipeline import spark_job
from recsys_core.pipeline.score import score
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
from recsys_core.workspace import Workspace


def test_an_option_has_its_value_a_flag_stands_alone_and_none_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(spark_job, "_stream", lambda command: (commands.append(command) or 0, ""))

    options = {"--cutoff": "2020-09-20", "--only": True, "--length": None}
    spark_job.run_spark_job("features", Workspace(tmp_path), Config(), options)

    assert commands[0][1:5] == ["-m", "spark_jobs.jobs.features", "--workspace", str(tmp_path)]
    assert commands[0][7:] == ["--cutoff", "2020-09-20", "--only"]


def test_scoring_holds_on_to_the_image_embeddings_of_the_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(spark_job, "_stream", lambda command: (commands.append(command) or 3, ""))
    plan = FixtureShop([Purchase(f"c{day}", "a", day) for day in range(1, 20)]).plan(tmp_path)

    with pytest.raises(JobError):
        score(plan)

    assert ("--image-embeddings", "none") in pairwise(commands[0])


def test_a_failed_job_says_its_last_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark_job, "_stream", lambda _: (3, "no tables"))
    with pytest.raises(JobError, match=r"features failed \(exit status 3\): no tables"):
        spark_job.run_spark_job("features", Workspace(tmp_path), Config(), {})
