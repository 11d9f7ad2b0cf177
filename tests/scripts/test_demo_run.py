"""When `make demo` runs what, and when it counts as done. Engines are left out, the storefront is a small server."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from scripts import demo as command
from scripts.environment import Site
from scripts.progress import Progress
from scripts.stage_plan import SERVICES, SERVICES_ALONE, Stage
from scripts.stage_times import REFERENCE
from scripts.supervisor import ServiceError

LIVE = "2020-09-23-abcdef01"


@pytest.fixture
def published(site: Site) -> Site:
    """A workspace with a demo shop's files and a live release."""
    site.workspace.demo_shop.mkdir(parents=True)
    for name in ("articles.csv", "customers.csv", "transactions_train.csv"):
        (site.workspace.demo_shop / name).write_text("a\n")
    site.airflow.mkdir()
    go_live(site, LIVE)
    return site


def go_live(site: Site, release: str) -> None:
    (site.workspace.releases / release).mkdir(parents=True)
    (site.workspace.releases / release / "manifest.json").write_text(json.dumps({"id": release}))
    site.workspace.live.unlink(missing_ok=True)
    site.workspace.live.symlink_to(release)


@contextmanager
def storefront(site: Site, release: str, status: int = 200) -> Iterator[None]:
    """Answers on the storefront's port, in the name of a release."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("X-Release-Id", release)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", site.ports.web), Answer) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield
        server.shutdown()


def test_served_is_the_live_release_by_the_shops_own_word(published: Site) -> None:
    with storefront(published, LIVE):
        assert command.check_served(published) == LIVE


@pytest.mark.parametrize(("release", "status"), [("2020-09-16-00000000", 200), (LIVE, 503)])
def test_another_release_or_an_error_is_not_served(published: Site, release: str, status: int) -> None:
    with storefront(published, release, status), pytest.raises(ServiceError, match=f"answers {status} with release"):
        command.check_served(published)


def test_without_a_live_release_nothing_is_served(published: Site) -> None:
    published.workspace.live.unlink()
    with storefront(published, LIVE), pytest.raises(ServiceError, match="live is None"):
        command.check_served(published)


def test_a_first_release_is_not_what_the_demo_ends_with(published: Site) -> None:
    about = {"id": LIVE, "first_release": True}
    (published.workspace.live / "manifest.json").write_text(json.dumps(about))
    with storefront(published, LIVE), pytest.raises(ServiceError, match="still shows its first release"):
        command.check_served(published)


def test_a_shop_that_cannot_be_learned_from_is_served_by_its_first_release(
    published: Site, steps: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    about = {"id": LIVE, "first_release": True}
    (published.workspace.live / "manifest.json").write_text(json.dumps(about))
    monkeypatch.setattr(command, "publish", lambda *_: False)
    for _ in range(2):  # made, and found
        command.demo(published, None, headless=True)
        assert steps.pop() == "check"
        assert f"The first release {LIVE} is served" in capsys.readouterr().out


@pytest.fixture
def steps(published: Site, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Steps of the command, in order; ``served`` and the steps after it are real."""
    done: list[str] = []
    monkeypatch.setattr(command, "publish", lambda *_: done.append("publish") or True)
    monkeypatch.setattr(command, "open_shop", lambda *_, with_backend: done.append(f"open, backend {with_backend}"))
    monkeypatch.setattr(command, "check_served", lambda *_: done.append("check") or LIVE)
    monkeypatch.setattr(command, "watch", lambda _: done.append("watch"))
    return done


def test_the_second_time_the_shop_opens_at_once(published: Site, steps: list[str]) -> None:
    command.demo(published, None, headless=True)
    assert steps == ["publish", "open, backend False", "check"]
    steps.clear()

    command.demo(published, None, headless=True)
    assert steps == ["open, backend True", "check"]


def test_an_order_makes_the_next_time_publish_again(published: Site, steps: list[str]) -> None:
    command.demo(published, None, headless=True)
    published.workspace.incoming.mkdir()
    (published.workspace.incoming / "transactions_orders_1.csv").write_text("b\n")
    steps.clear()

    command.demo(published, None, headless=True)
    assert steps[0] == "publish"


