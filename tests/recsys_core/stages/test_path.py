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
from recsys_core.lineage import Lineage
from recsys_core.ranking.blend import BlendRanker
from recsys_core.ranking.examples import read_examples
from recsys_core.ranking.scored import Scored, score_customers
from recsys_core.stages.filtering import make_lists
from recsys_core.stages.scoring import Targets, open_scorer, shard_name
from recsys_core.stages.training import make_examples, train_ranker, train_retrievers
from recsys_core.testing import two_groups
from recsys_core.testing.snapshot_fixture import CUTOFF, FixtureShop, Purchase
from recsys_core.towers.history import as_of_cutoff, last_purchases
from recsys_core.towers.inputs import tower_inputs

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
def lineage(shop: FixtureShop, tmp_path_factory: pytest.TempPathFactory) -> Lineage:
    """Trained, scored and filtered as of ``CUTOFF``."""
    lineage = shop.lineage(tmp_path_factory.mktemp("home"), CONFIG)
    two_groups.prepare(lineage, Targets())
    make_lists(lineage)
    return lineage


def list_rows(lineage: Lineage) -> list[dict[str, Any]]:
    parts = sorted(lineage.store.require(lineage.lists, "recsys filter").path.glob("part-*.parquet"))
    return [row for part in parts for row in pq.read_table(part).to_pylist()]


def test_everybody_known_at_the_cutoff_has_a_full_list(lineage: Lineage) -> None:
    rows = list_rows(lineage)

    expected = sorted([*(f"{group}{i:02d}" for group in "ab" for i in range(20)), "newcomer"])
    assert [row["customer_id"] for row in rows] == expected
    assert {len(set(row["article_ids"])) for row in rows} == {12}


def test_each_group_is_recommended_what_it_buys(lineage: Lineage) -> None:
    top = [(row["customer_id"][0], article) for row in list_rows(lineage) for article in row["article_ids"][:6]]
    shirts = {group: np.mean([article.startswith("shirt") for g, article in top if g == group]) for group in "ab"}

    assert shirts["a"] > 0.8
    assert shirts["b"] < 0.2


def test_lists_come_with_ledger_fallbacks_and_summary(lineage: Lineage) -> None:
    lists = lineage.store.require(lineage.lists, "")
    ledger = json.loads((lists.path / "ledger.json").read_text())

    assert (lists.summary["customers"], lists.summary["length"]) == (41, 12)
    rules = [rule["name"] for rule in ledger["rules"]]
    assert len(rules) == 8
    assert sorted(lists.summary["rules"]) == sorted(rules)
    assert lists.summary["rules"]["season"] == "off: purchases cover 13 days, it needs 365"
    assert ledger["customers"] == {"new": 1, "lapsed": 0, "active": 40}
    assert set(json.loads((lists.path / "fallbacks.json").read_text())) == {"global", "newest", "segments"}


def test_the_second_ranker_has_lists_of_its_own_from_the_same_candidates(lineage: Lineage) -> None:
    scorer = open_scorer(lineage, Targets())
    assert isinstance(scorer.ranker, BlendRanker)
    alone = score_customers(scorer.context, scorer.ranker.dnn, scorer.customers[:17], 20)
    second = Scored.read(lineage.store.require(lineage.scored(), "").path / shard_name(0, "second"))
    np.testing.assert_array_equal(second.article_idx, alone.article_idx)
    np.testing.assert_array_equal(second.score, alone.score)
    measured = open_scorer(lineage, Targets("label=2020-09-20+2", 20))
    assert measured.second is None  # an evaluation measures the lists that all see

    lists = lineage.store.require(lineage.lists, "")
    assert lists.summary["second_ranker"] == "dnn"
    parts = sorted(lists.path.glob("second/part-*.parquet"))
    rows = [row for part in parts for row in pq.read_table(part).to_pylist()]
    assert [row["customer_id"] for row in rows] == [row["customer_id"] for row in list_rows(lineage)]
    assert {len(set(row["article_ids"])) for row in rows} == {12}
    assert rows != list_rows(lineage)


def test_trained_again_is_found_not_made(lineage: Lineage) -> None:
    keys = {name: artefact.record["created_at"] for name, artefact in train_retrievers(lineage).items()}

    assert len(keys) == 3 * len(lineage.lanes)  # the cut-off and two before it
    assert train_ranker(lineage).record["created_at"] == train_ranker(lineage).record["created_at"]


def test_refill_and_catalogue_have_their_lanes_whatever_yields_candidates(lineage: Lineage) -> None:
    retrieval = lineage.config.retrieval.model_copy(update={"lanes": ("repurchase",)})
    alone = Lineage(lineage.home, lineage.config.model_copy(update={"retrieval": retrieval}), lineage.cutoff)

    fitted = train_retrievers(alone)

    lanes = sorted(name.split("/")[1] for name in fitted)
    assert lanes == ["popular", "popular", "repurchase", "repurchase", "repurchase", "two_tower"]
    train_ranker(alone)
    two_groups.score(alone, Targets())
    assert make_lists(alone).summary["customers"] == 41


