import os
import subprocess
from pathlib import Path

SETUP = Path(__file__).parents[2] / "scripts" / "setup.sh"


def test_a_disk_without_room_is_named_before_anything_is_installed(tmp_path: Path) -> None:
    env = {**os.environ, "SETUP_NEEDED_MB": str(10**12)}
    ended = subprocess.run([SETUP], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert f"need about {10**12} MB here" in ended.stderr
    assert list(tmp_path.iterdir()) == []
