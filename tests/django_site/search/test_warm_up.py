import shutil

import pytest

from recsys_core.serving import open_live
from recsys_core.testing.damage import flip_byte
from recsys_core.workspace import Workspace, flip_link
from search.warm_up import warm_up
from tests.support.release_fixture import FixtureRelease


@pytest.fixture
def restarted(empty_home: Workspace, fixture_release: FixtureRelease) -> Workspace:
    """A shop whose release no worker has open yet."""
    shutil.copytree(fixture_release.release.path, empty_home.releases / "release")
    flip_link(empty_home.live, "release")
    return empty_home


@pytest.mark.django_db
def test_the_release_and_its_search_are_open_before_the_first_shopper(restarted: Workspace) -> None:
    warm_up()
    assert len(open_live(restarted)._engines) == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("empty_home")
def test_a_shop_without_a_release_starts(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "search.warm_up"):
        warm_up()
    assert "nothing to open yet: no live release" in caplog.text


@pytest.mark.django_db
def test_a_shop_with_a_damaged_release_starts(restarted: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    flip_byte(restarted.releases / "release" / "catalogue" / "article_ids.npy")
    warm_up()
    assert "the live release cannot be opened" in caplog.text
    assert "article_ids.npy has SHA-256" in caplog.text
