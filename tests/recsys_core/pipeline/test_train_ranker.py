import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from recsys_core.config import Config
from recsys_core.errors import CollapsedError, TooLittleToLearnError
from recsys_core.pipeline.train_ranker import _make_side_by_side, train_ranker
from recsys_core.pipeline.train_retrievers import retriever_stage
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


def test_one_customer_in_the_label_windows_is_too_few_to_learn_from_and_to_measure_by(tmp_path: Path) -> None:
    config = Config.model_validate(
        {
            "cutoffs": {"label_days": 1, "train_cutoffs": 1},
            "retrieval": {"retrievers": ["popular", "repurchase"]},
            "ranker": "lightgbm",
        }
    )
    plan = FixtureShop([Purchase("anna", f"a{day % 3}", day) for day in range(1, 9)]).plan(tmp_path, config)
    for name in config.retrieval.retrievers:
        retriever_stage(name).make(plan.past_plans[0])
    with pytest.raises(TooLittleToLearnError, match="too few customers bought in the label windows"):
        train_ranker(plan)
