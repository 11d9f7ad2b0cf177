"""Marks of erased customers: complete, and silent about who they are."""

import hashlib
from pathlib import Path

import pytest

from recsys_core.erasure import KEY, digest_of_customer
from recsys_core.home import Home


def test_customers_of_any_name_are_erased_once(tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    home = Home(alone / "home")
    assert not home.erasures()
    for customer_id in ("../../etc", "12345.0", "Zoë", "12345.0"):
        home.erase(customer_id)
    erased = home.erasures()
    assert [one in erased for one in ("../../etc", "12345.0", "Zoë", "12345", "")] == [True, True, True, False, False]
    assert len(erased.digests) == 3
    assert [path.name for path in alone.iterdir()] == ["home"]


def test_marks_do_not_say_whose_they_are(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.erase("17850")
    (mark,) = (path for path in home.erased.iterdir() if path.name != KEY)
    assert mark.read_bytes() == b""
    assert mark.name != hashlib.sha256(b"17850").hexdigest()  # 5 digits: tried out in a blink
    assert mark.name == digest_of_customer((home.erased / KEY).read_text(), "17850")


def test_marks_of_former_versions_lose_the_id(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.erased.mkdir()
    (home.erased / hashlib.sha256(b"anna").hexdigest()).write_text("anna")
    assert "anna" in home.erasures()
    assert all(path.read_text() != "anna" for path in home.erased.iterdir())
    assert "anna" in home.erasures()


def test_marks_without_their_key_stop_every_run(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.erase("anna")
    (home.erased / KEY).unlink()
    with pytest.raises(ValueError, match=r"\.key is missing.*1 erased customers"):
        home.erasures()
    with pytest.raises(ValueError, match=r"\.key is missing"):
        home.erase("bert")  # under another key nobody would know anna any more


def test_the_set_of_customers_has_a_signature(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.erasures().signature == ""
    home.erase("anna")
    one = home.erasures().signature
    home.erase("anna")
    assert home.erasures().signature == one
    home.erase("bert")
    assert home.erasures().signature != one
