import weakref
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.config import Config
from recsys_core.features.snapshot import Snapshot
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.train_retrievers import open_context, retriever_specs
from recsys_core.ranking.context import RetrievalContext
from recsys_core.ranking.examples import choose, is_bought, read_examples, simulated_cold_starts, write_examples
from recsys_core.retrieval.base import Sources
from recsys_core.retrieval.candidates import Candidates
from recsys_core.retrieval.config import RetrievalConfig
from recsys_core.retrieval.registry import fit_retriever
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase


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


@pytest.mark.parametrize(
    ("newcomers", "known", "share", "expected"),
    [
        (10, 90, 0.3, 29),  # (10 + 29) / (100 + 29) = 0.302
        (40, 60, 0.3, 0),  # enough came for the first time
        (0, 4, 0.9, 4),  # there are no more to stand in
        (0, 10, 0.0, 0),
    ],
)
def test_known_customers_simulate_cold_starts_until_they_have_their_share(
    newcomers: int, known: int, share: float, expected: int
) -> None:
    is_new = np.repeat([True, False], [newcomers, known])

    drawn = simulated_cold_starts(is_new, share, np.random.default_rng(0))

    assert len(set(drawn.tolist())) == len(drawn) == expected
    assert not is_new[drawn].any()


def test_examples_of_simulated_cold_starts_follow_those_of_their_window(tmp_path: Path) -> None:
    """All customers are known, so of each window's 20 buyers 9 come again: 9 / 29 is the first share above 0.3."""
    plan = FixtureShop(weekly(20)).plan(
        tmp_path, Config(retrieval=RetrievalConfig(retrievers=("popular", "repurchase")))
    )
    for at in (plan, *(plan.at(train.cutoff) for train in plan.train_cutoffs)):
        for name, spec in retriever_specs(at).items():
            with at.store.build(spec) as draft:
                fit_retriever(name, Snapshot.open(at.store.require(snapshot_spec(at)).path), at.config, Sources()).save(
                    draft.path
                )

    images = plan.workspace.image_embeddings
    images.mkdir(parents=True)
    vector = pa.array([np.eye(128, dtype=np.float32)[0]], pa.list_(pa.float32(), 128))
    pq.write_table(pa.table({"article_id": ["b"], "embedding": vector}), images / "part-0.parquet")

    opened: list[weakref.ref[RetrievalContext]] = []

    def open_alone(at: BuildPlan) -> RetrievalContext:
        assert not [context for context in opened if context()]  # of the windows before
        opened.append(weakref.ref(context := open_context(at)))
        return context

    windows = [(train, partial(open_alone, plan.at(train.cutoff))) for train in plan.train_cutoffs]
    counts = write_examples(windows, plan.tables.path, images, plan.config.examples, tmp_path)

    made = read_examples(tmp_path)
    assert (np.diff(made.group) >= 0).all()
    assert (
        counts["simulated_cold_starts"] == len(np.unique(made.group[made.is_simulated])) == 9 * len(plan.train_cutoffs)
    )
    assert counts["customers"] == len(np.unique(made.group[~made.is_simulated])) == 20 * len(plan.train_cutoffs)
    names = list(made.numeric_names)
    assert (made.numbers[made.is_simulated, names.index("customer_articles_all")] == 0).all()
    assert (made.numbers[made.is_simulated, names.index("repurchase_closeness")] == 0).all()
    assert (made.numbers[~made.is_simulated, names.index("customer_articles_all")] > 0).all()
    assert made.label[made.is_simulated].any()
    customer = made.codes[:, made.category_names.index("customer_id")]
    assert (customer[made.is_simulated] == 0).all()
    assert sorted(set(customer[~made.is_simulated])) == list(range(1, 21))  # all of them came in every window
    assert made.vocabulary["article_id"] == {"a": 1, "b": 2, "c": 3}
    assert made.images is not None
    assert made.images[:, 0].tolist() == [0, 0, 1, 0]  # by code; 0 is no article


def weekly(customers: int, weeks: int = 12) -> list[Purchase]:
    """Every customer buys one of three articles each day, by turns."""
    days = range(1, 7 * weeks)
    return [Purchase(f"c{i:02d}", "abc"[(i + day) % 3], day) for day in days for i in range(customers)]


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
