"""Lists, Milvus, encoder and cache taken away, one by one and in pairs: the shop goes on and names its tier."""

import shutil
import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from imagesearch import embedding, similar
from imagesearch.query_vector import to_text
from ops import metrics
from recommendations import inspired
from recsys_core.serving import FacetSelection, open_live
from recsys_core.serving.vectors import VectorIndex, VectorSearch, VectorsUnavailableError
from recsys_core.workspace import Workspace, flip_link
from tests.django_site.conftest import Customer, save_photo
from tests.django_site.markup import Page
from tests.support.release_with_images import ReleaseWithImages, release_with_images
from tests.support.tiny_encoder import embed, running

pytestmark = pytest.mark.django_db
PARTS = ("lists", "milvus", "encoder", "cache")
NOBODY = "http://127.0.0.1:9"
"""Address at which no server listens."""
OUTAGES = [(), *((part,) for part in PARTS), *combinations(PARTS, 2)]
WITH_IMAGE = "0100000001"
LISTS = ("/c/", "/c/ladieswear/", "/search?q=dress", f"/p/{WITH_IMAGE}/")
EVERYTHING_ELSE = (
    "/search?q=drses",
    f"/img/{WITH_IMAGE}.jpg?w=240",
    "/search/suggestions?q=dr",
    "/search/image/",
    "/bag/",
    "/account/saved/",
    "/api/v1/recommendations",
    "/api/v1/session",
    f"/api/v1/articles/{WITH_IMAGE}/similar",
    "/api/v1/search?q=dress",
    "/healthz",
    "/readyz",
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReleaseWithImages]:
    """A shop with all its engines running."""
    with release_with_images(tmp_path_factory.mktemp("whole")) as made, running(made.published.workspace):
        save_photo(made.published.workspace.images / WITH_IMAGE[:3] / f"{WITH_IMAGE}.jpg")
        yield made


