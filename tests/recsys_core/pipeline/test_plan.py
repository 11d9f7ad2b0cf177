import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from recsys_core.config import Config
from recsys_core.pipeline.catalogue import catalogue_spec
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.filter import lists_spec
from recsys_core.pipeline.index import index_spec
from recsys_core.pipeline.plan import BuildPlan, current_tables
from recsys_core.pipeline.score import scored_spec
from recsys_core.pipeline.train_ranker import examples_spec, ranker_spec
from recsys_core.pipeline.train_retrievers import retriever_spec
from recsys_core.testing.snapshot_fixture import CUTOFF, FixtureShop, Purchase
from recsys_core.workspace import Workspace, flip_link

SIMILAR = {"similar_purchases", "similar_attributes", "similar_images"}
RETRIEVERS = {"two_tower", "popular", "repurchase", "also_bought", "new_articles", *SIMILAR}
EVERYTHING = {"snapshot", *RETRIEVERS, "ranker", "scored", "lists", "catalogue", "index"}
AFTER_RETRIEVERS = {"ranker", "scored", "lists"}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> BuildPlan:
    shop = FixtureShop([Purchase(f"c{day}", "a", day) for day in range(1, 20)])
    return shop.plan(tmp_path_factory.mktemp("workspace"))


def keys(plan: BuildPlan) -> dict[str, str]:
    made_by = {"snapshot": snapshot_spec, "ranker": ranker_spec, "lists": lists_spec}
    made_by |= {"catalogue": catalogue_spec, "index": index_spec}
    specs = {name: spec(plan) for name, spec in made_by.items()}
    specs |= {"scored": scored_spec(plan), **{name: retriever_spec(plan, name) for name in RETRIEVERS}}
    return {name: spec.key for name, spec in specs.items()}


def changed(plan: BuildPlan, section: str, key: str, value: object) -> set[str]:
    """Returns the names of the artifacts that are made anew when one configuration key changes."""
    settings = plan.config.model_dump()
    settings[section][key] = value
    other = BuildPlan(plan.workspace, Config.model_validate(settings), plan.cutoff)
    before, after = keys(plan), keys(other)
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    ("section", "key", "value", "made_anew"),
    [
        ("two_tower", "dim", 32, {"two_tower", "catalogue", "index", *AFTER_RETRIEVERS}),
        ("retrieval", "also_bought_days", 30, {"also_bought", *AFTER_RETRIEVERS}),
        ("retrieval", "popular_k", 50, {"popular", *AFTER_RETRIEVERS}),
        ("retrieval", "similar_images_latest", 5, {"similar_images", *AFTER_RETRIEVERS}),
        ("retrieval", "fresh_days", 5, {*SIMILAR, *AFTER_RETRIEVERS}),
        ("retrieval", "new_articles_days", 5, {"new_articles", *AFTER_RETRIEVERS}),
        ("retrieval", "repurchase_k", 9, {"repurchase", *AFTER_RETRIEVERS}),
        ("retrieval", "two_tower_k", 9, AFTER_RETRIEVERS),  # the vectors stay the same
        ("retrieval", "retrievers", ("popular",), AFTER_RETRIEVERS),
        (
            "rules",
            "sold_within_days",
            30,
            {"also_bought", "new_articles", *SIMILAR, "catalogue", "index", *AFTER_RETRIEVERS},
        ),
        ("rules", "price_band", 2.0, {"lists"}),
        ("dnn_ranker", "epochs", 9, AFTER_RETRIEVERS),
        # The two towers go on from the training cut-off before.
        ("cutoffs", "label_days", 2, {"two_tower", "catalogue", "index", *AFTER_RETRIEVERS}),
        ("lists", "length", 24, {"lists"}),
        ("lists", "head_max_of_type", 4, {"lists"}),
        ("lists", "scored_length", 24, {"scored", "lists"}),
        ("index", "index_type", "HNSW", {"index"}),
        ("index", "uri", "http://elsewhere", set()),
        ("data", "max_bad_share", 0.5, set()),
    ],
)
def test_a_setting_changes_what_is_made_from_it(
    plan: BuildPlan, section: str, key: str, value: object, made_anew: set[str]
) -> None:
    assert changed(plan, section, key, value) == made_anew


def test_another_cutoff_is_another_chain(plan: BuildPlan) -> None:
    before, after = keys(plan), keys(plan.at(CUTOFF - dt.timedelta(days=3)))

    assert {name for name in before if before[name] == after[name]} == set()
    assert set(before) == EVERYTHING


