import json
from pathlib import Path

import pytest

from recsys_core.artefacts import RECORD, Artefact, Recipe, write_json
from recsys_core.release.pointer import list_releases
from recsys_core.release.publish import too_old
from recsys_core.serving import open_live
from recsys_core.stages.cleaning import DROPPED, clean
from recsys_core.testing.release_fixture import FixtureRelease, build_release

LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture
def published(tmp_path: Path) -> FixtureRelease:
    return build_release(tmp_path, articles=60, customers=20)


def make(published: FixtureRelease, kind: str, inputs: dict[str, str] | None = None, at: str = LONG_AGO) -> Artefact:
    """An artefact of another chain than the release's."""
    store = published.lineage.store
    recipe = Recipe(kind, 99, inputs or {})
    with store.build(recipe) as draft:
        (draft.path / "data").write_text(kind)
    made = store.require(recipe, "make")
    write_json(made.path / RECORD, made.record | ({"created_at": at} if at else {}))
    return store.require(recipe, "make")


def dropped(published: FixtureRelease, days: int = 14) -> set[str]:
    return set(clean(published.lineage, days).dropped)


def test_what_the_release_and_the_next_run_are_made_of_stays(published: FixtureRelease) -> None:
    assert dropped(published, days=0) == set()
    assert open_live(published.home).catalogue.size == 60


@pytest.mark.parametrize("kind", ["tables", "features/cutoff=2020-01-01", "rankers/dnn", "scored"])
def test_what_nothing_needs_goes_once_it_is_old(published: FixtureRelease, kind: str) -> None:
    old, fresh = make(published, kind), make(published, kind, {"other": "x"}, at="")
    assert dropped(published) == {f"{kind}/{old.key}"}
    assert (old.path.exists(), fresh.path.exists()) == (False, True)


def test_what_a_fresh_artefact_was_made_from_stays_with_it(published: FixtureRelease) -> None:
    tables = make(published, "tables")
    features = make(published, "features/cutoff=2020-01-01", {"tables": tables.content_sha256})
    make(published, "scored", {"snapshot": features.key}, at="")
    assert dropped(published) == set()


def test_batches_and_reports_are_not_touched(published: FixtureRelease) -> None:
    kept = [make(published, kind) for kind in ("batches", "evaluations", "comparisons")]
    assert dropped(published, days=0) == set()
    assert all(artefact.path.exists() for artefact in kept)


def test_a_dry_run_only_says(published: FixtureRelease) -> None:
    old = make(published, "lists")
    found = clean(published.lineage, dry_run=True)
    assert found.dropped == [f"lists/{old.key}"]
    assert found.bytes >= len("lists")
    assert old.path.exists()


def test_after_an_erasure_what_is_not_needed_does_not_wait(published: FixtureRelease) -> None:
    fresh = make(published, "scored", at="")
    write_json(fresh.path / RECORD, fresh.record | {"created_at": "2020-09-20T00:00:00Z"})
    assert dropped(published, days=36_500) == set()
    published.home.erase(published.customer_ids[0])
    assert dropped(published, days=36_500) == {f"scored/{fresh.key}"}


def test_what_a_killed_clean_left_behind_goes(published: FixtureRelease) -> None:
    left = published.home.root / "scored" / f"{DROPPED}abc"
    left.mkdir(parents=True)
    (left / "part").write_text("x")
    clean(published.lineage)
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
    assert too_old(published.home) == []

    published.home.erase(published.customer_ids[3])

    assert too_old(published.home) == []  # the only one with the list is the live one
    published.home.live.unlink()
    published.home.live.symlink_to(after.name)
    assert [release.id for release in too_old(published.home)] == [published.release.id]
    assert [release.id for release in list_releases(published.home)] == [after.name, published.release.id]
