import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core.pipeline.catalogue import catalogue_spec
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.filter import lists_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.publish import models_of, publish
from recsys_core.pipeline.train_ranker import ranker_spec
from recsys_core.pipeline.train_retrievers import retriever_spec
from recsys_core.release.pointer import list_releases
from recsys_core.release.publish import make_release
from recsys_core.release.submission import write_submission
from recsys_core.release.verify import ReleaseDefectError, verify_release
from recsys_core.store.artifacts import digest_of, file_digests, write_json
from recsys_core.workspace import Workspace
from tests.support.release_fixture import build_release, release_parts, write_inputs

KILLED = """
import json, os, signal, sys
from importlib import import_module
from pathlib import Path
from tests.support import release_fixture

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

ended = {}
for place in sys.argv[2:]:
    module, function = place.split(":")
    child = os.fork()
    if not child:
        setattr(import_module(module), function, die)
        release_fixture.build_release(Path(sys.argv[1]) / place, articles=60, customers=20)
        os._exit(0)
    ended[place] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(json.dumps(ended))
"""
"""Makes a release for each place, in a process that is killed there: a fork, so that nothing is loaded again."""
PLACES = (
    "recsys_core.pipeline.catalogue:related_articles_of",
    "recsys_core.pipeline.catalogue:fit_search",
    "recsys_core.release.assemble:choose_demo_customers",
    "recsys_core.release.assemble:sync_tree",
    "recsys_core.release.publish:verify_release",
    "recsys_core.release.publish:_is_whole",
    "recsys_core.release.publish:_move_in",
    "recsys_core.release.publish:sync",
    "recsys_core.release.pointer:flip_link",
)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    built = build_release(tmp_path_factory.mktemp("undisturbed"), articles=60, customers=20)
    return {"id": built.release.id, **built.release.manifest["content"]}


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace for each place, left by a process that was killed there."""
    root = tmp_path_factory.mktemp("killed")
    done = subprocess.run([sys.executable, "-c", KILLED, str(root), *PLACES], check=True, stdout=subprocess.PIPE)
    assert json.loads(done.stdout) == dict.fromkeys(PLACES, -signal.SIGKILL)
    return root


@pytest.mark.parametrize("place", PLACES)
def test_killed_anywhere_and_started_again_gives_the_same_release(
    killed: Path, undisturbed: dict[str, str], place: str
) -> None:
    root = killed / place
    assert not (root / "releases" / "live").exists()

    again = build_release(root, articles=60, customers=20).release

    assert {"id": again.id, **again.manifest["content"]} == undisturbed
    assert again.live
    names = {path.name for path in (root / "releases").iterdir()}
    assert names == {again.id, "live", "history.jsonl", ".lock", ".draft.lock"}


def test_a_new_image_after_the_catalogue_of_a_run_does_not_stop_its_release(ready: BuildPlan) -> None:
    made = ready.store.require(catalogue_spec(ready))
    image = ready.workspace.images / "099" / "0999999001.jpg"
    image.parent.mkdir(parents=True)
    image.write_bytes(b"a new image")

    with pytest.raises(FileNotFoundError, match="is missing: run `recsys catalogue` first"):
        publish(replace(ready))  # another process, which is not told
    assert publish(replace(ready, catalogue=made.name)).manifest["artifacts"]["catalogue"] == made.key


def test_the_manifest_tells_what_the_release_is_made_of(plan: BuildPlan) -> None:
    manifest = make_release(plan.workspace, release_parts(plan)).manifest
    assert manifest["cutoff"] == "2020-09-20"
    assert manifest["id"] == f"2020-09-20-{manifest['content_sha256'][:8]}"
    assert manifest["rows"]["articles"] == 60
    assert manifest["rows"]["customers"] == 20
    assert manifest["list_length"] == 36
    assert manifest["second_ranker"] == "dnn"
    assert manifest["data"]["content_sha256"] == plan.tables.content_sha256
    assert manifest["data"]["tables_made_at"] == plan.tables.record["created_at"]
    assert manifest["models"]["two_tower"] == {"version": retriever_spec(plan, "two_tower").key, "mlflow_run_id": None}
    assert str(plan.workspace.root) not in json.dumps(manifest)


def test_both_rankers_of_a_blend_are_models_of_the_release(plan: BuildPlan) -> None:
    """MLflow has a model of each, none of the blend: both become champions."""
    names = {"ranker_dnn": "dnn", "ranker_lightgbm": "lightgbm", "ranker": "blend"}
    for name in names.values():
        with plan.store.build(ranker_spec(plan, name)) as draft:
            draft.summary["mlflow_run_id"] = f"run of {name}"

    models = models_of(plan)

    assert plan.config.ranker == "blend"
    assert {name: models[name].summary["mlflow_run_id"] for name in names} == {
        n: f"run of {r}" for n, r in names.items()
    }


def test_an_equal_release_is_kept_and_a_damaged_one_is_made_again(plan: BuildPlan) -> None:
    release = make_release(plan.workspace, release_parts(plan))
    before = (release.path / "manifest.json").stat().st_ino
    assert make_release(plan.workspace, release_parts(plan)).id == release.id
    assert (release.path / "manifest.json").stat().st_ino == before
    (release.path / "fallbacks.json").unlink()
    make_release(plan.workspace, release_parts(plan))
    verify_release(release.path)


def damage_file(release: Path) -> None:
    (release / "demo_customers.json").write_text("[]")


def remove_list(release: Path) -> None:
    for name in ("customer_ids", "article_idx", "reasons"):
        array = np.load(release / "lists" / f"{name}.npy")
        np.save(release / "lists" / f"{name}.npy", array[:-1])


def repeat_article(release: Path) -> None:
    lists = np.load(release / "lists" / "article_idx.npy")
    lists[3, 5] = lists[3, 4]
    np.save(release / "lists" / "article_idx.npy", lists)


def repeat_article_for_the_experiment(release: Path) -> None:
    repeat_article(release / "second")


def leave_catalogue(release: Path) -> None:
    lists = np.load(release / "lists" / "article_idx.npy")
    lists[3, 5] = 60
    np.save(release / "lists" / "article_idx.npy", lists)


def swap_customers(release: Path) -> None:
    ids = np.load(release / "lists" / "customer_ids.npy")
    np.save(release / "lists" / "customer_ids.npy", ids[::-1])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (remove_list, "19 customers with a list, expected 20"),
        (repeat_article, "stands twice on the list of customer 0+4"),
        (repeat_article_for_the_experiment, "stands twice on the list of customer 0+4"),
        (leave_catalogue, "outside the catalogue"),
        (swap_customers, "out of order"),
    ],
)
def test_a_defect_is_named_even_if_the_digests_agree(
    plan: BuildPlan, damage: Callable[[Path], None], message: str
) -> None:
    release = make_release(plan.workspace, release_parts(plan))
    damage(release.path)
    content = {name: sha for name, sha in file_digests(release.path).items() if name != "manifest.json"}
    digest = digest_of(content)
    changed = {"content": content, "content_sha256": digest, "id": f"2020-09-20-{digest[:8]}"}
    write_json(release.path / "manifest.json", {**release.manifest, **changed})
    with pytest.raises(ReleaseDefectError, match=message):
        verify_release(release.path, plan.tables.path)


def test_a_changed_file_is_named(plan: BuildPlan) -> None:
    release = make_release(plan.workspace, release_parts(plan))
    damage_file(release.path)
    with pytest.raises(ReleaseDefectError, match=r"demo_customers\.json"):
        verify_release(release.path)


@pytest.mark.parametrize(
    ("kept", "missing"), [([*range(19)], 20), ([*range(1, 20)], 1), ([0, 1, *range(3, 20)], 3), ([0], 2)]
)
def test_a_customer_without_a_list_stops_publishing(plan: BuildPlan, kept: list[int], missing: int) -> None:
    parts = release_parts(plan)
    table = pa.concat_tables(map(pq.read_table, sorted(parts.lists.path.glob("part-*.parquet"))))
    for part in parts.lists.path.glob("part-*.parquet"):
        part.unlink()
    pq.write_table(table.take(pa.array(kept)), parts.lists.path / "part-00000.parquet")
    with pytest.raises(ReleaseDefectError, match=f"customer {missing:064x} has no list"):
        make_release(plan.workspace, parts)
    assert list_releases(plan.workspace) == []


def test_a_list_for_a_stranger_stops_publishing(plan: BuildPlan) -> None:
    parts = release_parts(plan)
    last = parts.lists.path / "part-00001.parquet"
    table = pq.read_table(last)
    stranger = table.slice(0, 1).set_column(0, "customer_id", pa.array(["z" * 64]))
    pq.write_table(pa.concat_tables([table, stranger]), last)
    with pytest.raises(ReleaseDefectError, match="lists for 21 customers, 20 are known"):
        make_release(plan.workspace, parts)


def test_a_changed_artifact_is_not_published(plan: BuildPlan) -> None:
    parts = release_parts(plan)
    (parts.catalogue.path / "search" / "settings.json").write_text("{}")
    with pytest.raises(ValueError, match=r"search/settings\.json changed since it was made"):
        make_release(plan.workspace, parts)


def test_demo_customers_show_different_kinds(workspace: Workspace) -> None:
    built = build_release(workspace.root)
    demo_customers = json.loads((built.release.path / "demo_customers.json").read_text())
    assert {"frequent", "family", "regular", "new"} <= {customer["kind"] for customer in demo_customers}
    assert len({customer["customer_id"] for customer in demo_customers}) == len(demo_customers) >= 10
    assert all((customer["kind"] == "new") == (customer["purchases"] == 0) for customer in demo_customers)


def test_submission_has_twelve_articles_for_each_customer(workspace: Workspace, tmp_path: Path) -> None:
    built = build_release(workspace.root, articles=60, customers=20)
    out = tmp_path / "out" / "submission.csv"
    assert write_submission(built.workspace, out) == 20
    header, *lines = out.read_text().splitlines()
    assert header == "customer_id,prediction"
    assert [line.split(",")[0] for line in lines] == list(built.customer_ids)
    first = pq.read_table(built.release.path / "recommendations.parquet").to_pylist()[0]
    assert lines[0].split(",")[1].split(" ") == first["article_ids"][:12]


def test_inputs_are_the_same_each_time(tmp_path: Path) -> None:
    one, other = (write_inputs(Workspace(tmp_path / name), 30, 12) for name in ("one", "other"))
    for spec in (snapshot_spec(one), retriever_spec(one, "two_tower"), lists_spec(one)):
        contents = {l.store.require(spec).content_sha256 for l in (one, other)}
        assert len(contents) == 1
