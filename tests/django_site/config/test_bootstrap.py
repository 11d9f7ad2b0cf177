import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config import bootstrap

SITE = Path(bootstrap.__file__).parents[1]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECSYS_WORKSPACE", str(tmp_path))
    monkeypatch.delenv("SECRET_KEY", raising=False)
    return tmp_path


def test_a_home_gets_a_secret_key_of_its_own_that_only_the_owner_reads(workspace: Path) -> None:
    bootstrap.prepare_home()
    key = bootstrap.secret_key_file(workspace)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_text()) >= 50


def test_the_secret_key_stays(workspace: Path) -> None:
    bootstrap.prepare_home()
    first = bootstrap.secret_key_file(workspace).read_text()
    bootstrap.prepare_home()
    assert bootstrap.secret_key_file(workspace).read_text() == first


def test_no_key_is_written_where_one_is_given(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "x" * 50)
    bootstrap.prepare_home()
    assert not bootstrap.secret_key_file(workspace).exists()


def test_a_command_adds_nothing_to_the_metrics_of_the_servers_workers(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chart's CronJobs have the server's variables, but not its folders."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(workspace / "metrics"))
    done = subprocess.run([sys.executable, "manage.py", "check"], cwd=SITE, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr[-500:]) == (0, "")


def test_workers_that_start_together_share_one_key(workspace: Path) -> None:
    script = (
        "from config import bootstrap as b; b.prepare_home(); "
        "print(b.secret_key_file(b.read_environment().RECSYS_WORKSPACE).read_text())"
    )
    starts = [subprocess.Popen([sys.executable, "-c", script], cwd=SITE, stdout=subprocess.PIPE) for _ in range(4)]
    keys = {worker.communicate()[0] for worker in starts}
    assert len(keys) == 1
    assert [p.name for p in (workspace / "web").glob("*key*")] == ["secret-key"]
