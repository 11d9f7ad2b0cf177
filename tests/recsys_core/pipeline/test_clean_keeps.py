"""`recsys clean` keeps what only one of the two needs: a release of earlier settings, or the next run with others."""

import json

from recsys_core.pipeline.clean import clean
from recsys_core.pipeline.filter import lists_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.store.artifacts import RECORD, Artifact, ArtifactSpec, write_json
from tests.recsys_core.pipeline.test_clean import LONG_AGO, built, dropped, make, published
from tests.support.release_fixture import FixtureRelease

__all__ = ["built", "published"]  # the fixtures


def aged(plan: BuildPlan, spec: ArtifactSpec) -> Artifact:
    """An artifact of this spec that was made long ago."""
    with plan.store.build(spec) as draft:
        (draft.path / "data").write_text("x")
    made = plan.store.require(spec)
    write_json(made.path / RECORD, {**made.record, "created_at": LONG_AGO})
    return made


def test_what_only_a_release_is_made_of_stays(published: FixtureRelease) -> None:
    features = make(published, "features/cutoff=2020-01-01")
    lists = make(published, "lists", {"scored": features.key})
    manifest = published.release.path / "manifest.json"
    said = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**said, "artifacts": {**said["artifacts"], "lists": lists.key}}))
    assert dropped(published, days=0) == set()

    manifest.write_text(json.dumps(said))
    assert dropped(published, days=0) == {f"lists/{lists.key}", f"features/cutoff=2020-01-01/{features.key}"}


def test_what_only_the_next_run_would_find_stays(published: FixtureRelease) -> None:
    config = published.plan.config
    exclude = config.rules.model_copy(update={"purchased": "exclude"})
    next_run = BuildPlan(published.workspace, config.model_copy(update={"rules": exclude}), published.plan.cutoff)
    lists = aged(next_run, lists_spec(next_run))
    assert lists.key != lists_spec(published.plan).key

    assert clean(next_run, days=0).dropped == []
    assert dropped(published, days=0) == {f"lists/{lists.key}"}
