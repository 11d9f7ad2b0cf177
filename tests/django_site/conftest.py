"""A small release in a workspace of its own; the site's settings point at it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from accounts.models import CustomerProfile
from catalog.prices import shop_price
from events.recorder import Recorder
from merchandising.active_campaigns import active_campaigns
from orders.bag import MAX_LINES, ShopperBag
from orders.models import Order
from orders.services import place_order
from recsys_core.serving import Article, Release, open_live
from recsys_core.workspace import Workspace
from search.active_synonyms import active_synonyms
from search.unanswered import UnansweredCounter
from tests.support.release_fixture import FixtureRelease, build_release

PHOTOGRAPHED = "0100000001"
PHOTO_SIZE = (800, 1200)
FURTHER_PHOTOS = {2: (1500, 2000), 4: (200, 200)}
"""Sizes of the further photographs of the article, by number."""

Customer = Callable[..., CustomerProfile]


@pytest.fixture(scope="session")
def fixture_release(tmp_path_factory: pytest.TempPathFactory) -> FixtureRelease:
    root = tmp_path_factory.mktemp("home")
    folder = root / "raw" / "images" / PHOTOGRAPHED[:3]
    save_photo(folder / f"{PHOTOGRAPHED}.jpg")
    for number, size in FURTHER_PHOTOS.items():
        save_photo(folder / f"{PHOTOGRAPHED}_{number}.jpg", size)
    return build_release(root)


def save_photo(path: Path, size: tuple[int, int] = PHOTO_SIZE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, "teal").save(path, "JPEG")


@pytest.fixture
def release(fixture_release: FixtureRelease) -> Release:
    return open_live(fixture_release.workspace)


@pytest.fixture(autouse=True)
def shop(settings: Settings, fixture_release: FixtureRelease, tmp_path: Path) -> Settings:
    settings.RECSYS_WORKSPACE = fixture_release.workspace.root
    settings.WEB_DIR = tmp_path / "web"
    settings.THUMBNAILS = tmp_path / "web" / "thumbnails"
    settings.STATIC_ROOT = settings.WEB_DIR / "static"
    settings.STATIC_ROOT.mkdir(parents=True)
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STATISTICS = "on"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return settings


@pytest.fixture(autouse=True)
def events(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """The recorder, without its thread: a test writes what waits with ``flush``."""
    fresh = Recorder()
    monkeypatch.setattr(fresh, "_ensure_thread", lambda: None)
    monkeypatch.setattr("events.record.recorder", fresh)
    return fresh


@pytest.fixture(autouse=True)
def unanswered(monkeypatch: pytest.MonkeyPatch) -> UnansweredCounter:
    """The counter of searches without an answer, without its thread: a test writes what waits with ``flush``."""
    fresh = UnansweredCounter()
    monkeypatch.setattr(fresh, "_ensure_thread", lambda: None)
    monkeypatch.setattr("search.unanswered.counter", fresh)
    return fresh


@pytest.fixture(autouse=True)
def no_mails_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread sends notices of stock while a test runs; a test of them calls what sends them."""
    monkeypatch.setattr("stock_notices.middleware.in_background", lambda call: None)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """The process forgets what ran in the test before."""
    active_campaigns.forget()
    active_synonyms.forget()


@pytest.fixture
def empty_home(shop: Settings, tmp_path: Path) -> Workspace:
    """A workspace where nothing was published."""
    shop.RECSYS_WORKSPACE = tmp_path / "nothing"
    return Workspace(shop.RECSYS_WORKSPACE)


@pytest.fixture
def customer(db: None, fixture_release: FixtureRelease) -> Customer:
    """Makes a login; by default for a customer with a list, ``customer_id=`` for any other."""

    def make(name: str = "Astrid", number: int = 0, **profile: object) -> CustomerProfile:
        user = User.objects.create_user(name.lower(), password="a-long-password", first_name=name)
        defaults = {"customer_id": fixture_release.customer_ids[number], "age_interval": "20-24"}
        return CustomerProfile.objects.create(user=user, **{**defaults, **profile})

    return make


@pytest.fixture
def signed_in(customer: Customer, client: Client) -> Client:
    client.force_login(customer().user)
    return client


@pytest.fixture
def in_stock(release: Release) -> list[Article]:
    rows = release.catalogue.in_stock.nonzero()[0][: MAX_LINES + 1]
    return release.catalogue.articles(rows)


@pytest.fixture
def placed(release: Release, customer: Customer, in_stock: list[Article]) -> Order:
    user = customer().user
    bag = ShopperBag(user)
    bag.put(in_stock[0].article_id, 2)
    bag.put(in_stock[1].article_id, 1)
    cost = 2 * shop_price(in_stock[0].price) + shop_price(in_stock[1].price)
    return place_order(release, user, cost)
