"""Marks of erased customers: complete, and silent about who they are."""

import hashlib
from pathlib import Path

import pytest

from recsys_core.erasure import KEY, digest_of_customer
from recsys_core.workspace import Workspace


def test_customers_of_any_name_are_erased_once(tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    workspace = Workspace(alone / "workspace")
    assert not workspace.erasures()
    for customer_id in ("../../etc", "12345.0", "Zoë", "12345.0"):
        workspace.erase(customer_id)
    erased = workspace.erasures()
    assert [one in erased for one in ("../../etc", "12345.0", "Zoë", "12345", "")] == [True, True, True, False, False]
    assert len(erased.digests) == 3
    assert [path.name for path in alone.iterdir()] == ["workspace"]


def test_marks_do_not_say_whose_they_are(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.erase("17850")
    (mark,) = (path for path in workspace.erased.iterdir() if path.name != KEY)
    assert mark.read_bytes() == b""
    assert mark.name != hashlib.sha256(b"17850").hexdigest()  # 5 digits: tried out in a blink
    assert mark.name == digest_of_customer((workspace.erased / KEY).read_text(), "17850")


def test_marks_of_former_versions_lose_the_id(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.erased.mkdir()
    (workspace.erased / hashlib.sha256(b"anna").hexdigest()).write_text("anna")
    assert "anna" in workspace.erasures()
    assert all(path.read_text() != "anna" for path in workspace.erased.iterdir())
    assert "anna" in workspace.erasures()


def test_marks_without_their_key_stop_every_run(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.erase("anna")
    (workspace.erased / KEY).unlink()
    with pytest.raises(ValueError, match=r"\.key is missing.*1 erased customers"):
        workspace.erasures()
    with pytest.raises(ValueError, match=r"\.key is missing"):
        workspace.erase("bert")  # under another key nobody would know anna any more


def test_the_set_of_customers_has_a_signature(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert workspace.erasures().signature == ""
    workspace.erase("anna")
    one = workspace.erasures().signature
    workspace.erase("anna")
    assert workspace.erasures().signature == one
    workspace.erase("bert")
    assert workspace.erasures().signature != one
