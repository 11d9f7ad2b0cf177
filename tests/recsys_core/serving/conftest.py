import pytest

from recsys_core.serving import Release, open_live
from tests.support.release_fixture import FixtureRelease, build_release


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> FixtureRelease:
    return build_release(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="session")
def release(published: FixtureRelease) -> Release:
    return open_live(published.workspace)
