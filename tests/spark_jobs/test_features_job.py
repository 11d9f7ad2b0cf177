"""The features job: which snapshots it builds, which it keeps, and what a failure leaves behind."""

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recsys_core.config import Config
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.plan import BuildPlan, current_tables
from recsys_core.store.artifacts import ArtifactSpec, ArtifactStore, DamagedArtifactError, Draft, file_digests
from recsys_core.testing.damage import flip_byte
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
from recsys_core.workspace import Workspace
from spark_jobs.jobs import features as job
from spark_jobs.jobs.features import features
from spark_jobs.jobs.ingest import ingest
from spark_jobs.schemas import kaggle_sources
from spark_jobs.snapshot import assemble, write
from tests.spark_jobs.conftest import TRANSACTIONS, make_shop
from tests.support.copied_workspace import copied_workspace

pytestmark = [pytest.mark.spark, pytest.mark.usefixtures("spark")]

LATER = """t_dat,customer_id,article_id,price,sales_channel_id
2020-09-03,anna,0000000002,0.9,1
2020-09-03,newcomer,0000000003,0.9,1
2020-09-05,bert,0000000001,0.9,2
"""


def content(workspace: Workspace, cutoff: dt.date) -> str:
    plan = BuildPlan.of_current_tables(workspace, Config(), cutoff)
    return plan.store.require(snapshot_spec(plan)).content_sha256


def digests(workspace: Workspace) -> dict[str, str]:
    """SHA-256 of every file of every snapshot."""
    return file_digests(workspace.root / "features")


