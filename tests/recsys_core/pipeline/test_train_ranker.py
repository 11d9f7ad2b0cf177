import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from recsys_core.errors import CollapsedError
from recsys_core.pipeline.train_ranker import _make_side_by_side
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase


@dataclass
class Training:
    make: Callable[[Any], None]


def test_a_ranker_is_finished_though_the_one_beside_it_fails(tmp_path: Path) -> None:
    done: list[str] = []

    def collapses(_: object) -> None:
        raise CollapsedError("the DNN collapsed")

    def takes_longer(_: object) -> None:
        time.sleep(0.3)
        done.append("lightgbm")

    plan = FixtureShop([Purchase("anna", "a", day) for day in range(1, 31)]).plan(tmp_path)
    with pytest.raises(CollapsedError, match="the DNN collapsed"):
        _make_side_by_side([Training(collapses), Training(takes_longer)], plan)  # type: ignore[list-item]
    assert done == ["lightgbm"]
