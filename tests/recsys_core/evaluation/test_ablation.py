import numpy as np
import pytest

from recsys_core.evaluation.ablation import Variant, ablation_rows, ablation_table, variants
from recsys_core.features.pairs import pair_features
from recsys_core.ranking.base import Examples

RETRIEVERS = ("popular", "repurchase")
FEATURES = tuple(f for f in pair_features(RETRIEVERS) if f.group in ("retrieval", "own_history"))
NAMES = tuple(f.name for f in FEATURES)


def numbers(*closeness: tuple[float, float]) -> np.ndarray:
    """Candidates by their closeness in the two retrievers; every other number is its column's place."""
    found = np.tile(np.arange(len(NAMES), dtype=np.float32), (len(closeness), 1))
    for retriever, values in zip(RETRIEVERS, zip(*closeness, strict=True), strict=True):
        found[:, NAMES.index(f"{retriever}_closeness")] = values
    found[:, NAMES.index("retrievers")] = [(a > 0) + (b > 0) for a, b in closeness]
    return found


def test_a_retriever_takes_what_only_it_retrieved() -> None:
    rows = Variant("popular", "retriever").rows(numbers((1, 0), (0.5, 0.5), (0, 1)), NAMES)

    assert rows.tolist() == [False, True, True]


def test_a_retriever_takes_its_columns_and_its_vote() -> None:
    variant, given = Variant("popular", "retriever"), numbers((0.5, 0.5), (0, 1))

    columns = variant.columns(FEATURES)
    left = variant.numbers(given, NAMES, columns)

    kept = [NAMES[i] for i in columns]
    assert set(NAMES) - set(kept) == {"popular_score", "popular_closeness"}
    assert left[:, kept.index("retrievers")].tolist() == [1, 1]
    assert given[:, NAMES.index("retrievers")].tolist() == [2, 1]


def test_a_group_takes_its_columns_and_no_candidate() -> None:
    variant, given = Variant("own_history", "features"), numbers((1, 0), (0, 1))

    assert variant.rows(given, NAMES).all()
    assert {FEATURES[i].group for i in variant.columns(FEATURES)} == {"retrieval"}


def test_what_is_learned_from_shrinks_alike_in_all_its_arrays() -> None:
    n = 3
    nothing = np.zeros((n, 0), np.int32)
    label, order = np.float32([1, 0, 1]), np.arange(n)
    given = numbers((1, 0), (0.5, 0.5), (0, 1))
    group, window, is_simulated = order.astype(np.int32), order.astype(np.int8), np.zeros(n, bool)
    examples = Examples(given, nothing, label, group, window, NAMES, (), {}, 1.0, is_simulated)

    left = Variant("popular", "retriever").examples(examples, FEATURES)

    assert left.label.tolist() == [0, 1]
    assert left.group.tolist() == [1, 2]
    assert left.numbers.shape == (2, len(NAMES) - 2)
    assert len(left.numeric_names) == len(NAMES) - 2


def test_the_whole_comes_first_and_a_single_retriever_is_never_left_out() -> None:
    assert variants(("popular",), FEATURES)[0] == Variant("nothing", "nothing")
    assert [v.left_out for v in variants(("popular",), FEATURES) if v.kind == "retriever"] == []
    assert [v.left_out for v in variants(RETRIEVERS, FEATURES) if v.kind == "retriever"] == list(RETRIEVERS)


def test_groups_that_the_rankers_do_not_see_are_no_variants() -> None:
    assert {v.left_out for v in variants((), FEATURES)} == {"nothing", "own_history", "retrieval"}


def test_differences_are_to_the_whole_on_the_same_customers() -> None:
    precision = np.array([[0.5, 0.25], [0.3, 0.05]])

    whole, without = ablation_rows(variants(RETRIEVERS, FEATURES)[:2], precision, precision)

    assert whole["difference"] == 0
    assert whole["interval"] == [0, 0]
    assert without["difference"] == pytest.approx(-0.25)
    assert without["interval"] == pytest.approx([-0.25, -0.25])
    assert "| popular (retriever) | 0.1500 | -0.2500 | -0.2500 to -0.2500 | 0.150 |" in ablation_table([whole, without])
