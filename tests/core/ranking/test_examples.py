import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.ranking.examples import choose, is_bought
from recsys_core.retrieval.candidates import Candidates


def candidates(*pairs: tuple[int, int]) -> Candidates:
    row, article = np.array(pairs, np.int32).T
    nothing = np.zeros((len(pairs), 1), np.float32)
    return Candidates(row, article, nothing, nothing.astype(np.int32), ("popular",))


def test_labels_join_by_customer_and_article() -> None:
    found = candidates((0, 1), (0, 3), (1, 1), (2, 3))

    label = is_bought(found, np.array([0, 1, 1]), np.array([3, 1, -1], np.int32), n_articles=4)

    assert label.tolist() == [False, True, True, False]


def test_an_unknown_article_labels_nothing() -> None:
    """-1 of row 1 must not be taken for the last article of row 0."""
    label = is_bought(candidates((0, 3)), np.array([1]), np.array([-1], np.int32), n_articles=4)

    assert label.tolist() == [False]


ROWS = st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=40).map(sorted)


@given(ROWS, st.integers(1, 5), st.integers(0, 3))
def test_keeps_all_hits_and_some_misses_of_customers_with_a_hit(
    rows: list[tuple[int, bool]], negatives: int, seed: int
) -> None:
    row = np.array([r for r, _ in rows], np.int32)
    label = np.array([hit for _, hit in rows], bool)

    kept = choose(row, label, negatives, np.random.default_rng(seed))

    assert (np.diff(kept) > 0).all()
    for customer in range(5):
        mine = np.flatnonzero(row == customer)
        chosen = np.intersect1d(mine, kept)
        misses = mine[~label[mine]]
        if label[mine].any():
            assert set(mine[label[mine]]) <= set(chosen)
            assert (~label[chosen]).sum() == min(negatives, len(misses))
        else:
            assert len(chosen) == 0
