"""Tests stand where the code stands that they test."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
WITHOUT_APP = {"browser"}
"""Tests that cross the whole storefront."""


def folders(parent: Path) -> set[str]:
    return {folder.name for folder in parent.iterdir() if (folder / "__init__.py").exists()}


@pytest.mark.parametrize(("code", "without_code"), [("recsys_core", set()), ("django_site", WITHOUT_APP)])
def test_every_folder_of_tests_has_the_name_of_a_package(code: str, without_code: set[str]) -> None:
    tests = folders(REPOSITORY / "tests" / code)
    assert tests
    assert tests - without_code <= folders(REPOSITORY / code)
