import json
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from recsys_core.store.artifacts import (
    RECORD,
    ArtifactSpec,
    ArtifactStore,
    DamagedArtifactError,
    atomic_path,
    check_digests,
    open_artifact,
    sha256_of,
)
from recsys_core.testing.damage import assert_damage_is_refused, flip_byte
from recsys_core.workspace import Workspace

SPEC = ArtifactSpec("things", 1, {"tables": "abc"}, {"k": 3}, "recsys things")
BUILD = """
    import sys, time
    from pathlib import Path
    from recsys_core.store.artifacts import ArtifactStore, ArtifactSpec
    from recsys_core.workspace import Workspace

    store = ArtifactStore(Workspace(Path(sys.argv[1])))
    with store.build(ArtifactSpec("things", 1, {"tables": "abc"}, {"k": 3})) as draft:
        (draft.path / "data.txt").write_text("half ")
        print("started", flush=True)
        time.sleep(float(sys.argv[2]))
        (draft.path / "data.txt").write_text("whole")
"""


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(Workspace(tmp_path))


def build(store: ArtifactStore, spec: ArtifactSpec = SPEC, **files: str) -> None:
    with store.build(spec) as draft:
        for name, text in (files or {"data": "whole"}).items():
            (draft.path / f"{name}.txt").write_text(text)
        draft.summary["rows"] = 3


def fail_after_writing(store: ArtifactStore, name: str) -> None:
    def failing() -> None:
        with store.build(SPEC) as draft:
            (draft.path / name).write_text("half")
            raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        failing()


def half_written(target: Path) -> None:
    with atomic_path(target) as fresh:
        fresh.write_text("half")
        raise RuntimeError("disk full")


