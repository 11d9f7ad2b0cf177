"""After a rollback image search and "more like this" ask Milvus for the collections of the old release."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from imagesearch import embedding, similar
from recsys_core.index.collection import ALIAS
from recsys_core.index.config import IndexConfig
from recsys_core.index.server import milvus_client
from recsys_core.promotion.going_live import rollback
from recsys_core.serving import open_live
from recsys_core.serving.vectors import VectorSearch
from recsys_core.workspace import Workspace
from tests.django_site.markup import Page
from tests.support.release_fixture import release_parts, write_inputs
from tests.support.release_with_images import photograph, publish_with_images, release_with_images
from tests.support.tiny_encoder import embed, running

pytestmark = [pytest.mark.django_db, pytest.mark.services]
LATER_IMAGES = [photograph(1000 + idx) for idx in range(126)]


@pytest.fixture
def images(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """Images of the earlier release; a later one with other articles and other images is live."""
    with release_with_images(tmp_path) as made, running(made.published.workspace):
        workspace = made.published.workspace
        later = write_inputs(workspace, articles=len(LATER_IMAGES), customers=20, seed=1)
        release_parts(later)
        with milvus_client(workspace, IndexConfig()) as client:
            publish_with_images(later, LATER_IMAGES, client, "images_later")
        settings.RECSYS_WORKSPACE = workspace.root
        patient = VectorSearch(made.milvus_uri, budget=5.0)
        monkeypatch.setattr(similar, "vector_search", lambda uri: patient)
        embedding.encoder_of.cache_clear()
        yield made.images


def found_by_image(client: Client, image: bytes) -> tuple[str, list[str]]:
    """The release that answers, and the articles that it finds."""
    sent = client.post("/search/image/", {"image": SimpleUploadedFile("coat.jpg", image, "image/jpeg")})
    answer = client.get(sent["Location"])
    assert answer["X-Fallback-Tier"] == "image"
    return answer["X-Release-Id"], Page(answer).articles()


def nearest(workspace: Workspace, images: list[bytes], image: bytes) -> tuple[str, list[str]]:
    """The same by brute force over a release's images."""
    release = open_live(workspace)
    order = np.argsort(-(np.stack([embed(each) for each in images]) @ embed(image)), kind="stable")[:24]
    return release.id, [article.article_id for article in release.catalogue.articles(order)]


def test_vectors_are_those_of_the_release_that_serves(client: Client, images: list[bytes], settings: Settings) -> None:
    workspace = Workspace(settings.RECSYS_WORKSPACE)
    later = open_live(workspace)
    assert found_by_image(client, LATER_IMAGES[7]) == nearest(workspace, LATER_IMAGES, LATER_IMAGES[7])

    rollback(workspace, why="odd lists")
    earlier = open_live(workspace)
    assert earlier.id != later.id
    assert found_by_image(client, LATER_IMAGES[7]) == nearest(workspace, images, LATER_IMAGES[7])
    like = client.get(f"/p/{earlier.catalogue.article(0).article_id}/like/")
    assert (like["X-Fallback-Tier"], like["X-Release-Id"]) == ("image", earlier.id)

    collections = earlier.manifest["milvus"]["collections"], later.manifest["milvus"]["collections"]
    with milvus_client(workspace, IndexConfig()) as milvus:
        assert milvus.describe_alias(ALIAS)["collection_name"] == collections[0]["articles"]
        kept = {collections[0]["articles"], collections[1]["articles"], "images_fixture", "images_later"}
        assert kept <= set(milvus.list_collections()), "whoever goes forward again finds the later ones"
