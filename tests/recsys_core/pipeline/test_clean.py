import datetime as dt
import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recsys_core.pipeline.clean import DROPPED, clean
from recsys_core.promotion.approvals import APPROVED, ASKED, REJECTED, note_approval
from recsys_core.promotion.evaluation_records import note_decision
from recsys_core.release.pointer import list_releases
from recsys_core.release.publish import too_old
from recsys_core.serving import open_live
from recsys_core.store.artifacts import RECORD, Artifact, ArtifactSpec, write_json
from recsys_core.workspace import flip_link
from tests.support.copied_workspace import copied
from tests.support.release_fixture import FixtureRelease, build_release

LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> FixtureRelease:
    return build_release(tmp_path_factory.mktemp("built"), articles=60, customers=20)


@pytest.fixture
def published(built: FixtureRelease, tmp_path: Path) -> FixtureRelease:
    """A published release in a workspace that a test may clean."""
    plan = copied(built.plan, tmp_path)
    (release,) = list_releases(plan.workspace)
    return replace(built, workspace=plan.workspace, plan=plan, release=release)


def make(
    published: FixtureRelease,
    kind: str,
    inputs: dict[str, str] | None = None,
    at: str = LONG_AGO,
    params: dict[str, str] | None = None,
) -> Artifact:
    """An artifact of another chain than the release's."""
    store = published.plan.store
    spec = ArtifactSpec(kind, 99, inputs or {}, params or {})
    with store.build(spec) as draft:
        (draft.path / "data").write_text(kind)
    made = store.require(spec)
    write_json(made.path / RECORD, made.record | ({"created_at": at} if at else {}))
    return store.require(spec)


def dropped(published: FixtureRelease, days: int = 14) -> set[str]:
    return set(clean(published.plan, days).dropped)


def test_what_the_release_and_the_next_run_are_made_of_stays(published: FixtureRelease) -> None:
    assert dropped(published, days=0) == set()
    assert open_live(published.workspace).catalogue.size == 60


@pytest.mark.parametrize("kind", ["tables", "features/cutoff=2020-01-01", "rankers/dnn", "scored"])
def test_what_nothing_needs_goes_once_it_is_old(published: FixtureRelease, kind: str) -> None:
    old, fresh = make(published, kind), make(published, kind, {"other": "x"}, at="")
    assert dropped(published) == {f"{kind}/{old.key}"}
    assert (old.path.exists(), fresh.path.exists()) == (False, True)


def test_what_a_fresh_artifact_was_made_from_stays_with_it(published: FixtureRelease) -> None:
    tables = make(published, "tables")
    features = make(published, "features/cutoff=2020-01-01", {"tables": tables.content_sha256})
    make(published, "scored", {"snapshot": features.key}, at="")
    assert dropped(published) == set()


def test_an_old_index_goes_and_one_of_a_run_under_way_stays(published: FixtureRelease) -> None:
    make(published, "index", {"catalogue": "x"}, at="")
    assert dropped(published, days=0) == set()
    old = make(published, "index")
    assert clean(published.plan, dry_run=True).dropped == [f"index/{old.key}"]


def test_batches_and_reports_are_not_touched(published: FixtureRelease) -> None:
    kept = [make(published, kind) for kind in ("batches", "evaluations", "comparisons")]
    assert dropped(published, days=0) == set()
    assert all(artifact.path.exists() for artifact in kept)


def test_bytes_that_another_folder_holds_too_are_not_freed(published: FixtureRelease, tmp_path: Path) -> None:
    old = make(published, "lists")
    alone = clean(published.plan, dry_run=True).bytes
    file = next(each for each in old.path.iterdir() if each.name != "artifact.json")
    (tmp_path / "linked").hardlink_to(file)

    assert clean(published.plan, dry_run=True).bytes == alone - file.stat().st_size


def test_a_dry_run_only_says(published: FixtureRelease) -> None:
    old = make(published, "lists")
    left_over = published.workspace.root / "scored" / f"{DROPPED}abc"
    left_over.mkdir(parents=True)
    found = clean(published.plan, dry_run=True)
    assert found.dropped == [f"lists/{old.key}"]
    assert found.bytes >= len("lists")
    assert left_over.exists()
    assert old.path.exists()