def start_build(store: ArtifactStore, seconds: float) -> subprocess.Popen[str]:
    """A build in a process of its own, past its first write."""
    command = [sys.executable, "-c", textwrap.dedent(BUILD), str(store.workspace.root), str(seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "started\n"
    return process


def test_what_is_built_is_found(store: ArtifactStore) -> None:
    assert store.find(SPEC) is None
    build(store)

    found = store.require(SPEC)

    assert (found.path / "data.txt").read_text() == "whole"
    assert found.summary == {"rows": 3}
    assert found.record["inputs"] == {"tables": "abc"}
    assert list(found.record["files"]) == ["data.txt"]
    assert found.path == store.workspace.root / "things" / SPEC.key


def test_missing_artifact_names_the_command(store: ArtifactStore) -> None:
    with pytest.raises(FileNotFoundError, match=f"things/{SPEC.key} is missing: run `recsys things` first"):
        store.require(SPEC)


def test_a_build_that_fails_leaves_no_artifact(store: ArtifactStore) -> None:
    fail_after_writing(store, "data.txt")

    assert store.find(SPEC) is None
    build(store, other="whole")
    assert list(store.require(SPEC).record["files"]) == ["other.txt"]  # nothing of the failed draft


def test_resumed_build_keeps_what_was_written(store: ArtifactStore) -> None:
    fail_after_writing(store, "part-0")

    with store.build(SPEC, resume=True) as draft:
        assert (draft.path / "part-0").read_text() == "half"
    assert store.find(SPEC) is not None


def test_a_killed_build_leaves_a_draft_and_the_next_one_succeeds(store: ArtifactStore) -> None:
    process = start_build(store, seconds=60)
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert store.find(SPEC) is None
    assert (store.workspace.root / "things" / f".draft-{SPEC.key}" / "data.txt").read_text() == "half "
    build(store)
    assert (store.require(SPEC).path / "data.txt").read_text() == "whole"
    assert not (store.workspace.root / "things" / f".draft-{SPEC.key}").exists()


def test_two_processes_that_build_the_same_end_with_one_artifact(store: ArtifactStore) -> None:
    first = start_build(store, seconds=1.0)
    started = time.monotonic()
    build(store, data="second")  # waits for the first

    assert first.wait() == 0
    assert time.monotonic() - started > 0.5
    assert (store.require(SPEC).path / "data.txt").read_text() == "whole"
    complete = [p for p in (store.workspace.root / "things").iterdir() if not p.name.startswith(".")]
    assert [p.name for p in complete] == [SPEC.key]
    assert not (store.workspace.root / "things" / f".draft-{SPEC.key}").exists()


def test_key_follows_everything_it_is_made_from() -> None:
    others = [
        ArtifactSpec("thing", 1, {"tables": "abc"}, {"k": 3}),
        ArtifactSpec("things", 2, {"tables": "abc"}, {"k": 3}),
        ArtifactSpec("things", 1, {"tables": "abd"}, {"k": 3}),
        ArtifactSpec("things", 1, {"tables": "abc"}, {"k": 4}),
    ]

    assert len({SPEC.key, *(other.key for other in others)}) == 5
    assert ArtifactSpec("t", 1, {}, {"a": 1, "b": 2}).key == ArtifactSpec("t", 1, {}, {"b": 2, "a": 1}).key


def test_equal_content_has_an_equal_digest(store: ArtifactStore) -> None:
    specs = [ArtifactSpec("things", version, {}, {}) for version in range(4)]
    contents = [{"a": "1", "b": "2"}, {"b": "2", "a": "1"}, {"a": "2", "b": "1"}, {"a": "1"}]
    for spec, files in zip(specs, contents, strict=True):
        build(store, spec, **files)

    first, same, swapped, fewer = (store.require(spec).content_sha256 for spec in specs)

    assert first == same
    assert len({first, swapped, fewer}) == 3


def test_hidden_files_are_no_content(store: ArtifactStore) -> None:
    with store.build(SPEC) as draft:
        (draft.path / "data").write_text("1")
        (draft.path / ".part-00000.crc").write_text("2")
        (draft.path / ".checkpoints").mkdir()
        (draft.path / ".checkpoints" / "model").write_text("3")

    assert list(store.require(SPEC).record["files"]) == ["data"]


def test_a_folder_without_its_record_is_no_artifact(store: ArtifactStore) -> None:
    build(store)
    path = store.path(SPEC)
    (path / RECORD).unlink()

    assert open_artifact("things", path) is None


@pytest.mark.parametrize("record", [b"", b"{", b"\0" * 40])
def test_an_artifact_whose_record_a_power_cut_damaged_is_missing_and_made_again(
    store: ArtifactStore, record: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    build(store, data="before")
    file = store.path(SPEC) / RECORD
    file.write_bytes(record)

    assert store.find(SPEC) is None
    assert str(file) in caplog.text
    build(store, other="after")
    assert sorted(store.require(SPEC).record["files"]) == ["other.txt"]
    assert not (store.path(SPEC) / "data.txt").exists()


def test_the_disk_holds_a_draft_before_it_is_renamed(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[Path, bool]] = []

    def note(handle: int) -> None:
        synced.append((Path(f"/proc/self/fd/{handle}").resolve(), store.path(SPEC).exists()))

    monkeypatch.setattr("os.fsync", note)
    with store.build(SPEC) as draft:
        (draft.path / "below").mkdir()
        (draft.path / "below/data.txt").write_text("whole")
        drafted = [draft.path, draft.path / "below", draft.path / "below/data.txt", draft.path / RECORD]
    assert {(path, False) for path in drafted} <= set(synced)
    assert synced[-1] == (store.path(SPEC).parent, True)


def test_kind_may_hold_a_partition(store: ArtifactStore) -> None:
    spec = ArtifactSpec("features/cutoff=2020-09-18", 1)
    build(store, spec)

    assert store.require(spec).path.parent.name == "cutoff=2020-09-18"


def test_atomic_path_shows_nothing_before_the_end(tmp_path: Path) -> None:
    target = tmp_path / "value.json"
    with pytest.raises(RuntimeError, match="disk full"):
        half_written(target)
    assert not target.exists()

    with atomic_path(target) as fresh:
        fresh.write_text("whole")
    assert [p.name for p in tmp_path.iterdir()] == ["value.json"]


def test_record_tells_where_it_comes_from(store: ArtifactStore) -> None:
    build(store)

    record = json.loads((store.path(SPEC) / RECORD).read_text())

    assert {"kind", "key", "version", "inputs", "params", "summary", "files", "content_sha256"} <= set(record)
    assert str(store.workspace.root) not in json.dumps(record)


def test_what_is_required_is_compared_with_its_record(store: ArtifactStore) -> None:
    build(store, data="whole", other="x" * 9)
    made = store.find(SPEC)
    assert made
    assert made.record["bytes"] == {"data.txt": 5, "other.txt": 9}
    assert_damage_is_refused(made, lambda made: store.require(SPEC))

    flip_byte(made.path / "data.txt")
    assert store.require(SPEC).key == made.key  # once a process


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("more.txt", "new", r"more\.txt was not there when it was made"),
        ("data.txt", None, r"data\.txt is missing"),
        ("data.txt", "whole!", r"data\.txt has 6 bytes, expected 5"),
    ],
)
def test_files_that_came_went_or_grew_are_named(store: ArtifactStore, name: str, text: str | None, said: str) -> None:
    build(store)
    file = store.path(SPEC) / name
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    with pytest.raises(DamagedArtifactError, match=said + ": remove .* and run `recsys things` again"):
        store.require(SPEC)


@pytest.mark.parametrize(("at_most", "read"), [(None, "abcd"), (40, "abcd"), (20, "bd"), (10, "d"), (9, "")])
def test_of_much_so_many_bytes_are_read_as_are_allowed(tmp_path: Path, at_most: int | None, read: str) -> None:
    expected = {}
    for name in "abcd":
        (tmp_path / name).write_text(name * 10)
        expected[name] = sha256_of(tmp_path / name)
    for name in "abcd":
        flip_byte(tmp_path / name)
        refused = False
        try:
            check_digests(tmp_path, expected, "make it again", at_most)
        except DamagedArtifactError:
            refused = True
        flip_byte(tmp_path / name)
        assert refused == (name in read)
