import doctest
from types import ModuleType

import pytest

from accounts import ages, demo
from api import docs
from catalog import colours


@pytest.mark.parametrize("module", [ages, demo, docs, colours], ids=lambda module: module.__name__)
def test_the_examples_in_the_docs_are_true(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
