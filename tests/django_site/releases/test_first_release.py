"""The storefront on a shop's first day: nothing is trained, and no page says anything alarming."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from ops import metrics
from recsys_core.pipeline.first_release import first_release
from recsys_core.serving import Release, open_live
from recsys_core.workspace import Workspace
from tests.django_site.markup import Page
from tests.recsys_core.pipeline.test_first_release import CONFIG, SHOP

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan = SHOP.plan(tmp_path_factory.mktemp("first_day"), CONFIG)
    first_release(plan)
    return plan.workspace.root


@pytest.fixture
def first(shop: Settings, workspace: Path) -> Release:
    shop.RECSYS_WORKSPACE = workspace
    return open_live(Workspace(workspace))


@pytest.mark.parametrize(
    "address", ["/", "/c/", "/p/shirt01/", "/p/shirt01/like/", "/search?q=dress", "/search/image/", "/session/"]
)
def test_every_kind_of_page_answers(client: Client, first: Release, address: str) -> None:
    response = client.get(address, follow=True)
    assert response.status_code == 200
    assert response["X-Release-Id"] == first.id
    assert not Page(response).all("p", class_="notice error")


def test_a_product_page_has_similar_articles(client: Client, first: Release) -> None:
    page = Page(client.get("/p/shirt01/"))
    assert len(page.articles("similar")) >= 3


def test_search_by_image_says_that_it_is_not_ready_yet(client: Client, first: Release) -> None:
    page = Page(client.get("/search/image/"))
    (notice,) = page.all("p", class_="notice")
    assert "not ready yet" in notice.text
    assert not page.all("form", class_="image-form")
    answer = client.post("/api/v1/search/image")
    assert answer.status_code in (422, 424)


def test_metrics_and_the_staffs_page_say_what_it_is(admin_client: Client, first: Release) -> None:
    assert "shop_first_release 1.0" in metrics.exposition().decode()
    assert "a first release: best sellers" in admin_client.get("/staff/").content.decode()
