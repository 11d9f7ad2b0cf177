"""A new shop's first release: made in seconds from counts, live only if nothing is."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from recsys_core.cli import path
from recsys_core.config import Config
from recsys_core.contracts.release import MANIFEST
from recsys_core.contracts.retrievers import RETRIEVERS
from recsys_core.errors import CollapsedError, TooLittleToLearnError
from recsys_core.pipeline.clean import clean
from recsys_core.pipeline.first_release import COUNTING, counting_plan, first_release, release_parts
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.train_retrievers import retriever_specs
from recsys_core.promotion.evaluation_records import champion_of, read_decisions
from recsys_core.promotion.going_live import rollback
from recsys_core.release.pointer import list_releases, live_id, live_or_none
from recsys_core.release.publish import make_release
from recsys_core.serving import Release, open_live
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
from tests.support import two_groups

CONFIG = Config.model_validate({"lists": {"length": 12, "scored_length": 24, "shard_customers": 16}})
KINDS = {
    f"{kind}{i:02d}": {"product_type_name": kind, "prod_name": f"{kind} {i}", "index_group_name": "Ladieswear"}
    for kind in two_groups.GROUPS.values()
    for i in range(two_groups.ARTICLES_A_KIND)
}
PURCHASES = [purchase for purchase in two_groups.purchases() if purchase.days_ago > 0]
SHOP = FixtureShop(PURCHASES, KINDS, {"newcomer": {"age": 20.0}})
HEAVY = ("tensorflow", "tf_keras", "torch", "lightgbm", "mlflow", "pyspark", "pymilvus")


@pytest.fixture
def plan(tmp_path: Path) -> BuildPlan:
    return SHOP.plan(tmp_path / "workspace", CONFIG)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> BuildPlan:
    plan = SHOP.plan(tmp_path_factory.mktemp("first"), CONFIG)
    first_release(plan)
    return plan


def shown(plan: BuildPlan) -> Release:
    return open_live(plan.workspace)


def test_it_goes_live_says_what_it_is_and_names_no_champion(published: BuildPlan) -> None:
    manifest = json.loads((published.workspace.live / MANIFEST).read_text())
    assert manifest["first_release"] is True
    assert (manifest["models"], manifest["milvus"], manifest["images"], manifest["validation"]) == (
        {},
        None,
        None,
        None,
    )
    assert champion_of(published.workspace) is None
    assert list(read_decisions(published.workspace)) == []
    (line,) = map(json.loads, published.workspace.history.read_text().splitlines())
    assert (line["action"], line["release"]) == ("first-release", manifest["id"])
    assert line["why"] == "nothing trained was live; the trained release replaces it"


def test_everybody_has_a_full_list_and_the_reason_of_a_retriever_that_counts(published: BuildPlan) -> None:
    release = shown(published)
    customers = list(release.lists.customers())
    assert len(customers) == 2 * two_groups.CUSTOMERS_A_GROUP + 1
    for customer in customers:
        own = release.lists.for_customer(customer)
        assert own is not None
        assert len(set(own.article_idx.tolist())) == 12
        assert set(own.reasons) <= {*COUNTING, "fallback"}
    newcomer = release.lists.for_customer("newcomer")
    assert newcomer is not None
    assert set(newcomer.reasons) <= {"popular", "fallback"}


def test_similar_articles_and_search_are_there_without_the_two_towers(published: BuildPlan) -> None:
    release = shown(published)
    shirt = release.catalogue.index_of("shirt01")
    assert shirt is not None
    similar = release.catalogue.articles(release.related(shirt, "similar")[:5])
    assert {article.product_type_name for article in similar} == {"shirt"}
    assert len(release.search_engine().search("dress").all_words) == two_groups.ARTICLES_A_KIND


def test_while_a_release_is_live_it_does_nothing_and_says_so(published: BuildPlan) -> None:
    live, before = live_id(published.workspace), published.workspace.history.read_text()
    assert first_release(published) == {"live": live, "skipped": "a release is live already"}
    assert published.workspace.history.read_text() == before


def test_the_next_day_makes_the_next_first_release(plan: BuildPlan) -> None:
    first_release(plan)
    manifest = plan.workspace.live / MANIFEST
    yesterday = json.loads(manifest.read_text()) | {"id": "yesterday", "cutoff": "2020-01-01"}
    manifest.write_text(json.dumps(yesterday))
    plan.workspace.live.resolve().rename(plan.workspace.releases / "yesterday")
    plan.workspace.live.unlink()
    plan.workspace.live.symlink_to("yesterday")

    assert first_release(plan)["release"] == live_id(plan.workspace) != "yesterday"


def corrected(plan: BuildPlan) -> BuildPlan:
    """The same day in a workspace whose tables are new: one purchase is gone."""
    return FixtureShop(PURCHASES[1:], KINDS, SHOP.customers).plan(plan.workspace.root, CONFIG)


def test_a_corrected_file_of_the_same_day_makes_another_first_release(plan: BuildPlan) -> None:
    wrong = first_release(plan)["release"]
    right = first_release(corrected(plan))["release"]
    assert live_id(plan.workspace) == right != wrong


def test_a_run_that_holds_on_to_earlier_tables_of_the_same_day_changes_nothing(plan: BuildPlan) -> None:
    right = first_release(corrected(plan))["release"]
    late = BuildPlan(replace(plan.workspace, tables_key=plan.tables.key), CONFIG, plan.cutoff)
    assert first_release(late) == {"live": right, "skipped": "a release is live already"}


def test_one_that_was_rolled_back_from_stays_off(plan: BuildPlan) -> None:
    before = first_release(plan)["release"]
    after = first_release(corrected(plan))["release"]
    rollback(plan.workspace, why="the file was right")
    assert first_release(corrected(plan))["live"] == live_id(plan.workspace) == before
    assert {release.id for release in list_releases(plan.workspace)} == {before, after}


def test_snapshot_and_retrievers_are_those_that_the_ordinary_path_finds(plan: BuildPlan) -> None:
    counting = counting_plan(plan)
    ordinary = retriever_specs(plan)
    assert tuple(ordinary) == RETRIEVERS
    assert retriever_specs(counting) == {name: ordinary[name] for name in COUNTING}


def test_two_runs_give_the_same_bytes(published: BuildPlan, plan: BuildPlan) -> None:
    first_release(plan)
    one, other = (json.loads((each.workspace.live / MANIFEST).read_text()) for each in (published, plan))
    assert one["content"] == other["content"]
    assert one["id"] == other["id"]


def test_a_run_that_was_killed_before_the_flip_ends_the_same(published: BuildPlan, plan: BuildPlan) -> None:
    first_release(plan)
    plan.workspace.live.unlink()
    plan.workspace.history.unlink()

    first_release(plan)

    assert live_id(plan.workspace) == live_id(published.workspace)
    assert len(list_releases(plan.workspace)) == 1


def test_a_release_that_went_live_meanwhile_stays_and_the_first_one_is_dropped(
    plan: BuildPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def published_meanwhile(workspace: object, parts: object) -> object:
        made = make_release(plan.workspace, release_parts(counting_plan(plan)))
        other = plan.workspace.releases / "trained"
        other.mkdir()
        about = made.manifest | {"id": "trained", "first_release": False}
        (other / MANIFEST).write_text(json.dumps(about))
        plan.workspace.live.symlink_to("trained")
        return made

    monkeypatch.setattr("recsys_core.pipeline.first_release.make_release", published_meanwhile)

    assert first_release(plan) == {"live": "trained", "skipped": "a release is live already"}
    assert [release.id for release in list_releases(plan.workspace)] == ["trained"]


def test_a_training_that_finds_too_little_leads_to_a_first_release(
    plan: BuildPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stage(name: str, plan: BuildPlan) -> dict[str, object]:
        with plan.learning():
            if name == "train-ranker":
                raise CollapsedError("it learned nothing")
        return {}

    monkeypatch.setattr(path, "run_one", stage)
    assert plan.purchases == len(PURCHASES)
    assert path._after_ingest(plan, path.Training.AUTO)["release"] == live_id(plan.workspace)


def test_a_collapse_is_a_defect_where_there_was_much_to_learn_from(tmp_path: Path) -> None:
    purchases = [Purchase("anna", f"a{i % 12:02d}", 1 + i % 5) for i in range(1000)]
    few, many = (FixtureShop(purchases[:n]).plan(tmp_path / str(n), CONFIG) for n in (999, 1000))
    with pytest.raises(TooLittleToLearnError, match="999 purchases are too few to learn from: no gain"), few.learning():
        raise CollapsedError("no gain")
    with pytest.raises(CollapsedError, match="no gain"), many.learning():
        raise CollapsedError("no gain")


@pytest.mark.parametrize(
    ("articles", "purchases", "message"),
    [(11, 500, "the shop has 11 articles"), (12, 99, "the shop has 99 purchases: fewer than 100 are too few")],
)
def test_small_shops_have_too_little_to_learn_from(tmp_path: Path, articles: int, purchases: int, message: str) -> None:
    bought = [Purchase("anna", f"a{i % articles:02d}", 1 + i % 5) for i in range(purchases)]
    with pytest.raises(TooLittleToLearnError, match=message):
        FixtureShop(bought).plan(tmp_path, CONFIG).check_trainable()


@pytest.fixture
def one_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BuildPlan:
    """A shop of a single day. The ordinary path needs two, because the rankers learn from a label window."""
    day = [purchase for purchase in PURCHASES if purchase.days_ago == 1]
    shop = FixtureShop(day, KINDS | {"never_sold": {"product_type_name": "shirt"}})
    with monkeypatch.context() as without:
        without.setattr(BuildPlan, "train_cutoffs", ())
        plan = shop.plan(tmp_path, CONFIG)
    with pytest.raises(ValueError, match="no two full days"):
        assert plan.at(plan.cutoff).train_cutoffs
    return plan


def test_the_first_day_of_a_shop_is_enough(one_day: BuildPlan) -> None:
    first_release(one_day)

    live = live_or_none(one_day.workspace)
    assert live is not None
    assert live.manifest["rows"]["articles"] == len(KINDS) + 1


def test_of_a_single_day_clean_keeps_what_the_next_run_counts_with(one_day: BuildPlan) -> None:
    first_release(one_day)
    assert clean(one_day, days=0, idle=True).dropped == []

    shutil.rmtree(one_day.workspace.releases)

    dropped = clean(one_day, days=0, idle=True).dropped
    assert [name.partition("/")[0] for name in dropped] == ["catalogue", "lists", "scored"]


COMMAND = f"""
import sys
from recsys_core import cli
sys.argv = ["recsys", "first-release"]
try:
    cli.main()
except SystemExit as ended:
    status = ended.code
print([name for name in {HEAVY!r} if name in sys.modules], status)
"""


def test_the_command_reports_the_release_and_imports_no_engine(plan: BuildPlan) -> None:
    plan.workspace.config.write_text("[lists]\nlength = 12\nscored_length = 24\nshard_customers = 16\n")
    done = subprocess.run(
        [sys.executable, "-c", COMMAND],
        env={**os.environ, "RECSYS_WORKSPACE": str(plan.workspace.root)},
        capture_output=True,
        text=True,
        check=True,
    )
    report, imported = done.stdout.splitlines()[-2:]
    summary = json.loads(report)["summary"]
    made = [name.rpartition("/")[0] for name in summary.pop("artifacts")]
    assert summary == {"release": live_id(plan.workspace), "retrievers": list(COUNTING)}
    assert made == [*(f"retrievers/{name}" for name in COUNTING), "scored", "lists", "catalogue"]
    assert imported == "[] 0"