@pytest.fixture(scope="module")
def complete(ingested: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A shop with the snapshots of two cut-offs, built in one pass: only carl is unknown as of the earlier."""
    workspace = copied_workspace(ingested, tmp_path_factory.mktemp("complete"))
    features(workspace, Config(), None, only=False)
    return workspace


def test_purchases_from_the_cut_off_on_change_no_byte(ingested: Workspace, complete: Workspace, tmp_path: Path) -> None:
    cutoff = dt.date(2020, 9, 3)
    workspace = make_shop(tmp_path, ingested, transactions_later=LATER)
    tables = ingest(workspace, Config(), kaggle_sources())
    features(workspace, Config(), cutoff, only=True)

    assert tables.content_sha256 != current_tables(complete).content_sha256
    assert content(workspace, cutoff) == content(complete, cutoff)


@pytest.mark.full
def test_purchases_before_the_cut_off_do_change_the_snapshot(
    ingested: Workspace, complete: Workspace, tmp_path: Path
) -> None:
    cutoff = dt.date(2020, 9, 3)
    workspace = make_shop(tmp_path, ingested, transactions_train=TRANSACTIONS + "2020-09-02,anna,0000000001,0.5,2\n")
    ingest(workspace, Config(), kaggle_sources())
    features(workspace, Config(), cutoff, only=True)

    assert content(workspace, cutoff) != content(complete, cutoff)


def test_the_job_builds_training_cut_offs_too_and_then_needs_no_spark(
    complete: Workspace, no_spark: Callable[[], None]
) -> None:
    assert sorted(path.name for path in (complete.root / "features").iterdir()) == [
        "cutoff=2020-09-02",
        "cutoff=2020-09-03",
    ]
    no_spark()
    features(complete, Config(), None, only=False)


def test_a_cut_off_before_all_purchases_is_refused(ingested_shop: Workspace) -> None:
    with pytest.raises(ValueError, match="no purchase before 2020-09-01"):
        features(ingested_shop, Config(), dt.date(2020, 9, 1), only=True)


def with_tables_of(other: Workspace, root: Path) -> Workspace:
    """A workspace with the same tables and no snapshot."""
    shutil.copytree(other.root / "tables", root / "tables", symlinks=True)
    return Workspace(root)


def test_cut_offs_counted_together_have_the_bytes_of_each_alone(
    complete: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "MAX_ROWS_TOGETHER", 1)
    assert write._counted_together({dt.date(2020, 9, 3): 3, dt.date(2020, 9, 2): 2}) == [
        [dt.date(2020, 9, 3)],
        [dt.date(2020, 9, 2)],
    ]
    alone = with_tables_of(complete, tmp_path)
    features(alone, Config(), None, only=False)
    assert digests(alone) == digests(complete)
    tables, arrays = 2, 55
    assert len(digests(alone)) == 2 * (tables + arrays)


def test_the_latest_snapshot_is_kept_when_an_earlier_one_breaks_off(
    complete: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = with_tables_of(complete, tmp_path)
    monkeypatch.setattr(write, "MAX_ROWS_TOGETHER", 1)
    count = write.PartTask

    def break_off_after_the_first(*args: Any) -> Any:
        if args[2] != [write.day_number(dt.date(2020, 9, 3))]:
            raise OSError("no space left")
        return count(*args)

    with monkeypatch.context() as patched:
        patched.setattr(write, "PartTask", break_off_after_the_first)
        with pytest.raises(OSError, match="no space left"):
            features(workspace, Config(), None, only=False)
    (kept,) = workspace.root.glob("features/*/*/artifact.json")
    assert kept.parents[1].name == "cutoff=2020-09-03"
    features(workspace, Config(), None, only=False)
    assert digests(workspace) == digests(complete)


@pytest.mark.full
def test_a_pass_that_breaks_off_leaves_no_snapshot_and_is_made_again(
    complete: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = with_tables_of(complete, tmp_path)

    def break_off(*_: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(assemble, "_write_articles", break_off)
        with pytest.raises(OSError, match="no space left"):
            features(workspace, Config(), None, only=False)
    assert not list(workspace.root.glob("features/*/*/artifact.json"))
    assert list(workspace.root.glob("features/*/.draft-*/customers/part-*.parquet"))
    features(workspace, Config(), None, only=False)
    assert digests(workspace) == digests(complete)


@pytest.mark.full
def test_of_a_run_that_ends_between_two_snapshots_the_first_is_kept(
    complete: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = with_tables_of(complete, tmp_path)
    recorded: list[str] = []
    record = ArtifactStore._record

    def record_one(spec: ArtifactSpec, draft: Draft, seconds: float) -> dict[str, Any]:
        recorded.append(spec.kind)
        if len(recorded) == 2:
            raise KeyboardInterrupt
        return record(spec, draft, seconds)

    with monkeypatch.context() as patched:
        patched.setattr(ArtifactStore, "_record", staticmethod(record_one))
        with pytest.raises(KeyboardInterrupt):
            features(workspace, Config(), None, only=False)
    (kept,) = workspace.root.glob("features/*/*/artifact.json")
    made = kept.stat().st_mtime_ns
    features(workspace, Config(), None, only=False)
    assert kept.stat().st_mtime_ns == made
    assert digests(workspace) == digests(complete)


def test_before_the_first_release_a_small_shop_gets_all_snapshots_a_large_one_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = FixtureShop([Purchase("anna", "a", day) for day in range(1, 31)]).plan(tmp_path)
    rows = sum(each.purchases for each in (plan, *plan.past_plans))
    monkeypatch.setattr(job, "SHORT_JOB_ROWS", rows)
    assert [past.cutoff for past in job.beside_first(plan)] == [train.cutoff for train in plan.train_cutoffs]

    monkeypatch.setattr(job, "SHORT_JOB_ROWS", rows - 1)
    assert job.beside_first(plan) == []


def test_a_shop_of_one_day_has_nothing_to_learn_from_yet(ingested: Workspace, tmp_path: Path) -> None:
    workspace = make_shop(tmp_path, ingested, transactions_train="\n".join(TRANSACTIONS.splitlines()[:2]) + "\n")
    ingest(workspace, Config(), kaggle_sources())
    plan = BuildPlan.of_current_tables(workspace, Config())
    assert (job.past_plans(plan), job.beside_first(plan)) == ([], [])


def test_damaged_tables_are_not_taken_for_too_few_days(tmp_path: Path) -> None:
    plan = FixtureShop([Purchase("anna", "a", day) for day in range(1, 31)]).plan(tmp_path / "whole")
    shutil.copytree(tmp_path / "whole", tmp_path / "damaged", symlinks=True)  # a file is checked once a process
    damaged = Workspace(tmp_path / "damaged")
    flip_byte(next(damaged.tables.resolve().rglob("*.parquet")))
    with pytest.raises(DamagedArtifactError, match="damaged"):
        job.beside_first(BuildPlan.of_current_tables(damaged, plan.config))
