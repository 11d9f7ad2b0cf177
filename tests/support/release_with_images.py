"""A release with all that hangs on engines: vectors of articles and of their images in a real Milvus Lite."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from pymilvus import MilvusClient

from recsys_core.contracts.release import MANIFEST
from recsys_core.index.collection import ArticleCollection
from recsys_core.index.config import IndexConfig
from recsys_core.index.contents import describe, read_articles
from recsys_core.index.server import milvus_client, read_server, registered_path, stage_path
from recsys_core.pipeline.catalogue import catalogue_spec
from recsys_core.pipeline.index import build_index
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.release.pointer import ReleaseInfo, go_live
from recsys_core.release.publish import make_release
from recsys_core.store.artifacts import write_json
from recsys_core.workspace import Workspace
from tests.support.release_fixture import FixtureRelease, customer_ids, release_parts, write_inputs
from tests.support.tiny_encoder import DIM, MODEL, embed

COLLECTION = "images_fixture"


@dataclass(frozen=True)
class ReleaseWithImages:
    """``images`` are the photographs, JPEG bytes by article_idx; every article has one."""

    published: FixtureRelease
    images: list[bytes] = field(repr=False)
    milvus_uri: str


@contextmanager
def release_with_images(root: Path, articles: int = 120, customers: int = 20) -> Iterator[ReleaseWithImages]:
    """Make and publish it below ``root``; its Milvus runs as long as the context."""
    plan = write_inputs(Workspace(root), articles, customers)
    release_parts(plan)  # builds the catalogue, which the index is made from
    images = [photograph(idx) for idx in range(articles)]
    with milvus_client(plan.workspace, IndexConfig()) as client:
        running = read_server(stage_path(plan.workspace))
        if running is None:
            raise RuntimeError("$MILVUS_URI is set: this release wants a Milvus of its own")
        write_json(registered_path(plan.workspace), {"pid": running.pid, "port": running.port})
        release = publish_with_images(plan, images, client)
        published = FixtureRelease(plan.workspace, plan, replace(release, live=True), customer_ids(customers))
        yield ReleaseWithImages(published, images, running.uri)


def publish_with_images(
    plan: BuildPlan, images: list[bytes], client: MilvusClient, collection: str = COLLECTION
) -> ReleaseInfo:
    """Fill the collections of a plan's articles and of their images, and bring the release that names both live."""
    release = make_release(plan.workspace, release_parts(plan, index=build_index(plan)))
    vectors = np.stack([embed(image) for image in images])
    content = read_articles(plan.store.require(catalogue_spec(plan)).path, vectors)
    ArticleCollection(client, collection, "FLAT").ensure(content)
    manifest = plan.workspace.releases / release.id / MANIFEST
    said = {"encoder": MODEL, "milvus": describe(collection, DIM, "FLAT", {}, "images")}
    write_json(manifest, json.loads(manifest.read_text()) | {"images": said})
    go_live(plan.workspace, release.id)
    return release


def photograph(idx: int) -> bytes:
    """An image of its own for every article: six by seven patches of colour."""
    colours = np.random.default_rng(idx).integers(0, 256, (7, 6, 3), dtype=np.uint8)
    image = BytesIO()
    Image.fromarray(colours).resize((240, 280), Image.Resampling.NEAREST).save(image, "JPEG", quality=90)
    return image.getvalue()