@pytest.fixture(scope="module")
def without_lists(whole: ReleaseWithImages, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The live release as a copy whose lists break off."""
    workspace = Workspace(tmp_path_factory.mktemp("without_lists"))
    shutil.copytree(whole.published.workspace.releases, workspace.releases, symlinks=True)
    for registered in whole.published.workspace.root.glob("*.json"):
        shutil.copy(registered, workspace.root)
    for file in (workspace.releases / whole.published.release.id / "lists").glob("*.npy"):
        file.write_bytes(file.read_bytes()[:100])
    flip_link(workspace.live, whole.published.release.id)
    save_photo(workspace.images / WITH_IMAGE[:3] / f"{WITH_IMAGE}.jpg")
    return workspace


@pytest.fixture(scope="module")
def connected(whole: ReleaseWithImages) -> VectorSearch:
    return VectorSearch(whole.milvus_uri, budget=5.0)


@pytest.fixture(params=OUTAGES, ids=lambda parts: "+".join(parts) or "nothing")
def gone(
    request: pytest.FixtureRequest,
    whole: ReleaseWithImages,
    without_lists: Workspace,
    connected: VectorSearch,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[str, ...]:
    """Takes parts of the shop away and returns their names."""
    parts: tuple[str, ...] = request.param
    workspace = without_lists if "lists" in parts else whole.published.workspace
    settings.RECSYS_WORKSPACE = workspace.root
    if "encoder" in parts:
        monkeypatch.setenv("IMAGE_ENCODER_URL", NOBODY)
    if "cache" in parts:  # thumbnails cannot be written: a file lies where their folder should be
        (tmp_path / "thumbs").write_text("")
        settings.THUMBNAILS = tmp_path / "thumbs"
    if "milvus" in parts:
        monkeypatch.setenv("MILVUS_URI", NOBODY)
    else:
        patient = answering(whole, connected)
        for asker in (inspired, similar):
            monkeypatch.setattr(asker, "vector_search", lambda uri: patient)
    for opened in (inspired.vector_search, embedding.encoder_of):
        getattr(opened, "cache_clear", lambda: None)()
    return parts


def answering(whole: ReleaseWithImages, search: VectorSearch, tries: int = 5) -> VectorSearch:
    """A search that has just had an answer: a busy machine, or a server that ends an idle connection, is no outage."""
    index = VectorIndex.images(open_live(whole.published.workspace).manifest)
    assert index is not None
    for left in reversed(range(tries)):
        try:
            search.nearest(index, embed(whole.images[3]), 1, FacetSelection())
        except VectorsUnavailableError:
            if not left:
                raise
            time.sleep(0.5)
            search = VectorSearch(whole.milvus_uri, budget=5.0)
        else:
            break
    return search


def tier_count(tier: str) -> float:
    return float(metrics.TIERS.labels(tier)._value.get())


def see(client: Client, path: str, tier: str, **given: str) -> Page:
    """The page, which answers, shows articles, and names its tier in header and metric."""
    before = tier_count(tier)
    response = client.get(path, given)
    assert response.status_code == 200
    assert response["X-Fallback-Tier"] == tier
    assert tier_count(tier) == before + 1
    page = Page(response)
    assert page.articles() or page.articles("popular")
    return page


def test_a_customer_still_has_a_feed(client: Client, customer: Customer, gone: tuple[str, ...]) -> None:
    client.force_login(customer(age_interval="30-34").user)
    see(client, "/", "segment" if "lists" in gone else "own")


def test_a_guest_sees_what_is_popular(client: Client, gone: tuple[str, ...]) -> None:
    see(client, "/", "global")


def test_a_session_inspires(client: Client, gone: tuple[str, ...]) -> None:
    client.get(f"/p/{WITH_IMAGE}/")
    tier = "session-similar" if "milvus" in gone else "session"
    see(client, "/session/", tier)
    see(client, "/session/row", tier)
    see(client, "/session/", tier, colour="Black")


def test_more_like_an_article(client: Client, gone: tuple[str, ...]) -> None:
    see(client, f"/p/{WITH_IMAGE}/like/", "similar" if "milvus" in gone else "image")


def test_an_image_is_searched_for_or_the_page_says_why_not(
    client: Client, whole: ReleaseWithImages, gone: tuple[str, ...]
) -> None:
    sent = {"image": SimpleUploadedFile("coat.jpg", whole.images[3], "image/jpeg")}
    answer = client.post("/search/image/", sent)
    assert answer.status_code == (200 if "encoder" in gone else 302)
    if "encoder" in gone:
        assert answer["X-Fallback-Tier"] == "none"
        assert "not available" in Page(answer).one("p", class_="error").text
        assert Page(answer).articles("popular")
    see(client, "/search/image/", "none" if "milvus" in gone else "image", v=to_text(embed(whole.images[3])))


def test_everything_else_answers_and_lists_of_articles_have_some(client: Client, gone: tuple[str, ...]) -> None:
    answers = {path: client.get(path) for path in (*LISTS, *EVERYTHING_ELSE)}
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(answers, 200)
    assert all(answer.content for answer in answers.values())
    for path in LISTS:
        assert Page(answers[path]).articles(), path


def test_other_front_ends_get_articles_too(client: Client, whole: ReleaseWithImages, gone: tuple[str, ...]) -> None:
    assert client.get("/api/v1/recommendations").json()["items"]
    sent = {"image": SimpleUploadedFile("coat.jpg", whole.images[3], "image/jpeg")}
    answer = client.post("/api/v1/search/image", sent)
    assert answer.status_code == (424 if {"encoder", "milvus"} & set(gone) else 200)


def test_the_lists_that_were_taken_are_really_gone(settings: Settings, gone: tuple[str, ...]) -> None:
    assert (len(open_live(Workspace(settings.RECSYS_WORKSPACE)).lists) == 0) == ("lists" in gone)