def test_each_plan_goes_on_from_the_training_cutoff_before_it(plan: BuildPlan) -> None:
    cutoffs = [train.cutoff for train in plan.train_cutoffs]
    line, at = [], plan
    while at.predecessor:
        at = at.predecessor
        line.append(at.cutoff)

    assert len(cutoffs) > 1
    assert line == [past.cutoff for past in plan.past_plans] == cutoffs
    assert plan.past_plans[0].predecessor == plan.past_plans[1]
    assert plan.past_plans[-1].predecessor is None
    assert plan.past_plans[0].at(cutoffs[1]).earlier_cutoffs is None  # it has training cut-offs of its own


def test_two_towers_that_start_from_nothing_do_not_depend_on_other_cutoffs(plan: BuildPlan) -> None:
    settings = plan.config.model_dump()
    settings["two_tower"]["incremental_epochs"] = 0
    alone = BuildPlan(plan.workspace, Config.model_validate(settings), plan.cutoff)

    assert set(retriever_spec(plan, "two_tower").inputs) == {"snapshot", "start"}
    assert set(retriever_spec(alone, "two_tower").inputs) == {"snapshot"}


def test_new_image_embeddings_make_what_looks_at_them_anew(plan: BuildPlan) -> None:
    table = plan.workspace.image_embeddings / "part-0.parquet"
    table.parent.mkdir(parents=True)
    found = []
    for content in (None, b"one", b"other", b"one"):
        if content:
            table.write_bytes(content)
        found.append(keys(BuildPlan(plan.workspace, plan.config, plan.cutoff)))
    table.unlink()
    nothing, one, other, again = found

    looks = {"two_tower", "similar_images", "new_articles", "catalogue", "index", *AFTER_RETRIEVERS}
    for before, after in ((nothing, one), (one, other), (nothing, other)):
        assert {name for name in before if before[name] != after[name]} == looks
    assert again == one


def write_embeddings(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "part-0.parquet").write_text(folder.name)


def holding(plan: BuildPlan) -> BuildPlan:
    """The plan as another process makes it that is told which image embeddings to hold on to."""
    workspace = replace(plan.workspace, embeddings_folder=replace(plan).held_embeddings)
    return BuildPlan(workspace, plan.config, plan.cutoff)


def test_a_run_holds_on_to_its_image_embeddings_while_others_become_current(tmp_path: Path) -> None:
    plan = FixtureShop([Purchase(f"c{day}", "a", day) for day in range(1, 20)]).plan(tmp_path / "workspace")
    current = plan.workspace.image_embeddings
    write_embeddings(current.with_name("0123456789abcdef"))
    write_embeddings(current.with_name("fedcba9876543210"))
    write_embeddings(tmp_path / "elsewhere")
    nothing = keys(replace(plan))
    runs, found = [holding(plan)], [nothing]
    for target in ("0123456789abcdef", "fedcba9876543210", tmp_path / "elsewhere"):
        flip_link(current, target)
        runs.append(holding(plan))
        found.append(keys(replace(plan)))

    held = [run.workspace.embeddings_folder for run in runs]
    assert held == ["none", "0123456789abcdef", "fedcba9876543210", str(tmp_path / "elsewhere")]
    assert [keys(replace(run)) for run in runs] == found
    assert len({each["catalogue"] for each in found}) == 4


def test_image_embeddings_that_a_run_held_on_to_and_that_are_gone_are_told(plan: BuildPlan) -> None:
    workspace = replace(plan.workspace, embeddings_folder="0123456789abcdef")
    with pytest.raises(FileNotFoundError, match="the image embeddings 0123456789abcdef are gone: run the day again"):
        keys(BuildPlan(workspace, plan.config, plan.cutoff))


def test_training_inputs_lie_before_the_cutoff(plan: BuildPlan) -> None:
    cutoffs = {key.split("+")[0] for key in examples_spec(plan).inputs}

    assert cutoffs == {str(train.cutoff) for train in plan.train_cutoffs}
    assert all(cutoff < str(CUTOFF) for cutoff in cutoffs)


def test_default_cutoff_is_the_day_after_the_last_purchase(plan: BuildPlan) -> None:
    assert BuildPlan.of_current_tables(plan.workspace, Config()).cutoff == CUTOFF


def test_missing_tables_name_the_command(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="run `recsys ingest --data DIR` first"):
        current_tables(Workspace(tmp_path))