def test_with_a_head_it_stays_and_says_where_to_look(
    published: Site, steps: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    command.demo(published, None, headless=False)
    assert steps[-1] == "watch"
    said = capsys.readouterr().out
    for service in ("web", "airflow", "mlflow"):
        assert published.ports.url(service) in said
    assert "user admin, password " in said


@pytest.mark.parametrize(("variable", "stays"), [("", True), ("0", True), ("1", False)])
def test_headless_ends_with_status_0_only_if_the_live_release_is_served(
    published: Site, steps: list[str], monkeypatch: pytest.MonkeyPatch, variable: str, stays: bool
) -> None:
    monkeypatch.setattr(command.Site, "from_env", lambda: published)
    monkeypatch.setattr(command, "interrupt_on_termination", lambda: None)
    monkeypatch.setenv("HEADLESS", variable)
    monkeypatch.setenv("DATA", "")
    assert command.main() == 0
    assert ("watch" in steps) == stays

    def not_served(*_: object) -> str:
        raise ServiceError("the shop answers 200 with release another")

    monkeypatch.setattr(command, "check_served", not_served)
    assert command.main() == 1


def test_a_folder_may_be_named_from_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hm").mkdir()
    (tmp_path / "hm" / "transactions_train.csv").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert command.data_folder("~/hm") == tmp_path / "hm"


def test_data_of_ones_own_are_what_is_published(
    published: Site, steps: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    taken: list[Path] = []
    monkeypatch.setattr(command, "publish", lambda _site, _supervisor, _progress, files: taken.append(files))
    command.demo(published, None, headless=True)
    command.demo(published, tmp_path / "hm", headless=True)
    assert taken == [published.workspace.demo_shop, tmp_path / "hm"]


@pytest.mark.parametrize(
    ("running", "stage", "other"),
    [([], SERVICES_ALONE, ["milvus"]), (["milvus"], SERVICES, [])],
    ids=["from nothing", "beside drawing"],
)
def test_services_are_expected_and_remembered_by_whether_they_start_from_nothing(
    published: Site,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    running: list[str],
    stage: Stage,
    other: list[str],
) -> None:
    """Times as long as a minute in the other case change nothing."""
    expected = round(json.loads(REFERENCE.read_text())["seconds"][stage.key])
    for part in ("ensure_backend", "AirflowApi", "wait_for_dags", "EarlyOpening", "RunWatch"):
        monkeypatch.setattr(command, part, MagicMock())

    def begins(services: list[str], takes: float) -> list[str]:
        passed = [0.0]
        progress = Progress.of(published, published.workspace.demo_shop)
        progress.now = lambda: sum(passed)
        supervisor = SimpleNamespace(running=services, wait=lambda: passed.append(takes))
        command.publish(published, supervisor, progress, published.workspace.demo_shop)  # type: ignore[arg-type]
        return re.findall(r"Milvus, MLflow, Airflow +begins, about (\d+) s;", capsys.readouterr().out)

    assert begins(running, expected) == [str(expected)]
    begins(other, 60)
    assert begins(other, 60) == ["60"]
    assert begins(running, expected) == [str(expected)]


def test_a_command_runs_beside_what_is_done_meanwhile(published: Site, tmp_path: Path) -> None:
    waits = f"until test -e {tmp_path}/go; do sleep 0.05; done; echo went"
    with command.logged(published, ["sh", "-c", waits], "beside"):
        (tmp_path / "go").touch()
    assert (published.workspace.logs / "beside.log").read_text() == "went\n"


def test_a_command_that_fails_is_told_with_the_end_of_its_log(published: Site) -> None:
    with (
        pytest.raises(ServiceError, match=r"(?s)sh -c ended with status 3.*no space"),
        command.logged(published, ["sh", "-c", "echo no space; exit 3"], "beside"),
    ):
        pass


def test_a_failure_beside_it_ends_the_command(published: Site) -> None:
    started = time.monotonic()
    with (
        pytest.raises(ServiceError, match="no Milvus"),
        command.logged(published, ["sh", "-c", "exec sleep 60"], "beside"),
    ):
        raise ServiceError("no Milvus")
    assert time.monotonic() - started < 30
