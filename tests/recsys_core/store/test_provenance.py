"""Commit and installed packages that releases and models name."""

import hashlib
from importlib.metadata import version

import pytest

from recsys_core.store import git
from recsys_core.store.packages import digest_of_packages, installed_packages, lock_digest


def test_the_digest_is_of_names_and_versions_whatever_their_order() -> None:
    expected = hashlib.sha256(b"numpy==2.4.6\npandas==2.3.0\n").hexdigest()
    assert digest_of_packages({"pandas": "2.3.0", "numpy": "2.4.6"}) == expected
    assert digest_of_packages({"pandas": "2.3.1", "numpy": "2.4.6"}) != expected


def test_packages_are_those_that_are_installed_without_this_project() -> None:
    found = installed_packages()
    assert found["numpy"] == version("numpy")
    assert found["scikit-learn"] == version("scikit_learn")
    assert "recsys-platform" not in found
    assert lock_digest() == digest_of_packages(found)


def test_an_image_without_a_checkout_names_the_commit_that_it_was_built_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "_git", lambda *_: None)
    monkeypatch.setenv("RECSYS_GIT_COMMIT", "a" * 40)
    assert git.git_commit() == "a" * 40
    monkeypatch.setenv("RECSYS_GIT_COMMIT", "")
    assert git.git_commit() is None


def test_a_checkout_counts_before_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "_git", lambda command, *_: "b" * 40 if command == "rev-parse" else "")
    monkeypatch.setenv("RECSYS_GIT_COMMIT", "a" * 40)
    assert git.git_commit() == "b" * 40
