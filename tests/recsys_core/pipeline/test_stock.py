"""Stock of now in the stages: it acts as of the production cut-off alone."""

import datetime as dt
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core.config import Config
from recsys_core.data.config import CutoffsConfig
from recsys_core.features.snapshot import Snapshot
from recsys_core.pipeline.catalogue import STAGE as CATALOGUE
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.filter import lists_spec, open_list_maker
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.train_retrievers import retriever_spec
from recsys_core.ranking.scored import Scored
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.rules.config import ListsConfig
from recsys_core.rules.list_maker import ListMaker
from recsys_core.serving import Catalogue
from recsys_core.store.artifacts import Artifact
from recsys_core.testing.snapshot_fixture import CUTOFF, FixtureShop, Purchase
from recsys_core.workspace import Workspace

CONFIG = Config(lists=ListsConfig(length=12))
ARTICLES = [f"a{i:02d}" for i in range(30)]
SHOP = FixtureShop(
    [Purchase(f"c{i:02d}", article, 1 + i % 5) for i, article in enumerate(ARTICLES)],
    {article: {"prod_name": f"Shirt {article}"} for article in ARTICLES},
    {"nora": {"postal_code": "p1"}, "sue": {"postal_code": "p2"}, "nowhere": {}},
)
NORTH, SOUTH = ARTICLES[2:14], ARTICLES[13:25]


def write(folder: Path, rows: list[dict[str, object]]) -> None:
    folder.mkdir()
    pq.write_table(pa.Table.from_pylist(rows), folder / "part-00000.parquet")


@pytest.fixture
def plan(tmp_path: Path) -> BuildPlan:
    """A workspace as of the production cut-off; a00, a01 and a25 to a29 are sold but out of stock."""
    plan = SHOP.plan(tmp_path, CONFIG)
    places = {"north": NORTH, "south": SOUTH}
    stocked = [{"article_id": a, "region": r, "in_stock": True} for r, articles in places.items() for a in articles]
    write(plan.tables.path / "inventory", [*stocked, {"article_id": "a00", "region": "north", "in_stock": False}])
    write(
        plan.tables.path / "regions",
        [{"postal_code": "p1", "region": "north"}, {"postal_code": "p2", "region": "south"}],
    )
    return plan


def test_a_run_of_a_day_looks_at_stock_though_its_tables_hold_the_running_day_too(plan: BuildPlan) -> None:
    """It holds on to its tables; an evaluation as of the same day does not, and the days before are past."""
    running = replace(plan.workspace, tables_key=plan.tables.key)
    day_before = CUTOFF - dt.timedelta(days=1)
    assert plan.stock == BuildPlan(running, CONFIG, day_before).stock == plan.tables.path
    assert plan.at(day_before).stock is None
    assert BuildPlan(running, CONFIG, day_before - dt.timedelta(days=1)).stock is None


def test_a_day_before_that_a_run_looks_back_to_has_no_stock_and_artifacts_of_its_own(plan: BuildPlan) -> None:
    """The tables hold the running day, so the cut-off before it would else count as the day itself."""
    days = [CUTOFF - dt.timedelta(days=day) for day in range(60, 0, -1)]
    summary = plan.tables.summary | {"inventory": 25, "rows_per_day": {str(day): 9 for day in days}}
    tables = replace(plan.tables, record={**plan.tables.record, "summary": summary})
    config = CONFIG.model_copy(update={"cutoffs": CutoffsConfig(label_days=1)})
    running = replace(plan.workspace, tables_key=plan.tables.key)
    day, today = (BuildPlan(running, config, cutoff) for cutoff in (days[-1], CUTOFF))
    measured = today.at(days[-1])
    for each in (day, today, measured):
        vars(each)["tables"] = tables
    learned = today.past_plans[0]

    assert (day.cutoff, learned.cutoff) == (measured.cutoff, measured.cutoff)
    assert day.stock == plan.tables.path
    for past in (measured, learned):
        assert past.stock is None
        assert lists_spec(past).key != lists_spec(day).key
        assert retriever_spec(past, "new_articles").key != retriever_spec(day, "new_articles").key
        assert retriever_spec(past, "also_bought").key == retriever_spec(day, "also_bought").key


def open_maker(plan: BuildPlan) -> ListMaker:
    snapshot = Snapshot.open(plan.store.require(snapshot_spec(plan)).path)
    if not plan.store.find(retriever_spec(plan, "popular")):
        with plan.store.build(retriever_spec(plan, "popular")) as draft:
            PopularRetriever.fit(snapshot, plan.config).save(draft.path)
    return open_list_maker(plan)


