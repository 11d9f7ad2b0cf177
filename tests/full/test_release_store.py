"""Releases over a real object server: published here, fetched by a process beside a real web server, hostile cases."""

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from recsys_core.contracts.release import MANIFEST
from recsys_core.promotion.going_live import lift, rollback
from recsys_core.release.pointer import go_live, list_releases
from recsys_core.release.upload import upload_live
from recsys_core.workspace import Workspace
from scripts.shop_server import environment, manage, serving
from tests.support.marked_releases import build_marked
from tests.support.object_server import ObjectServer, object_server
from tests.support.switching import GUNICORN_THAT_NAMES_WORKERS, SERVED, WORKER
from tests.support.tiny_releases import add_release, content_of

pytestmark = [pytest.mark.services, pytest.mark.full]
FOLLOWS_SECONDS = 10.0
"""Longest time until all workers serve what the store's pointer names, which is asked for each half second."""
BIG_BYTES = 105 << 20
"""Size from which s3fs uploads a file in parts."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectServer]:
    with object_server() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def publisher(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "publisher")


@pytest.fixture
def pod(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "pod")


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "recsys_core.cli", "release", *words]


def fetch_once(pod: Workspace, **given: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, **given}
    words = command("fetch", "--once", "--workspace", str(pod.root))
    return subprocess.run(words, env=env, capture_output=True, text=True, check=False)


@contextmanager
def fetching(pod: Workspace) -> Iterator["subprocess.Popen[str]"]:
    words = command("fetch", "--every", "0.5", "--workspace", str(pod.root))
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def until(true: Callable[[], bool], what: str, seconds: float = FOLLOWS_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def ask(address: str) -> tuple[int, str, str]:
    """Status, release and worker of an answer."""
    straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with straight.open(address, timeout=10) as answer:
            headers, status = answer.headers, answer.status
    except urllib.error.HTTPError as error:
        headers, status = error.headers, error.code
    return status, headers.get("X-Release-Id", ""), headers.get(WORKER, "")


def wait_for(shop: str, release: str) -> float:
    """Seconds until both workers serve the release, and none another one in ten answers after that."""
    started = time.monotonic()
    seen: set[str] = set()

    def all_follow() -> bool:
        status, found, worker = ask(f"{shop}/api/v1/recommendations")
        assert status == 200
        if found == release:
            seen.add(worker)
        return len(seen) == 2

    until(all_follow, f"both workers serve {release}, {sorted(seen)} do")
    took = time.monotonic() - started
    assert {ask(f"{shop}/api/v1/recommendations")[1] for _ in range(10)} == {release}
    return took


def test_web_workers_follow_the_store_and_keep_what_they_have_while_it_fails(
    server: ObjectServer, publisher: Workspace, pod: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, third = (one.id for one in build_marked(publisher.root))
    go_live(publisher, first)
    upload_live(publisher)
    env = environment(pod, **SERVED)
    manage(env, "migrate", "-v0")
    with fetching(pod), serving(env, config=GUNICORN_THAT_NAMES_WORKERS) as shop:
        took = [wait_for(shop, first)]
        for release in (second, third):
            go_live(publisher, release)
            upload_live(publisher)
            took.append(wait_for(shop, release))
        rollback(publisher, by="ann", why="odd lists")
        took.append(wait_for(shop, second))
        assert "shop_held_releases 1.0" in metrics(env)
        lift(publisher, why="mended", by="ann")
        until(lambda: not (pod.releases / "hold.json").exists(), "the hold is lifted in the pod, too")
        with capsys.disabled():
            print(f"\nseconds until both workers served the store's release: {[round(one, 2) for one in took]}")

        manifest = server.read(f"{first}/{MANIFEST}")
        server.put(f"{first}/{MANIFEST}", manifest[:100])
        go_live(publisher, third)
        upload_live(publisher)
        wait_for(shop, third)
        pointer = json.loads(server.read("live.json"))
        server.put("live.json", json.dumps(pointer | {"release": first}).encode())
        until(lambda: "problem" in noted(pod) and MANIFEST in noted(pod)["problem"], "the failure is noted")
        assert ask(f"{shop}/readyz")[0] == 200
        wait_for(shop, third)
        assert "recsys_release_fetch_failing 1.0" in metrics(env)

        server.process.kill()
        until(lambda: "EndpointConnectionError" in noted(pod)["problem"], "the store is away", 30)
        assert "made-up-secret" not in json.dumps(noted(pod))
        assert ask(f"{shop}/readyz")[0] == 200
        wait_for(shop, third)


def metrics(env: Mapping[str, str]) -> list[str]:
    return of_site(env, "from ops import metrics; print(metrics.exposition().decode())").splitlines()


def of_site(env: Mapping[str, str], code: str) -> str:
    """Output of code within the storefront."""
    command = [sys.executable, "-c", f"import django; django.setup(); {code}"]
    return subprocess.check_output(command, env=env, text=True)


def noted(pod: Workspace) -> dict[str, str]:
    found: dict[str, str] = json.loads(pod.fetch_record.read_text())
    return found


def test_a_pod_that_starts_without_a_store_has_nothing_to_serve_and_says_so(
    server: ObjectServer, publisher: Workspace, pod: Workspace
) -> None:
    server.process.kill()
    server.process.wait()
    done = fetch_once(pod)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("recsys: release store s3://fashion/shop: cannot read the pointer")
    assert "made-up-secret" not in done.stderr
    assert not pod.live.is_symlink()
    env = environment(pod, **SERVED)
    manage(env, "migrate", "-v0")
    said = of_site(env, "from ops.selectors import readiness; print(readiness()['release'])")
    assert "no live release" in said
    assert "the release store could not be read: see the log of `recsys release fetch`" in said


def test_a_killed_upload_and_a_killed_download_go_on(
    server: ObjectServer, publisher: Workspace, pod: Workspace
) -> None:
    files = {f"part-{number:02}.bin": secrets.token_bytes(2 << 20) for number in range(30)}
    release = add_release(publisher, 1, files)
    go_live(publisher, release)
    with subprocess.Popen(command("upload", "--workspace", str(publisher.root))) as upload:
        until(lambda: len(server.names()) >= 3, "three files are put", 60)
        upload.send_signal(signal.SIGKILL)
    put = server.names()
    assert 3 <= len(put) < len(files)
    assert not {f"{release}/{MANIFEST}", "live.json"} & put, "the manifest and the pointer come last"
    assert fetch_once(pod).returncode == 2

    uploaded = upload_live(publisher)
    assert uploaded is not None
    assert len(files) - len(put) <= uploaded.files <= len(files) - len(put) + 1
    assert len(server.names()) == len(files) + 2

    draft = pod.releases / f".fetch-{release}"
    with subprocess.Popen(command("fetch", "--workspace", str(pod.root))) as download:
        until(lambda: draft.is_dir() and len(list(draft.iterdir())) >= 3, "three files are fetched", 60)
        download.send_signal(signal.SIGKILL)
    got = {file.name for file in draft.iterdir()}
    assert 3 <= len(got) < len(files)
    assert not pod.live.is_symlink()
    done = fetch_once(pod)
    assert done.returncode == 0, done.stderr
    (fetched,) = re.findall(rf"release {release}: (\d+) of 30 files fetched", done.stderr)
    assert len(files) - len(got) <= int(fetched) <= len(files) - len(got) + 1
    assert content_of(pod.releases / release) == content_of(publisher.releases / release)
    assert [path.name for path in pod.releases.iterdir() if path.name.startswith((".fetch-", ".dropped"))] == []


def test_two_processes_of_a_pod_fetch_once(server: ObjectServer, publisher: Workspace, pod: Workspace) -> None:
    release = add_release(publisher, 1, {f"part-{number}.bin": secrets.token_bytes(1 << 20) for number in range(10)})
    go_live(publisher, release)
    upload_live(publisher)
    words = command("fetch", "--once", "--workspace", str(pod.root))
    both = [subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) for _ in range(2)]
    said = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("10 of 10 files fetched" in text for text in said) == 1


def test_a_large_file_goes_in_parts_and_old_releases_leave_the_store(
    server: ObjectServer, publisher: Workspace, pod: Workspace
) -> None:
    releases = []
    for day in (1, 2, 3):
        data = secrets.token_bytes(BIG_BYTES if day == 3 else 100)
        releases.append(add_release(publisher, day, {"lists/article_idx.npy": data}))
        go_live(publisher, releases[-1])
        upload_live(publisher)
    about = server.client.head_object(Bucket="fashion", Key=f"shop/{releases[2]}/lists/article_idx.npy")
    assert "-" in about["ETag"], "of an object that was put in parts"
    assert fetch_once(pod).returncode == 0
    assert content_of(pod.releases / releases[2]) == content_of(publisher.releases / releases[2])
    for old in list_releases(publisher)[1:]:
        for file in (old.path / "lists/article_idx.npy", old.path / MANIFEST):
            file.unlink()
    uploaded = upload_live(publisher)
    assert uploaded is not None
    assert uploaded.removed == (releases[0],)
    assert {name.partition("/")[0] for name in server.names()} == {*releases[1:], "live.json"}


def test_a_fetcher_ends_when_it_is_asked_to(server: ObjectServer, pod: Workspace) -> None:
    with fetching(pod) as process:
        until(pod.fetch_record.exists, "the first try is noted", 30)
        process.terminate()
        assert process.wait(timeout=5) == 0