def test_examples_come_from_the_label_windows(lineage: Lineage, shop: FixtureShop) -> None:
    examples = read_examples(make_examples(lineage).path)

    assert [(train.cutoff, train.days) for train in lineage.train_cutoffs] == [
        (CUTOFF - dt.timedelta(days=2), 2),
        (CUTOFF - dt.timedelta(days=4), 2),
    ]
    assert (np.diff(examples.group) >= 0).all()
    bought_by = np.unique(examples.group[~examples.stands_in])
    assert len(bought_by) <= 80
    assert all(examples.label[examples.group == group].any() for group in np.unique(examples.group))
    bought = {(p.customer, p.article, (p.days_ago + 1) // 2) for p in shop.purchases if 1 <= p.days_ago <= 4}
    assert 0 < examples.label[~examples.stands_in].sum() <= len(bought)
    assert 0 < examples.keep_rate <= 1


def test_a_killed_scoring_keeps_its_finished_parts(lineage: Lineage, tmp_path: Path) -> None:
    scorer = open_scorer(lineage, Targets())
    scorer.score(1, tmp_path)
    before = (tmp_path / shard_name(1)).stat().st_mtime_ns

    counts = [scorer.score(shard, tmp_path) for shard in range(scorer.n_shards)]

    assert counts == [17, 17, 7]
    assert (tmp_path / shard_name(1)).stat().st_mtime_ns == before
    made = {file.name: file.read_bytes() for file in lineage.store.require(lineage.scored(), "").path.glob("*.parquet")}
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == made


def test_a_single_shard_is_scored_without_spark(lineage: Lineage, monkeypatch: pytest.MonkeyPatch) -> None:
    from spark_jobs import session
    from spark_jobs.jobs.score import score

    monkeypatch.setattr(session, "spark_session", lambda name: pytest.fail(f"{name} started Spark"))
    config = lineage.config.model_copy(
        update={"lists": lineage.config.lists.model_copy(update={"shard_customers": 2048})}
    )

    whole = score(replace(lineage, config=config), Targets())

    assert whole.summary == {"customers": 41, "shards": 1}
    in_shards = lineage.store.require(lineage.scored(), "").path
    alone = pq.read_table(whole.path / shard_name(0))
    together = pa.concat_tables([pq.read_table(part) for part in sorted(in_shards.glob("part-*.parquet"))])
    assert alone.drop_columns(["score"]).equals(together.drop_columns(["score"]))
    scores = [np.array(table["score"].to_pylist()) for table in (alone, together)]
    np.testing.assert_allclose(*scores, rtol=1e-5, atol=1e-6)  # products of more rows at a time round otherwise


def test_a_ranker_of_other_features_is_refused(lineage: Lineage) -> None:
    path = lineage.store.require(lineage.ranker, "").path / "dnn" / "ranker.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps({**about, "numeric_names": about["numeric_names"][1:]}))
    try:
        with pytest.raises(ValueError, match="trained on other features: run `recsys train-ranker` again"):
            open_scorer(lineage, Targets())
    finally:
        path.write_text(json.dumps(about, indent=1, ensure_ascii=False))


def test_every_training_is_on_record(lineage: Lineage) -> None:
    import mlflow

    from recsys_core.tracking import configure

    configure(lineage.home)
    client = mlflow.MlflowClient()
    runs = client.search_runs([client.get_experiment_by_name("recsys").experiment_id])
    of_key = {run.data.tags["stage_key"]: run for run in runs}
    dnn, blend = of_key[lineage.ranker_called("dnn").key], of_key[lineage.ranker.key]
    models = {model.name for model in client.search_registered_models()}

    assert models == {"two_tower_customer", "two_tower_article", "dnn_ranker", "lightgbm_ranker"}
    assert dnn.data.params["epochs"] == "3"
    assert dnn.data.metrics["examples"] > 0
    assert 0 <= blend.data.metrics["dnn_weight"] <= 1
    assert dnn.data.tags["data_digest"] == lineage.tables.content_sha256
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert lineage.store.require(lineage.ranker, "").summary["mlflow_run_id"] == blend.info.run_id


def test_both_towers_are_on_record_with_signatures(lineage: Lineage) -> None:
    """What was registered, asked by its signature, gives the vectors that serve."""
    import mlflow
    import tensorflow as tf

    from recsys_core.tracking import configure

    configure(lineage.home)
    fitted = lineage.store.require(lineage.two_tower, "")
    snapshot = Snapshot.open(lineage.store.require(lineage.snapshot, "").path)
    customers, articles, _ = tower_inputs(snapshot, lineage.config.two_tower)
    moments = as_of_cutoff(snapshot.purchases, np.arange(len(customers.ids), dtype=np.int32))
    history = last_purchases(snapshot.purchases, moments, lineage.config.two_tower.history_length)
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
