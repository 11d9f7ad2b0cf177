"""Retrievers whose inputs a shop lacks.

They are fitted as off, opened as one that finds nothing, and on as soon as the inputs come.
"""

import logging
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core.config import Config
from recsys_core.features.images import EMBEDDING_LENGTH
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.train_retrievers import open_context, retriever_spec, train_retrievers
from recsys_core.ranking.context import RetrievalContext
from recsys_core.testing.retriever_contract import everybody
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

CONFIG = Config.model_validate(
    {
        "cutoffs": {"label_days": 2, "train_cutoffs": 1},
        "two_tower": {"dim": 8, "id_dim": 8, "hidden": [16], "batch_size": 64, "epochs": 1, "incremental_epochs": 0},
        "retrieval": {"retrievers": ["popular", "similar_attributes", "similar_images", "similar_purchases"]},
    }
)
BARE = FixtureShop(
    [
        Purchase(f"{group}{i}", f"{group}_article{(i + day) % 6}", day)
        for group in "ab"
        for i in range(20)
        for day in range(1, 10)
    ]
)
"""Two groups that share no article. All articles are alike and none has an image."""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> BuildPlan:
    return BARE.plan(tmp_path_factory.mktemp("workspace"), CONFIG)


def opened(plan: BuildPlan) -> RetrievalContext:
    """Fitted and opened as a later command does it."""
    fresh = BuildPlan(plan.workspace, plan.config, plan.cutoff)
    train_retrievers(fresh)
    return open_context(fresh)


def test_retrievers_without_inputs_are_off_with_a_log_line(plan: BuildPlan, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "recsys_core.pipeline.train_retrievers"):
        context = opened(plan)

    assert "retriever similar_images is off: there are no image embeddings" in caplog.messages
    assert "retriever similar_attributes is off: all articles have the same attributes" in caplog.messages
    assert set(context.off) == {"similar_attributes", "similar_images"}
    assert plan.store.require(retriever_spec(plan, "similar_images")).summary == {"off": context.off["similar_images"]}


def test_a_retriever_that_is_off_keeps_its_columns_and_finds_nothing(plan: BuildPlan) -> None:
    context = opened(plan)
    customers = everybody(context.snapshot)

    candidates = context.candidates(customers)

    assert candidates.retrievers == CONFIG.retrieval.retrievers
    off = [candidates.retrievers.index(retriever) for retriever in context.off]
    assert not candidates.retriever_rank[:, off].any()
    assert (candidates.retriever_rank > 0).any(axis=1).all()
    assert "similar_images_score" in context.features.numeric_names
    numbers = context.features.numbers(context.pairs(customers, candidates))
    assert not numbers[:, context.features.numeric_names.index("similar_images_score")].any()


def test_embeddings_switch_the_retriever_on(plan: BuildPlan) -> None:
    table = plan.workspace.image_embeddings / "part-0.parquet"
    write_embeddings(table, list(BARE.catalogue))

    context = opened(plan)

    assert set(context.off) == {"similar_attributes"}
    found = context.retrievers["similar_images"].retrieve(everybody(context.snapshot))
    assert (found.article_idx[:-1, 0] >= 0).all()


def write_embeddings(path: Path, article_ids: list[str]) -> None:
    path.parent.mkdir(parents=True)
    values = pa.array(np.random.default_rng(0).random(len(article_ids) * EMBEDDING_LENGTH), pa.float32())
    embedding = pa.FixedSizeListArray.from_arrays(values, EMBEDDING_LENGTH)
    pq.write_table(pa.table({"article_id": article_ids, "embedding": embedding}), path)