def hours_ago(hours: float) -> str:
    return (dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_after_an_erasure_what_still_holds_the_customer_waits_a_day_only(published: FixtureRelease) -> None:
    tables = make(published, "tables", at=hours_ago(60))
    old = make(published, "scored", {"tables": tables.content_sha256}, at=hours_ago(50))
    assert dropped(published) == set()

    published.workspace.erase(published.customer_ids[0])
    under_way = make(published, "lists", {"tables": tables.content_sha256, "x": "y"}, at=hours_ago(1))

    assert dropped(published) == {f"scored/{old.key}"}
    assert (tables.path.exists(), under_way.path.exists()) == (True, True)


def test_without_a_run_under_way_what_holds_the_customer_goes_at_once(published: FixtureRelease) -> None:
    batches = make(published, "batches", at=hours_ago(1))
    draft = published.workspace.root / "batches" / ".draft-killed"
    draft.mkdir()
    assert clean(published.plan, idle=True).dropped == []
    published.workspace.erase(published.customer_ids[0])
    made = make(published, "scored", {"tables": make(published, "tables", at=hours_ago(1)).key}, at="")

    assert dropped(published) == set()
    assert f"scored/{made.key}" in clean(published.plan, idle=True).dropped
    assert (batches.path.exists(), draft.exists()) == (False, False)


def test_the_batch_of_an_order_file_stays_with_tables_without_the_customer_alone(published: FixtureRelease) -> None:
    kept, rewritten = (make(published, "batches", {"file": file}) for file in ("kept", "rewritten"))
    make(published, "tables", {"transactions-00000": kept.key, "transactions-00001": rewritten.key})
    published.workspace.erase(published.customer_ids[0])
    erased = {"erased": published.workspace.erasures().signature}
    make(published, "tables", {"transactions-00000": kept.key}, at=hours_ago(30), params=erased)

    assert f"batches/{rewritten.key}" in dropped(published)
    assert (kept.path.exists(), rewritten.path.exists()) == (True, False)


def test_what_was_made_after_an_erasure_from_tables_of_before_does_not_stay_either(published: FixtureRelease) -> None:
    tables = make(published, "tables", at=hours_ago(60))
    published.workspace.erase(published.customer_ids[0])
    for record in published.workspace.erased.iterdir():
        os.utime(record, (time.time() - 55 * 3600,) * 2)
    after = make(published, "scored", {"tables": tables.content_sha256}, at=hours_ago(50))
    assert dropped(published) == {f"scored/{after.key}", f"tables/{tables.key}"}


def content_of(models: dict[str, Artifact]) -> dict[str, Any]:
    """The notes of a training long ago; the version of its models is none of this code's."""
    artifacts = {name: {"kind": made.kind, "key": made.key} for name, made in models.items()}
    return {"cutoff": "2020-01-01", "tables_made_at": LONG_AGO, "artifacts": artifacts, "settings": {}}


def trained(published: FixtureRelease) -> tuple[Artifact, ...]:
    """Models of a training long ago, the first one their notes, with what they were trained on."""
    tables = make(published, "tables")
    snapshot = make(published, "features/cutoff=2020-01-01", {"tables": tables.content_sha256})
    ranker = make(published, "rankers/dnn", {"examples": make(published, "examples", {"of": snapshot.key}).key})
    towers = make(published, "retrievers/two_tower", {"snapshot": snapshot.key})
    made_of = {"ranker": ranker.key, "two_tower": towers.key, "validation": "v"}
    models = make(published, "models", made_of)
    write_json(models.path / "models.json", content_of({"ranker": ranker, "two_tower": towers}))
    return models, ranker, towers


def test_models_stay_without_the_customers_data_that_they_were_trained_on(published: FixtureRelease) -> None:
    models = trained(published)
    flip_link(published.workspace.root / "models" / "challenger", models[0].key)
    assert dropped(published) == set()

    published.workspace.erase(published.customer_ids[0])

    assert {name.partition("/")[0] for name in dropped(published)} == {"tables", "features", "examples"}
    assert all(artifact.path.exists() for artifact in models)


@pytest.mark.parametrize("state", [ASKED, APPROVED])
def test_models_that_wait_for_a_person_or_were_approved_stay(published: FixtureRelease, state: str) -> None:
    models = trained(published)
    note_approval(published.workspace, models[0].key, state)
    published.workspace.erase(published.customer_ids[0])
    assert {name.partition("/")[0] for name in dropped(published)} == {"tables", "features", "examples"}
    assert all(artifact.path.exists() for artifact in models)


def test_models_that_were_rejected_go(published: FixtureRelease) -> None:
    models = trained(published)
    note_approval(published.workspace, models[0].key, ASKED)
    note_approval(published.workspace, models[0].key, REJECTED)
    assert {"models", "rankers", "retrievers"} <= {name.partition("/")[0] for name in dropped(published)}


def test_approved_models_go_once_the_gate_has_decided(published: FixtureRelease) -> None:
    key = trained(published)[0].key
    note_approval(published.workspace, key, APPROVED)
    note_decision(published.workspace, {"models": key, "verdict": "held", "release": "r"})
    assert dropped(published) == set()
    note_decision(published.workspace, {"models": key, "verdict": "refuse", "release": "r"})
    assert f"models/{key}" in dropped(published)


def test_models_that_wait_go_once_newer_ones_serve(published: FixtureRelease) -> None:
    key = trained(published)[0].key
    note_approval(published.workspace, key, ASKED)
    manifest = published.release.path / "manifest.json"
    said = json.loads(manifest.read_text())
    write_json(manifest, said | {"models_as_of": "2020-01-01"})
    assert dropped(published) == set()
    write_json(manifest, said | {"models_as_of": "2020-01-02"})
    assert f"models/{key}" in dropped(published)


def test_drafts_of_killed_runs_go_those_under_way_stay(published: FixtureRelease) -> None:
    drafts = [published.workspace.root / "scored" / f".draft-{name}" for name in ("killed", "running")]
    for draft in drafts:
        draft.mkdir(parents=True)
    os.utime(drafts[0], (time.time() - 2 * 86_400,) * 2)
    clean(published.plan)
    assert [draft.exists() for draft in drafts] == [False, True]


def test_what_an_earlier_version_made_goes_unless_a_pointer_names_it(published: FixtureRelease) -> None:
    kind = published.workspace.root / "image_embeddings"
    old, current, fresh = (kind / (letter * 16) for letter in "abc")
    for folder in (old, current, fresh):
        folder.mkdir(parents=True)
    flip_link(kind / "current", current.name)
    for folder in (old, current):
        os.utime(folder, (time.time() - 2 * 86_400,) * 2)
    clean(published.plan)
    assert [folder.exists() for folder in (old, current, fresh)] == [False, True, True]


def test_what_a_killed_clean_left_behind_goes(published: FixtureRelease) -> None:
    left = published.workspace.root / "scored" / f"{DROPPED}abc"
    left.mkdir(parents=True)
    (left / "part").write_text("x")
    clean(published.plan)
    assert not left.exists()


def test_of_releases_none_keeps_an_erased_customers_list_but_the_live_one(
    published: FixtureRelease, tmp_path: Path
) -> None:
    before = published.release.path
    after = before.with_name("2020-09-21-ffffffff")
    after.mkdir()
    for file in before.rglob("*"):
        if file.is_file() and "lists" not in file.parts:
            target = after / file.relative_to(before)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    manifest = json.loads((after / "manifest.json").read_text())
    write_json(after / "manifest.json", manifest | {"id": after.name, "created_at": "2030-01-01T00:00:00Z"})
    assert too_old(published.workspace) == []

    published.workspace.erase(published.customer_ids[3])

    assert too_old(published.workspace) == []  # the only one with the list is the live one
    published.workspace.live.unlink()
    published.workspace.live.symlink_to(after.name)
    assert [release.id for release in too_old(published.workspace)] == [published.release.id]
    assert [release.id for release in list_releases(published.workspace)] == [after.name, published.release.id]
