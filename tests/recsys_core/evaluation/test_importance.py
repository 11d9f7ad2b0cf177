from collections.abc import Mapping

import pytest

from recsys_core.evaluation.metrics.importance import MAX_FEATURES_SHOWN, importance_table


class Weighing:
    """Weighs ``count`` retrieval features, each one more than the last, and one category."""

    def __init__(self, count: int) -> None:
        self.count = count

    def importance(self) -> Mapping[str, float]:
        return {f"retriever_{i}_score": float(i) for i in range(self.count)} | {"colour_group_name": 3.0}


def groups(count: int) -> dict[str, str]:
    return {f"retriever_{i}_score": "retrieval" for i in range(count)}


def test_a_ranker_that_does_not_tell_has_none() -> None:
    assert importance_table(object(), {}) is None


def test_shares_by_feature_and_by_group() -> None:
    table = importance_table(Weighing(4), groups(4))  # weights 0, 1, 2, 3 and 3

    assert table is not None
    assert table["features"] == 5
    assert table["groups"] == pytest.approx({"retrieval": 6 / 9, "category": 3 / 9})
    first, second, *_ = table["top"]  # type: ignore[misc]
    assert (first["feature"], second["feature"]) == ("colour_group_name", "retriever_3_score")
    assert first["share"] == pytest.approx(3 / 9)


def test_only_the_heaviest_are_named_but_all_are_summed() -> None:
    table = importance_table(Weighing(50), groups(50))

    assert table is not None
    assert len(table["top"]) == MAX_FEATURES_SHOWN  # type: ignore[arg-type]
    assert sum(table["groups"].values()) == pytest.approx(1)  # type: ignore[attr-defined]


def test_no_weight_at_all_is_no_division_by_zero() -> None:
    class Idle:
        def importance(self) -> Mapping[str, float]:
            return {"age": 0.0}

    assert importance_table(Idle(), {"age": "customer"}) == {
        "features": 1,
        "top": [{"feature": "age", "share": 0.0}],
        "groups": {"customer": 0.0},
    }