def lists_of(maker: ListMaker, *customers: str) -> list[set[str]]:
    """Finished lists of customers whose only candidate, a00, is out of stock."""
    n = len(customers)
    candidates = np.full((n, 2), PAD, np.int32)
    candidates[:, 0] = 0
    rows = maker.snapshot.customer_rows(customers)
    lists = maker.finish(Scored(rows, candidates, np.ones((n, 2), np.float32), np.zeros((n, 2), np.uint8)))
    return [set(maker.snapshot.article_ids[row]) for row in lists.article_idx]


def test_lists_hold_what_is_in_stock_where_the_customer_lives(plan: BuildPlan) -> None:
    maker = open_maker(plan)

    north, south, anywhere = lists_of(maker, "nora", "sue", "nowhere")

    assert north == set(NORTH)  # twelve places, twelve articles in stock
    assert south == set(SOUTH)
    assert len(anywhere) == 12
    assert anywhere <= {*NORTH, *SOUTH}
    assert sum(maker.ledger.dropped["availability"].values()) == 3
    assert sum(maker.ledger.relaxed.values()) == 0


def test_fallback_lists_hold_what_is_in_stock_anywhere(plan: BuildPlan) -> None:
    fallbacks = open_maker(plan).fallbacks()

    for best in (fallbacks["global"], fallbacks["newest"], *fallbacks["segments"].values()):  # type: ignore[attr-defined]
        assert len(best) == 12
        assert set(best) <= {*NORTH, *SOUTH}


def test_stock_of_now_says_nothing_of_the_past(tmp_path: Path) -> None:
    later = FixtureShop([*SHOP.purchases, Purchase("c00", "a00", -1)], SHOP.articles, SHOP.customers)
    past = later.plan(tmp_path, CONFIG)
    write(past.tables.path / "inventory", [{"article_id": "a05", "region": "north", "in_stock": True}])

    assert past.cutoff == CUTOFF
    assert past.stock is None
    assert all("a00" in articles for articles in lists_of(open_maker(past), "nora", "sue"))
    assert past.at(CUTOFF + dt.timedelta(days=2)).stock == past.tables.path


def catalogue_of(plan: BuildPlan) -> Artifact:
    """The catalogue, with vectors of the two towers that are all different."""
    if not plan.store.find(retriever_spec(plan, "two_tower")):
        with plan.store.build(retriever_spec(plan, "two_tower")) as draft:
            np.save(draft.path / "article_vectors.npy", np.eye(len(ARTICLES), dtype=np.float32))
    return CATALOGUE.make(plan)


def test_the_catalogue_shows_the_inventory(plan: BuildPlan) -> None:
    built = catalogue_of(plan)

    assert built.summary["in_stock"] == len({*NORTH, *SOUTH})
    in_stock = Catalogue(built.path / "catalogue").in_stock
    assert {article for article, stocked in zip(ARTICLES, in_stock, strict=True) if stocked} == {*NORTH, *SOUTH}


def test_without_an_inventory_the_catalogue_shows_what_sold(tmp_path: Path) -> None:
    assert catalogue_of(SHOP.plan(tmp_path, CONFIG)).summary["in_stock"] == len(ARTICLES)


def with_another_image(plan: BuildPlan) -> BuildPlan:
    """The plan after an image came, so that the catalogue is made anew."""
    plan.workspace.images.mkdir(parents=True)
    (plan.workspace.images / "a00.jpg").write_bytes(b"an image")
    return replace(plan)


def test_a_catalogue_takes_over_the_search_of_one_with_the_same_texts(plan: BuildPlan) -> None:
    earlier = catalogue_of(plan)
    later = catalogue_of(with_another_image(plan))

    assert later.summary["has_image"] == earlier.summary["has_image"] + 1
    assert (later.path / "search" / "data.npy").samefile(earlier.path / "search" / "data.npy")


def test_a_damaged_search_is_not_taken_over(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    plan = SHOP.plan(tmp_path, CONFIG)
    earlier = catalogue_of(plan)
    (earlier.path / "search" / "words.json").write_text("{}")
    elsewhere = tmp_path_factory.mktemp("moved") / "workspace"  # where this process has not checked it yet
    shutil.copytree(plan.workspace.root, elsewhere, symlinks=True)

    later = catalogue_of(with_another_image(replace(plan, workspace=Workspace(elsewhere))))

    assert "shirt" in json.loads((later.path / "search" / "words.json").read_text())
