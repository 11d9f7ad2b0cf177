"""Image search and "more like this", against a real Milvus Lite and an encoder process of its own."""

from collections.abc import Collection, Iterator

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from imagesearch import embedding, similar
from imagesearch.query_vector import from_text, to_text
from recsys_core.pipeline.train_retrievers import retriever_spec
from recsys_core.release.similar import similar_articles
from recsys_core.serving import Release, open_live
from recsys_core.serving.uploads import MAX_UPLOAD_BYTES
from recsys_core.serving.vectors import VectorSearch
from tests.django_site.markup import Page
from tests.support.release_with_images import ReleaseWithImages, release_with_images
from tests.support.tiny_encoder import DIM, embed, running

pytestmark = pytest.mark.django_db
ADDRESS = "/search/image/"


@pytest.fixture(scope="module")
def with_images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReleaseWithImages]:
    with release_with_images(tmp_path_factory.mktemp("with_images")) as made:
        yield made


@pytest.fixture(scope="module")
def encoder(with_images: ReleaseWithImages) -> Iterator[int]:
    with running(with_images.published.workspace) as port:
        yield port


@pytest.fixture
def engines(
    with_images: ReleaseWithImages, encoder: int, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> ReleaseWithImages:
    """The shop with Milvus and encoder running, patient with a busy machine."""
    settings.RECSYS_WORKSPACE = with_images.published.workspace.root
    patient = VectorSearch(with_images.milvus_uri, budget=5.0)
    monkeypatch.setattr(similar, "vector_search", lambda uri: patient if uri else None)
    embedding.encoder_of.cache_clear()
    return with_images


@pytest.fixture
def shown(engines: ReleaseWithImages) -> Release:
    return open_live(engines.published.workspace)


def upload(client: Client, data: bytes, crop: str = "") -> HttpResponse:
    return client.post(ADDRESS, {"image": SimpleUploadedFile("coat.jpg", data, "image/jpeg"), "crop": crop})


def ids(release: Release, rows: list[int]) -> list[str]:
    return [article.article_id for article in release.catalogue.articles(rows)]


def nearest_by_taste(engines: ReleaseWithImages, shown: Release, idx: int) -> list[int]:
    """The articles in stock nearest by two-tower vector, of any kind."""
    plan = engines.published.plan
    vectors = np.load(plan.store.require(retriever_spec(plan, "two_tower")).path / "article_vectors.npy")
    found: list[int] = similar_articles(vectors, shown.catalogue.in_stock)[idx].tolist()
    return found


def nearest(engines: ReleaseWithImages, query_vector: np.ndarray, among: Collection[int] | None = None) -> list[int]:
    """By brute force over all images."""
    vectors = np.stack([embed(image) for image in engines.images])
    order = np.argsort(-(vectors @ query_vector), kind="stable").tolist()
    return order if among is None else [idx for idx in order if idx in among]


class TestUpload:
    def test_an_image_leads_to_the_articles_most_like_it(
        self, client: Client, engines: ReleaseWithImages, shown: Release
    ) -> None:
        answer = upload(client, engines.images[7])
        assert answer.status_code == 302
        response = client.get(answer["Location"])
        assert response["X-Fallback-Tier"] == "image"
        expected = nearest(engines, embed(engines.images[7]))
        assert expected[0] == 7
        assert Page(response).articles() == ids(shown, expected[:24])

    def test_only_the_part_in_the_frame_is_searched_for(self, client: Client, engines: ReleaseWithImages) -> None:
        whole, half = upload(client, engines.images[7]), upload(client, engines.images[7], "0,0,0.5,1")
        assert half["Location"] != whole["Location"]

    @pytest.mark.parametrize(
        ("data", "status", "said"),
        [
            (b"", 422, "Choose a picture first"),  # a form without a file
            (b"no image", 422, "no picture that can be read"),
            (b"\xff\xd8\xff\xe0" + bytes(500), 422, "no picture that can be read"),
            (bytes(MAX_UPLOAD_BYTES + 1), 413, "more than 10 MB"),
        ],
        ids=["nothing", "text", "damaged", "large"],
    )
    def test_what_cannot_be_searched_for_is_said(
        self, client: Client, engines: ReleaseWithImages, data: bytes, status: int, said: str
    ) -> None:
        response = upload(client, data) if data else client.post(ADDRESS)
        assert response.status_code == status
        assert said in Page(response).one("p", class_="error").text
        assert Page(response).articles("popular")

    def test_an_image_that_breaks_off_is_said(self, client: Client, engines: ReleaseWithImages) -> None:
        response = upload(client, engines.images[7][:-900])
        assert (response.status_code, "damaged" in Page(response).one("p", class_="error").text) == (422, True)

    def test_a_form_without_the_token_is_refused(self, engines: ReleaseWithImages) -> None:
        assert upload(Client(enforce_csrf_checks=True), engines.images[0]).status_code == 403


class TestUploadsElsewhere:
    def test_a_file_that_nobody_asked_for_is_not_read(self, client: Client) -> None:
        sent = {"article": "x", "file": SimpleUploadedFile("x.bin", bytes(3_000_000))}
        request = client.post("/events/click", sent).wsgi_request
        assert not request.FILES

    def test_several_files_are_refused(self, client: Client, engines: ReleaseWithImages) -> None:
        files = [SimpleUploadedFile(f"{n}.jpg", engines.images[n], "image/jpeg") for n in range(3)]
        response = client.post(ADDRESS, {"image": files})
        assert response.status_code == 422
        assert "one picture at a time" in Page(response).one("p", class_="error").text


class TestResults:
    def address(self, engines: ReleaseWithImages, idx: int) -> dict[str, str]:
        return {"v": to_text(embed(engines.images[idx]))}

    def test_facets_narrow_them_and_the_page_stays_full(
        self, client: Client, engines: ReleaseWithImages, shown: Release, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(similar, "MAX_SIMILAR_ARTICLES", 10)  # so that the nearest of all hold few of the colour
        articles = shown.catalogue.articles(shown.catalogue.all_idx)
        black = [article.article_idx for article in articles if article.colour_group_name == "Black"]
        page = Page(client.get(ADDRESS, {**self.address(engines, 3), "colour": "Black"}))
        assert page.articles() == ids(shown, nearest(engines, embed(engines.images[3]), black)[:10])
        assert page.one("input", type="hidden", name="v")["value"] == self.address(engines, 3)["v"]

    def test_a_limit_leaves_what_is_at_least_that_similar(
        self, client: Client, engines: ReleaseWithImages, shown: Release
    ) -> None:
        query_vector = embed(engines.images[3])
        similarity = np.stack([embed(image) for image in engines.images]) @ query_vector
        limit = 10 * int(10 * float(np.sort(similarity)[-5]))
        page = Page(client.get(ADDRESS, {**self.address(engines, 3), "similarity": str(limit)}))
        expected = [idx for idx in nearest(engines, query_vector) if similarity[idx] >= limit / 100]
        assert 0 < len(expected) < 60
        assert page.articles() == ids(shown, expected[:24])
        assert page.one("input", type="range")["value"] == str(limit)

    def test_where_nothing_is_that_similar_the_limit_is_offered_to_go(
        self, client: Client, engines: ReleaseWithImages
    ) -> None:
        query_vector = -embed(engines.images[3])
        page = Page(client.get(ADDRESS, {"v": to_text(query_vector), "similarity": "90"}))
        assert page.articles() == []
        offered = next(link for link in page.all("a") if "Any similarity" in link.text)
        assert "120 articles" in offered.text
        assert Page(client.get(offered["href"])).articles()

    @pytest.mark.parametrize("text", ["", "x", "A" * 342, "A" * 5000, "%00", "____" * 85])
    def test_an_address_without_a_vector_shows_the_form(
        self, client: Client, engines: ReleaseWithImages, text: str
    ) -> None:
        response = client.get(ADDRESS, {"v": text})
        assert response.status_code == 200
        assert Page(response).one("input", type="file")

    def test_more_is_loaded_as_everywhere(self, client: Client, engines: ReleaseWithImages, shown: Release) -> None:
        page = Page(client.get(ADDRESS, {**self.address(engines, 3), "page": "2"}))
        assert page.articles() == ids(shown, nearest(engines, embed(engines.images[3]))[24:48])


class TestLike:
    def test_more_like_an_article_are_its_images_neighbours(
        self, client: Client, engines: ReleaseWithImages, shown: Release
    ) -> None:
        response = client.get(f"/p/{shown.catalogue.article(5).article_id}/like/")
        in_stock = set(np.flatnonzero(shown.catalogue.in_stock).tolist()) - {5}
        expected = nearest(engines, embed(engines.images[5]), in_stock)
        assert response["X-Fallback-Tier"] == "image"
        assert Page(response).articles() == ids(shown, expected[:24])

    def test_without_vectors_of_images_taste_speaks(
        self, client: Client, engines: ReleaseWithImages, shown: Release, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shown, "manifest", {**shown.manifest, "images": None})
        response = client.get(f"/p/{shown.catalogue.article(5).article_id}/like/")
        assert response["X-Fallback-Tier"] == "taste"
        assert Page(response).articles()[:10] == ids(shown, nearest_by_taste(engines, shown, 5)[:10])

    def test_without_milvus_the_releases_lists_do(
        self, client: Client, engines: ReleaseWithImages, shown: Release, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(similar, "vector_search", lambda uri: None)
        response = client.get(f"/p/{shown.catalogue.article(5).article_id}/like/")
        assert response["X-Fallback-Tier"] == "similar"
        assert Page(response).articles()[:12] == ids(shown, shown.related(5, "similar").tolist()[:12])

    def test_an_unknown_article_is_not_found(self, client: Client) -> None:
        assert client.get("/p/0999999999/like/").status_code == 404

    def test_a_similarity_means_nothing_elsewhere(self, client: Client) -> None:
        page = Page(client.get("/c/", {"similarity": "50", "v": "x"}))
        assert page.articles()
        assert not page.all("ul", class_="chips")
        assert not page.all("input", name="v")

    def test_every_card_leads_there(self, client: Client) -> None:
        page = Page(client.get("/c/"))
        assert [link["href"] for link in page.all("a", class_="more-like-this")] == [
            f"/p/{a}/like/" for a in page.articles()
        ]


class TestWithoutAnEncoder:
    def test_the_page_says_so_and_offers_articles(self, client: Client) -> None:
        response = client.get(ADDRESS)
        page = Page(response)
        assert (response.status_code, response["X-Fallback-Tier"]) == (200, "none")
        assert "not available" in page.one("p", class_="error").text
        assert not page.all("input", type="file")
        assert page.articles("popular")

    def test_an_upload_is_answered_the_same(
        self, client: Client, engines: ReleaseWithImages, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(embedding, "encoder_url", lambda workspace: "")
        response = upload(client, engines.images[0])
        assert response.status_code == 200
        assert "not available" in Page(response).one("p", class_="error").text

    def test_a_listing_that_cannot_be_had_anew_becomes_the_whole_page(self, client: Client) -> None:
        htmx = {"HX-Request": "true", "HX-Target": "listing"}
        response = client.get(ADDRESS, {"v": "x", "colour": "Black"}, headers=htmx)
        assert (response["HX-Retarget"], response["HX-Reselect"]) == ("main", "main")

    def test_vectors_of_another_model_are_not_compared(
        self, client: Client, engines: ReleaseWithImages, shown: Release, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        said = {**shown.manifest["images"], "encoder": "another"}
        monkeypatch.setattr(shown, "manifest", {**shown.manifest, "images": said})
        assert "not available" in Page(upload(client, engines.images[0])).one("p", class_="error").text


class TestApi:
    def test_it_takes_an_image(self, client: Client, engines: ReleaseWithImages, shown: Release) -> None:
        sent = {"image": SimpleUploadedFile("coat.jpg", engines.images[9], "image/jpeg")}
        response = client.post("/api/v1/search/image", sent)
        found = [item["article_id"] for item in response.json()["items"]]
        assert found == ids(shown, nearest(engines, embed(engines.images[9]))[:24])
        assert response.json()["tier"] == "image"

    def test_what_it_cannot_do_is_a_client_error_with_a_reason(
        self, client: Client, engines: ReleaseWithImages, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refused = client.post("/api/v1/search/image", {"image": SimpleUploadedFile("x.jpg", b"text")})
        assert (refused.status_code, "no picture" in refused.json()["detail"]) == (422, True)
        large = client.post("/api/v1/search/image", {"image": SimpleUploadedFile("x.jpg", bytes(MAX_UPLOAD_BYTES + 1))})
        assert (large.status_code, "more than 10 MB" in large.json()["detail"]) == (422, True)
        assert "Choose a picture" in client.post("/api/v1/search/image").json()["detail"]
        monkeypatch.setattr(embedding, "encoder_url", lambda workspace: "")
        sent = {"image": SimpleUploadedFile("coat.jpg", engines.images[9], "image/jpeg")}
        assert client.post("/api/v1/search/image", sent).status_code == 424


def test_a_vector_survives_the_address() -> None:
    vector = np.linspace(-1, 1, DIM).astype(np.float32)
    vector /= np.linalg.norm(vector)
    text = to_text(vector)
    assert len(text) == 342
    found = from_text(text, DIM)
    assert found is not None
    np.testing.assert_allclose(found, vector, atol=1e-3)
    assert from_text(text, DIM - 1) is None


def test_the_session_goes_by_vectors_through_the_page(
    client: Client, engines: ReleaseWithImages, shown: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommendations.inspired.vector_search", similar.vector_search)
    viewed = shown.catalogue.article(5)
    client.get(f"/p/{viewed.article_id}/")
    response = client.get("/session/")
    assert response["X-Fallback-Tier"] == "session"
    assert Page(response).articles() == ids(shown, nearest_by_taste(engines, shown, 5)[:24])
