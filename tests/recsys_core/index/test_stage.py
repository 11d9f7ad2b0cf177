import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core.config import Config
from recsys_core.features.images import EMBEDDING_LENGTH
from recsys_core.index.collection import ALIAS, ArticleCollection
from recsys_core.index.config import IndexConfig
from recsys_core.index.server import milvus_client, read_server, registered_path, stage_path
from recsys_core.pipeline.catalogue import STAGE as CATALOGUE
from recsys_core.pipeline.clean import clean
from recsys_core.pipeline.embed_images import embeddings_spec
from recsys_core.pipeline.index import build_index
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.publish import publish
from recsys_core.promotion.going_live import rollback
from recsys_core.release.pointer import list_releases
from recsys_core.release.publish import make_release
from recsys_core.store.artifacts import RECORD, Artifact, ArtifactStore, write_json
from recsys_core.workspace import Workspace, flip_link
from tests.support.release_fixture import article_rows, release_parts, write_inputs

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running Milvus Lite, as its file in a workspace names it: else every stage would start one of its own."""
    of_its_own = Workspace(tmp_path_factory.mktemp("server"))
    with milvus_client(of_its_own, IndexConfig()):
        yield stage_path(of_its_own)


@pytest.fixture
def workspace(tmp_path: Path, server: Path) -> Workspace:
    """Registers the server, which has no collection of the test before any more."""
    workspace, running = Workspace(tmp_path), read_server(server)
    assert running
    write_json(registered_path(workspace), {"pid": running.pid, "port": running.port})
    with milvus_client(workspace, IndexConfig()) as client:
        for name in client.list_collections():
            for alias in client.list_aliases(name)["aliases"]:
                client.drop_alias(alias)
            client.drop_collection(name)
    return workspace


def test_the_index_is_recorded_and_found_again(tmp_path: Path) -> None:
    """With servers that the stage starts and stops itself."""
    plan = write_inputs(Workspace(tmp_path), articles=60, customers=20)
    with pytest.raises(FileNotFoundError, match="recsys catalogue"):
        build_index(plan)
    CATALOGUE.make(plan)
    index = build_index(plan)
    checks = json.loads((index.path / "checks.json").read_text())
    assert (checks["articles"]["rows"], checks["articles"]["self_hits"]) == (60, 60)
    assert index.summary["collections"]["articles"] == f"articles_{index.key}"
    assert build_index(plan).record == index.record


def test_a_lost_collection_is_filled_again(workspace: Workspace) -> None:
    plan = write_inputs(workspace, articles=60, customers=20)
    CATALOGUE.make(plan)
    name = build_index(plan).summary["collections"]["articles"]
    with milvus_client(plan.workspace, IndexConfig()) as client:
        client.drop_collection(name)
    build_index(plan)
    with milvus_client(plan.workspace, IndexConfig()) as client:
        assert client.list_collections() == [name]


def embed_every_other_article(workspace: Workspace) -> None:
    """As `recsys embed-images` leaves it."""
    store, spec = ArtifactStore(workspace), embeddings_spec("encoder", "images")
    ids = [row["article_id"] for row in article_rows(60)][::2]
    vectors = np.random.default_rng(2).normal(size=(len(ids), EMBEDDING_LENGTH)).astype(np.float32)
    with store.build(spec) as draft:
        embedding = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), EMBEDDING_LENGTH)
        pq.write_table(pa.table({"article_id": ids, "embedding": embedding}), draft.path / "part-00000.parquet")
        draft.summary["model"] = "somebody"
    flip_link(workspace.image_embeddings, spec.key)


def test_images_have_a_collection_of_their_own_that_the_release_names(workspace: Workspace) -> None:
    embed_every_other_article(workspace)
    plan = write_inputs(workspace, articles=60, customers=20)
    CATALOGUE.make(plan)
    index = build_index(plan)
    assert json.loads((index.path / "checks.json").read_text())["images"]["rows"] == 30

    manifest = publish(plan).manifest

    assert manifest["images"]["encoder"] == "somebody"
    assert manifest["images"]["milvus"]["collections"] == {"images": f"images_{index.key}"}
    assert all(one["recall"] == 1.0 for one in manifest["images"]["milvus"]["checks"]["recall"])
    assert manifest["milvus"]["collections"] == {"articles": f"articles_{index.key}"}
    with milvus_client(workspace, IndexConfig()) as client:
        assert set(client.list_collections()) == {f"articles_{index.key}", f"images_{index.key}"}
        images = ArticleCollection(client, f"images_{index.key}", "FLAT")
        client.load_collection(images.name)
        found = images.query("article_idx >= 0", 100)
    assert sorted(found) == list(range(0, 60, 2))


def test_old_releases_go_with_their_collections_and_the_alias_follows(workspace: Workspace) -> None:
    names = []
    for customers in (20, 21, 22):
        plan = write_inputs(workspace, articles=60, customers=customers)
        CATALOGUE.make(plan)
        names.append(build_index(plan).summary["collections"]["articles"])
        release = publish(plan, keep=2)
        assert release.manifest["milvus"]["collections"] == {"articles": names[-1]}
    with milvus_client(workspace, IndexConfig()) as client:
        assert set(client.list_collections()) == set(names[1:])
        assert client.describe_alias(ALIAS)["collection_name"] == names[2]
    assert len(list_releases(workspace)) == 2
    rollback(workspace)
    with milvus_client(workspace, IndexConfig()) as client:
        assert client.describe_alias(ALIAS)["collection_name"] == names[1]


def test_collections_that_were_never_published_go_once_their_index_is_old(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    rejected, killed, published = (index_of(workspace, customers) for customers in (20, 21, 22))
    write_json(rejected.path / RECORD, {**rejected.record, "created_at": "2020-01-01T00:00:00Z"})
    draft = killed.path.rename(killed.path.with_name(f".draft-{killed.key}"))
    os.utime(draft, (0, 0))
    of_another_workspace = "articles_0123456789abcdef"
    plan = BuildPlan.of_current_tables(workspace, Config())
    publish(plan)
    with milvus_client(workspace, IndexConfig()) as client:
        client.create_collection(of_another_workspace, dimension=4)

    with monkeypatch.context() as patch:
        patch.setenv("MILVUS_URI", "http://127.0.0.1:9")
        assert clean(plan).dropped == []
    assert (rejected.path.exists(), draft.exists()) == (True, True)
    assert clean(plan).dropped == [rejected.name]

    assert not draft.exists()
    with milvus_client(workspace, IndexConfig()) as client:
        assert set(client.list_collections()) == {f"articles_{published.key}", of_another_workspace}


def index_of(workspace: Workspace, customers: int) -> Artifact:
    """The index of a shop with so many customers, which is then the current one."""
    plan = write_inputs(workspace, articles=60, customers=customers)
    CATALOGUE.make(plan)
    return build_index(plan)


def test_rollback_works_while_milvus_is_down(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for customers in (20, 21):
        plan = write_inputs(workspace, articles=60, customers=customers)
        CATALOGUE.make(plan)
        build_index(plan)
        publish(plan)
    monkeypatch.setenv("MILVUS_URI", "http://127.0.0.1:9")
    before = rollback(workspace)
    assert before.live
    assert before.manifest["rows"]["customers"] == 20


def test_another_collection_makes_another_release(workspace: Workspace) -> None:
    plan = write_inputs(workspace, articles=60, customers=20)
    without = make_release(plan.workspace, release_parts(plan))
    with_index = make_release(plan.workspace, release_parts(plan, build_index(plan)))
    assert without.id != with_index.id
