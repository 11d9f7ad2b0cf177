"""The shop opens while the run still goes on. The storefront and its supervisor are left out."""

import json
from dataclasses import dataclass, field

import pytest

from scripts import early_opening
from scripts.early_opening import EarlyOpening
from scripts.environment import Site
from scripts.progress import Progress

FIRST = "2020-09-23-abcdef01"


@dataclass
class Services:
    """Stands for the supervisor."""

    running: dict[str, object] = field(default_factory=dict)
    checked: int = 0
    waited_for: list[str] = field(default_factory=list)

    def check(self) -> None:
        self.checked += 1

    def wait(self, names: list[str]) -> None:
        self.waited_for += names


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    started = Services()
    monkeypatch.setattr(early_opening, "start_web", lambda _site, services: services.running.update(web=True))
    return started


def go_live(site: Site, is_first: bool) -> None:
    folder = site.workspace.releases / FIRST
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"id": FIRST, "first_release": is_first}))
    site.workspace.live.symlink_to(FIRST)


def test_the_shop_opens_once_as_soon_as_a_first_release_is_live(
    site: Site, services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    opening = EarlyOpening(site, services, Progress())  # type: ignore[arg-type]
    opening.check()
    assert services.running == {}

    go_live(site, is_first=True)
    opening.check()
    opening.check()

    assert (services.checked, services.waited_for) == (3, ["web"])
    said = capsys.readouterr().out
    assert "open with a first release (best sellers, buy again, also bought)" in said
    assert site.ports.url("web") in said
    assert "The trained release replaces it" in said


def test_a_release_of_an_earlier_run_opens_it_too(
    site: Site, services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    go_live(site, is_first=False)
    EarlyOpening(site, services, Progress()).check()  # type: ignore[arg-type]
    assert f"open with release {FIRST} of an earlier run" in capsys.readouterr().out
