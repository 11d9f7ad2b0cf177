"""From snapshots to measured lists, every stage but Spark's, on a shop with two groups of customers."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core.config import Config
from recsys_core.features.snapshot import Snapshot
from recsys_core.pipeline import score as scoring
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.filter import STAGE as FILTER
from recsys_core.pipeline.filter import lists_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.score import Targets, open_scorer, scored_spec
from recsys_core.pipeline.train_ranker import make_examples, ranker_spec, train_ranker
from recsys_core.pipeline.train_retrievers import (
    retriever_spec,
    retriever_specs,
    train_retrievers,
)
from recsys_core.ranking.blend import BlendRanker
from recsys_core.ranking.examples import read_examples
from recsys_core.ranking.rankers import load_ranker
from recsys_core.ranking.scored import Scored, score_customers
from recsys_core.ranking.shard_scorer import shard_name
from recsys_core.testing.snapshot_fixture import CUTOFF, FixtureShop, Purchase
from recsys_core.towers.history import as_of_cutoff, last_purchases
from recsys_core.towers.inputs import tower_inputs
from tests.support import two_groups

CONFIG = Config.model_validate(
    {
        "cutoffs": {"label_days": 2, "train_cutoffs": 2},
        "two_tower": {"dim": 8, "id_dim": 8, "hidden": [16], "batch_size": 64, "epochs": 12, "learning_rate": 0.01},
        "ranker": "blend",
        "dnn_ranker": {"hidden": [8], "batch_size": 128, "epochs": 3},
        "lightgbm": {"trees": 20, "min_rows_in_leaf": 5},
        "lists": {"length": 12, "scored_length": 20, "shard_customers": 17, "second_ranker": "dnn"},
    }
)


@pytest.fixture(scope="module")
def shop() -> FixtureShop:
    """The a's buy shirts, the b's buy dresses, each one every other day; ``late`` first comes in the label days."""
    purchases = two_groups.purchases()
    purchases += [Purchase("late", "shirt00", 0), Purchase("late", "shirt01", 0)]
    return FixtureShop(purchases, customers={"newcomer": {"age": 20.0}})


@pytest.fixture(scope="module")
def plan(shop: FixtureShop, tmp_path_factory: pytest.TempPathFactory) -> BuildPlan:
    """Trained, scored and filtered as of ``CUTOFF``."""
    plan = shop.plan(tmp_path_factory.mktemp("workspace"), CONFIG)
    two_groups.prepare(plan, Targets())
    FILTER.make(plan)
    return plan


def list_rows(plan: BuildPlan) -> list[dict[str, Any]]:
    parts = sorted(plan.store.require(lists_spec(plan)).path.glob("part-*.parquet"))
    return [row for part in parts for row in pq.read_table(part).to_pylist()]


def test_everybody_known_at_the_cutoff_has_a_full_list(plan: BuildPlan) -> None:
    rows = list_rows(plan)

    expected = sorted([*(f"{group}{i:02d}" for group in "ab" for i in range(20)), "newcomer"])
    assert [row["customer_id"] for row in rows] == expected
    assert {len(set(row["article_ids"])) for row in rows} == {12}


def test_each_group_is_recommended_what_it_buys(plan: BuildPlan) -> None:
    top = [(row["customer_id"][0], article) for row in list_rows(plan) for article in row["article_ids"][:6]]
    shirts = {group: np.mean([article.startswith("shirt") for g, article in top if g == group]) for group in "ab"}

    assert shirts["a"] > 0.8
    assert shirts["b"] < 0.2


def test_lists_come_with_ledger_fallbacks_and_summary(plan: BuildPlan) -> None:
    lists = plan.store.require(lists_spec(plan))
    ledger = json.loads((lists.path / "ledger.json").read_text())

    assert (lists.summary["customers"], lists.summary["length"]) == (41, 12)
    rules = [rule["name"] for rule in ledger["rules"]]
    assert len(rules) == 8
    assert sorted(lists.summary["rules"]) == sorted(rules)
    assert lists.summary["rules"]["season"] == "off: purchases cover 13 days, it needs 365"
    assert ledger["customers"] == {"new": 1, "lapsed": 0, "active": 40}
    assert set(json.loads((lists.path / "fallbacks.json").read_text())) == {"global", "newest", "segments"}


def test_the_second_ranker_has_lists_of_its_own_from_the_same_candidates(plan: BuildPlan) -> None:
    scorer = open_scorer(plan, Targets())
    assert isinstance(scorer.ranker, BlendRanker)
    alone = score_customers(scorer.context, scorer.ranker.dnn, scorer.customers[:17], 20)
    second = Scored.read(plan.store.require(scored_spec(plan)).path / shard_name(0, "second"))
    np.testing.assert_array_equal(second.article_idx, alone.article_idx)
    np.testing.assert_array_equal(second.score, alone.score)
    measured = open_scorer(plan, Targets("label=2020-09-20+2", 20))
    assert measured.second is None  # an evaluation measures the lists that all see

    lists = plan.store.require(lists_spec(plan))
    assert lists.summary["second_ranker"] == "dnn"
    parts = sorted(lists.path.glob("second/part-*.parquet"))
    rows = [row for part in parts for row in pq.read_table(part).to_pylist()]
    assert [row["customer_id"] for row in rows] == [row["customer_id"] for row in list_rows(plan)]
    assert {len(set(row["article_ids"])) for row in rows} == {12}
    assert rows != list_rows(plan)


def test_trained_again_is_found_not_made(plan: BuildPlan) -> None:
    keys = {name: artifact.record["created_at"] for name, artifact in train_retrievers(plan).items()}

    assert len(keys) == 3 * len(retriever_specs(plan))  # the cut-off and two before it
    assert train_ranker(plan).record["created_at"] == train_ranker(plan).record["created_at"]


def test_refill_and_catalogue_have_their_retrievers_whatever_yields_candidates(plan: BuildPlan) -> None:
    retrieval = plan.config.retrieval.model_copy(update={"retrievers": ("repurchase",)})
    alone = BuildPlan(plan.workspace, plan.config.model_copy(update={"retrieval": retrieval}), plan.cutoff)

    fitted = train_retrievers(alone)

    retrievers = sorted(name.split("/")[1] for name in fitted)
    assert retrievers == ["popular", "popular", *["repurchase"] * 3, *["two_tower"] * 3]
    train_ranker(alone)
    two_groups.score(alone, Targets())
    assert FILTER.make(alone).summary["customers"] == 41


def test_examples_come_from_the_label_windows(plan: BuildPlan, shop: FixtureShop) -> None:
    examples = read_examples(make_examples(plan).path)

    assert [(train.cutoff, train.days) for train in plan.train_cutoffs] == [
        (CUTOFF - dt.timedelta(days=2), 2),
        (CUTOFF - dt.timedelta(days=4), 2),
    ]
    assert (np.diff(examples.group) >= 0).all()
    bought_by = np.unique(examples.group[~examples.is_simulated])
    assert len(bought_by) <= 80
    assert all(examples.label[examples.group == group].any() for group in np.unique(examples.group))
    bought = {(p.customer, p.article, (p.days_ago + 1) // 2) for p in shop.purchases if 1 <= p.days_ago <= 4}
    assert 0 < examples.label[~examples.is_simulated].sum() <= len(bought)
    assert 0 < examples.keep_rate <= 1


def test_a_killed_scoring_keeps_its_finished_parts(plan: BuildPlan, tmp_path: Path) -> None:
    scorer = open_scorer(plan, Targets())
    scorer.score(1, tmp_path)
    before = (tmp_path / shard_name(1)).stat().st_mtime_ns

    counts = [scorer.score(shard, tmp_path) for shard in range(scorer.n_shards)]

    assert counts == [17, 17, 7]
    assert (tmp_path / shard_name(1)).stat().st_mtime_ns == before
    made = {file.name: file.read_bytes() for file in plan.store.require(scored_spec(plan)).path.glob("*.parquet")}
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == made


def test_a_single_shard_is_scored_without_spark(plan: BuildPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    from spark_jobs import session
    from spark_jobs.jobs.score import score

    monkeypatch.setattr(session, "spark_session", lambda name: pytest.fail(f"{name} started Spark"))
    config = plan.config.model_copy(update={"lists": plan.config.lists.model_copy(update={"shard_customers": 2048})})

    whole = score(replace(plan, config=config), Targets())

    assert whole.summary == {"customers": 41, "shards": 1}
    in_shards = plan.store.require(scored_spec(plan)).path
    alone = pq.read_table(whole.path / shard_name(0))
    together = pa.concat_tables([pq.read_table(part) for part in sorted(in_shards.glob("part-*.parquet"))])
    assert alone.drop_columns(["score"]).equals(together.drop_columns(["score"]))
    scores = [np.array(table["score"].to_pylist()) for table in (alone, together)]
    np.testing.assert_allclose(*scores, rtol=1e-5, atol=1e-6)  # products of more rows at a time round otherwise


def test_a_ranker_of_other_features_is_refused(plan: BuildPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = plan.store.require(ranker_spec(plan))
    ranker = load_ranker(fitted)
    first, ranker.numeric_names = ranker.numeric_names[0], ranker.numeric_names[1:]
    monkeypatch.setattr(scoring, "load_ranker", lambda trained: ranker)
    said = (
        rf"{fitted.path} was trained on other features .*{plan.cutoff}.* \({first}\): run `recsys train-ranker` again"
    )
    with pytest.raises(ValueError, match=said):
        open_scorer(plan, Targets())


def test_every_training_is_on_record(plan: BuildPlan) -> None:
    import mlflow

    from recsys_core.tracking.runs import configure

    configure(plan.workspace)
    client = mlflow.MlflowClient()
    runs = client.search_runs([client.get_experiment_by_name("recsys").experiment_id])
    of_key = {run.data.tags["stage_key"]: run for run in runs}
    dnn, blend = of_key[ranker_spec(plan, "dnn").key], of_key[ranker_spec(plan).key]
    models = {model.name for model in client.search_registered_models()}

    assert models == {"two_tower_customer", "two_tower_article", "dnn_ranker", "lightgbm_ranker"}
    assert dnn.data.params["epochs"] == "3"
    assert dnn.data.metrics["examples"] > 0
    assert 0 <= blend.data.metrics["dnn_weight"] <= 1
    assert dnn.data.tags["data_digest"] == plan.tables.content_sha256
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert plan.store.require(ranker_spec(plan)).summary["mlflow_run_id"] == blend.info.run_id


def test_both_towers_are_on_record_with_signatures(plan: BuildPlan) -> None:
    """The registered models, called by their signatures, give the vectors that the shop serves with."""
    import mlflow
    import tensorflow as tf

    from recsys_core.tracking.runs import configure

    configure(plan.workspace)
    fitted = plan.store.require(retriever_spec(plan, "two_tower"))
    snapshot = Snapshot.open(plan.store.require(snapshot_spec(plan)).path)
    inputs = tower_inputs(snapshot, plan.config.two_tower)
    customers, articles = inputs.customers, inputs.articles
    moments = as_of_cutoff(snapshot.purchases, np.arange(len(customers.ids), dtype=np.int32))
    history = last_purchases(snapshot.purchases, moments, plan.config.two_tower.history_length)
    sides = {"customer": (customers, history), "article": (articles, ())}
    for name, (side, more) in sides.items():
        query = f"name = 'two_tower_{name}' and run_id = '{fitted.summary['mlflow_run_id']}'"
        (version,) = mlflow.MlflowClient().search_model_versions(query)
        uri = f"models:/two_tower_{name}/{version.version}"
        parts = {f"input_{i}": part for i, part in enumerate((side.ids, side.categories, side.numbers, *more))}
        assert mlflow.models.get_model_info(uri).signature.inputs.input_names() == list(parts)

        folder = Path(mlflow.artifacts.download_artifacts(uri))
        serve = tf.saved_model.load(str(folder / "tf2model")).signatures["serving_default"]
        vectors = serve(**{key: tf.constant(part) for key, part in parts.items()})["vector"].numpy()
        np.testing.assert_allclose(vectors, np.load(fitted.path / f"{name}_vectors.npy"), atol=1e-5)
