import json
import subprocess
import sys
import time
import traceback
from pathlib import Path

import pytest

from recsys_core.index.config import IndexConfig
from recsys_core.index.server import MilvusUnreachableError, ServerProcess, milvus_client, read_server
from recsys_core.workspace import Workspace

pytestmark = pytest.mark.services

HOLD = """
import sys, time
from pathlib import Path
from recsys_core.index.config import IndexConfig
from recsys_core.workspace import Workspace
from recsys_core.index.server import milvus_client
with milvus_client(Workspace(Path(sys.argv[1])), IndexConfig()) as client:
    client.create_collection("left_over", dimension=4)
    print("ready", flush=True)
    time.sleep(600)
"""


def running(workspace: Workspace) -> ServerProcess | None:
    server = read_server(workspace.root / "milvus-stage.json")
    return server if server and server.answers() else None


def test_the_own_server_lives_as_long_as_the_context(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with milvus_client(workspace, IndexConfig()) as client:
        client.create_collection("kept", dimension=4)
        server = running(workspace)
    assert server is not None
    assert not server.answers()
    assert not (tmp_path / "milvus-stage.json").exists()
    with milvus_client(workspace, IndexConfig()) as client:
        assert client.list_collections() == ["kept"]


def test_a_server_that_a_killed_stage_left_is_replaced(tmp_path: Path) -> None:
    stage = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert stage.stdout is not None
    assert stage.stdout.readline().strip() == "ready"
    orphan = running(Workspace(tmp_path))
    stage.kill()
    stage.wait()
    stage.stdout.close()
    assert orphan is not None
    assert orphan.answers()
    with milvus_client(Workspace(tmp_path), IndexConfig()) as client:
        assert client.list_collections() == ["left_over"]
    assert not orphan.answers()


def test_the_workspaces_running_server_is_used(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with milvus_client(workspace, IndexConfig()):
        server = running(workspace)
        assert server is not None
        note = {"pid": server.pid, "port": server.port}
        (tmp_path / "milvus-server.json").write_text(json.dumps(note))
        with milvus_client(workspace, IndexConfig()) as client:
            assert client.list_collections() == []
        assert server.answers()


@pytest.mark.parametrize("noted", ["", "{}", '{"pid": "x", "port": 1}', '{"pid": 999999999, "port": 1}'])
def test_a_stale_note_is_ignored(tmp_path: Path, noted: str) -> None:
    (tmp_path / "milvus-server.json").write_text(noted)
    with milvus_client(Workspace(tmp_path), IndexConfig()) as client:
        assert client.list_collections() == []


def test_an_address_wins_and_its_silence_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILVUS_URI", "http://root:the-secret@127.0.0.1:9")
    started = time.monotonic()
    with (
        pytest.raises(MilvusUnreachableError, match=r"127\.0\.0\.1:9.*MILVUS_URI") as silence,
        milvus_client(Workspace(tmp_path), IndexConfig()),
    ):
        pass
    assert "the-secret" not in "".join(traceback.format_exception(silence.value))
    assert time.monotonic() - started < 40
    assert list(tmp_path.iterdir()) == []
