import json
from pathlib import Path
from typing import Any

import pytest

from recsys_core.serving.first_release import is_first, is_first_release


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [({"first_release": True}, True), ({"first_release": False}, False), ({"id": "of an earlier version"}, False)],
)
def test_the_manifest_tells_a_first_release(tmp_path: Path, manifest: dict[str, Any], expected: bool) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert is_first(manifest) is is_first_release(tmp_path) is expected


def test_a_folder_without_a_manifest_is_no_first_release(tmp_path: Path) -> None:
    assert is_first_release(tmp_path / "gone") is False
