import numpy as np
import pytest

from recsys_core.config import Config
from recsys_core.contracts.release import REASONS
from recsys_core.evaluation.metrics.by_customer import RECALL_AT
from recsys_core.features.snapshot import Snapshot
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.filter import STAGE as FILTER
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.score import Targets, scored_spec
from recsys_core.pipeline.train_retrievers import retriever_spec
from recsys_core.pipeline.what_if import BothLists, table, what_if
from recsys_core.ranking.scored import Scored
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.rules.config import RulesConfig, changed_rules
from recsys_core.testing.snapshot_fixture import CUTOFF, FixtureShop, Purchase

LENGTH = 12
CONFIG = Config.model_validate({"lists": {"length": LENGTH, "scored_length": LENGTH}})
EXCLUDE = CONFIG.rules.model_copy(update={"purchased": "exclude"})


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> BuildPlan:
    """Anna has bought a00 and buys it again in the label days; bert has not bought it and does not."""
    bought = [Purchase("other", f"a{i:02d}", day) for i in range(20) for day in range(1, 8)]
    bought += [Purchase("anna", "a00", day) for day in (3, 0)] + [Purchase("bert", "a19", day) for day in (2, 0)]
    plan = FixtureShop(bought).plan(tmp_path_factory.mktemp("workspace"), CONFIG)
    score_everybody_alike(plan)
    return plan


def score_everybody_alike(plan: BuildPlan) -> None:
    """The retriever that refills, and scored lists of all customers and of those of one label day: a00, then a01 ...

    As an evaluation does, the second holds more candidates than rules look at.
    """
    snapshot = Snapshot.open(plan.store.require(snapshot_spec(plan)).path)
    with plan.store.build(retriever_spec(plan, "popular")) as draft:
        PopularRetriever.fit(snapshot, plan.config).save(draft.path)
    of_window = scored_spec(plan, Targets(f"label={CUTOFF}+1", RECALL_AT[-1]))
    for spec, customers, length in (
        (scored_spec(plan), snapshot.customer_ids, LENGTH),
        (of_window, [*sorted(["anna", "bert"]), "unknown"], LENGTH + 2),
    ):
        rows = snapshot.customer_rows(customers)
        articles = np.tile(np.arange(length, dtype=np.int32), (len(rows), 1))
        scores = np.tile(np.linspace(2, 1, length, dtype=np.float32), (len(rows), 1))
        with plan.store.build(spec) as draft:
            reason = np.full(articles.shape, REASONS.index("two_tower"), np.uint8)
            Scored(rows, articles, scores, reason).write(draft.path / "part-00000.parquet")


def test_the_lists_before_are_those_of_the_run(plan: BuildPlan) -> None:
    made = FILTER.make(plan)

    result = what_if(plan, plan.config.rules)

    assert (result["customers"], result["lists_changed"], result["overlap_at_12"]) == (3, 0, 1.0)
    ledger = result["ledger"]
    assert ledger["before"] == ledger["after"]  # type: ignore[index]
    assert ledger["before"]["candidates"] == {"new": 0, "lapsed": 0, "active": 36}  # type: ignore[index]
    assert made.summary["customers"] == 3


def test_a_changed_rule_is_counted_by_rule_and_segment(plan: BuildPlan) -> None:
    result = what_if(plan, EXCLUDE)

    assert result["rules_changed"] == {"purchased": ["allow", "exclude"]}
    assert result["lists_changed"] == 1  # anna; bert's a19 was no candidate; the other one bought everything
    assert result["overlap_at_12"] == pytest.approx((2 + 11 / 12) / 3)
    ledger = result["ledger"]
    assert "purchased" not in ledger["before"]["dropped"]  # type: ignore[index]
    assert ledger["after"]["dropped"]["purchased"] == {"new": 0, "lapsed": 0, "active": 13}  # type: ignore[index]
    assert result["coverage"] == {"before": 12 / 20, "after": 13 / 20}
    assert "map_at_12" not in result


def test_on_a_label_window_the_cost_of_a_rule_is_measured(plan: BuildPlan) -> None:
    measured = what_if(plan, EXCLUDE, label_days=1)
    precision, recall = measured["map_at_12"], measured["recall_at_12"]

    assert {name: part["value"] for name, part in precision.items()} == {  # type: ignore[attr-defined]
        "before": 0.5,  # anna finds a00 in the first place, bert finds nothing
        "after": 0.0,
        "difference": -0.5,
    }
    assert precision["difference"]["interval"] == (-1.0, 0.0)  # type: ignore[index]
    assert [recall[side]["value"] for side in ("before", "after", "difference")] == [0.5, 0.0, -0.5]  # type: ignore[index]


def test_rules_look_at_as_many_candidates_as_in_production(plan: BuildPlan) -> None:
    ledger = what_if(plan, EXCLUDE, label_days=1)["ledger"]

    for side in ("before", "after"):
        assert ledger[side]["candidates"] == {"new": LENGTH, "lapsed": 0, "active": 2 * LENGTH}  # type: ignore[index]


def test_the_table_shows_both_ledgers(plan: BuildPlan) -> None:
    lines = table(what_if(plan, EXCLUDE)).splitlines()

    heads = [f"{segment} {side}" for segment in ("new", "lapsed", "active") for side in ("before", "after")]
    assert lines[0].split() == " ".join(heads).split()
    cells = {line[:32].strip(): line[32:].split() for line in lines}
    assert cells["dropped by purchased"] == ["0", "0", "0", "0", "0", "13"]
    assert cells["candidates"][4:] == ["36", "36"]


def test_a_run_that_was_not_scored_names_the_command(plan: BuildPlan) -> None:
    with pytest.raises(FileNotFoundError, match="run `recsys evaluate` first"):
        what_if(plan, EXCLUDE, label_days=3)


def test_overlap_ignores_the_order_and_change_does_not() -> None:
    before = np.array([[1, 2, 3, 4], [1, 2, 3, 4]], np.int32)
    lists = BothLists(np.arange(2, dtype=np.int32), before, np.array([[1, 2, 4, 3], [1, 2, 3, 4]], np.int32))

    assert lists.overlap.tolist() == [1.0, 1.0]
    assert lists.changed.tolist() == [True, False]


@pytest.mark.parametrize(
    ("change", "key", "value"),
    [
        ("purchased=exclude", "purchased", "exclude"),
        ("price_band=false", "price_band", None),
        ("price_band = 2.5", "price_band", 2.5),
        ("only_if_bought=[]", "only_if_bought", ()),
        ("one_per_product_code=true", "one_per_product_code", True),
    ],
)
def test_changes_are_written_as_in_toml(change: str, key: str, value: object) -> None:
    assert getattr(changed_rules(RulesConfig(), [change]), key) == value


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("purchased", "'purchased': expected key=value"),
        ("speed=9", "speed = 9: Extra inputs"),
        ("price_band=-1", "price_band = -1"),
    ],
)
def test_a_wrong_change_is_named(change: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        changed_rules(RulesConfig(), [change])
