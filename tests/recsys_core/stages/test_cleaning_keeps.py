"""`recsys clean` keeps what only one of the two needs: a release of earlier settings, or the next run with others."""

import json

from recsys_core.lineage import Lineage
from recsys_core.stages.cleaning import clean
from recsys_core.store.artifacts import RECORD, Artefact, Recipe, write_json
from recsys_core.testing.release_fixture import FixtureRelease
from tests.recsys_core.stages.test_cleaning import LONG_AGO, dropped, make, published

__all__ = ["published"]  # the fixture


def aged(lineage: Lineage, recipe: Recipe) -> Artefact:
    """An artefact of this recipe that was made long ago."""
    with lineage.store.build(recipe) as draft:
        (draft.path / "data").write_text("x")
    made = lineage.store.require(recipe, "make")
    write_json(made.path / RECORD, {**made.record, "created_at": LONG_AGO})
    return made


def test_what_only_a_release_is_made_of_stays(published: FixtureRelease) -> None:
    features = make(published, "features/cutoff=2020-01-01")
    lists = make(published, "lists", {"scored": features.key})
    manifest = published.release.path / "manifest.json"
    said = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**said, "artefacts": {**said["artefacts"], "lists": lists.key}}))
    assert dropped(published, days=0) == set()

    manifest.write_text(json.dumps(said))
    assert dropped(published, days=0) == {f"lists/{lists.key}", f"features/cutoff=2020-01-01/{features.key}"}


def test_what_only_the_next_run_would_find_stays(published: FixtureRelease) -> None:
    config = published.lineage.config
    exclude = config.rules.model_copy(update={"purchased": "exclude"})
    next_run = Lineage(published.home, config.model_copy(update={"rules": exclude}), published.lineage.cutoff)
    lists = aged(next_run, next_run.lists)
    assert lists.key != published.lineage.lists.key

    assert clean(next_run, days=0).dropped == []
    assert dropped(published, days=0) == {f"lists/{lists.key}"}
