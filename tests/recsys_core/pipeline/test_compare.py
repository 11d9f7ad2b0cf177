"""Two configurations of one shop side by side: what is shared, what MLflow gets, what the table says."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from recsys_core.config import Config, load_config
from recsys_core.errors import CollapsedError
from recsys_core.pipeline.compare import CONFIGS, compare, read_configurations, row, table, tags_of
from recsys_core.pipeline.evaluate import evaluate
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.score import Targets
from recsys_core.pipeline.train_retrievers import retriever_spec
from recsys_core.rules.rules import active_rules
from recsys_core.store.artifacts import RECORD
from recsys_core.testing.snapshot_fixture import CUTOFF, FixtureShop, Purchase
from recsys_core.workspace import Workspace
from tests.support import two_groups

SHARED: Mapping[str, Any] = {
    "cutoffs": {"label_days": 2, "train_cutoffs": 2},
    "two_tower": {"dim": 8, "id_dim": 8, "hidden": [16], "batch_size": 64, "epochs": 1, "incremental_epochs": 0},
    "lightgbm": {"trees": 5, "min_rows_in_leaf": 5},
    "ranker": "lightgbm",
    "lists": {"length": 12, "scored_length": 20},
}
CONFIGURATIONS = {
    "habits": Config.model_validate({**SHARED, "retrieval": {"retrievers": ["repurchase", "popular"]}}),
    "more": Config.model_validate({**SHARED, "retrieval": {"retrievers": ["repurchase", "popular", "also_bought"]}}),
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workspace")


@pytest.fixture(scope="module")
def plans(workspace: Path) -> dict[str, list[BuildPlan]]:
    """Two groups of customers, each with articles of its own, who buy every other day."""
    plan = FixtureShop(two_groups.purchases()).plan(workspace, CONFIGURATIONS["habits"])
    return {name: [BuildPlan(plan.workspace, config, CUTOFF)] for name, config in CONFIGURATIONS.items()}


def measure(plans: Sequence[BuildPlan], days: int) -> dict[str, object]:
    return evaluate(plans[0], days, two_groups.prepare)


@pytest.fixture(scope="module")
def compared(plans: dict[str, list[BuildPlan]]) -> dict[str, Any]:
    return compare(plans, 2, measure)


def test_configurations_stand_side_by_side_on_the_same_customers(compared: dict[str, Any]) -> None:
    rows = compared["configurations"]

    assert list(rows) == ["habits", "more"]
    assert [rows[name]["retrievers"] for name in rows] == [2, 3]
    assert all(one["low"] <= one["map_at_12"] <= one["high"] for one in rows.values())
    best = max(compared["baselines"].values())
    assert rows["more"]["lift"] == pytest.approx(rows["more"]["map_at_12"] / best)
    assert (compared["label_start"], compared["label_days"], compared["folds"]) == (str(CUTOFF), 2, 1)


def test_what_configurations_share_is_made_once(compared: dict[str, Any], workspace: Path) -> None:
    made = {
        retriever.name: len(list(retriever.glob(f"*/{RECORD}"))) for retriever in (workspace / "retrievers").iterdir()
    }

    assert compared
    assert made == {"repurchase": 3, "popular": 3, "also_bought": 3, "two_tower": 1}  # the cut-off and two before it
    assert len(list((workspace / "rankers" / "lightgbm").glob(f"*/{RECORD}"))) == 2


def test_the_table_is_kept_as_csv_beside_the_plot(compared: dict[str, Any], workspace: Path) -> None:
    folder = workspace / compared["artifact"]
    with (folder / "comparison.csv").open() as file:
        rows = list(csv.DictReader(file))

    assert [row["configuration"] for row in rows] == ["habits", "more"]
    assert float(rows[1]["map_at_12"]) == compared["configurations"]["more"]["map_at_12"]
    assert (folder / "comparison.png").read_bytes().startswith(b"\x89PNG")


def test_mlflow_has_a_nested_run_with_the_same_metrics_for_each(
    compared: dict[str, Any], plans: dict[str, list[BuildPlan]]
) -> None:
    import mlflow

    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("recsys")
    nested = client.search_runs(
        [experiment.experiment_id], f"tags.mlflow.parentRunId = '{compared['mlflow_run_id']}'", order_by=["start_time"]
    )

    assert [run.info.run_name for run in nested] == ["habits", "more"]
    for run in nested:
        name = run.info.run_name
        plan = plans[name][0]
        assert run.data.metrics["map_at_12"] == compared["configurations"][name]["map_at_12"]
        assert run.data.tags.items() >= tags_of(name, plan).items()
        assert run.data.tags["data_digest"] == plan.tables.content_sha256
        assert run.data.tags["label_window"] == f"{CUTOFF}+2"
        assert run.data.params["lightgbm.trees"] == "5"
        assert {"report.html", "evaluation.json"} <= {file.path for file in client.list_artifacts(run.info.run_id)}
    of_all = [name for run in nested for name in run.data.metrics if not name.startswith("retriever_")]
    assert len(of_all) == 2 * len(set(of_all))
    files = {file.path for file in client.list_artifacts(compared["mlflow_run_id"])}
    assert files == {"comparison.csv", "comparison.png", "comparison.json"}


def test_compared_again_nothing_is_trained_but_a_new_run_is_left(
    compared: dict[str, Any], plans: dict[str, list[BuildPlan]]
) -> None:
    def nothing(plan: BuildPlan, targets: Targets) -> None:
        raise AssertionError("it is all there")

    again = compare(plans, 2, lambda folds, days: evaluate(folds[0], days, nothing))

    assert again["artifact"] == compared["artifact"]
    assert again["configurations"] == compared["configurations"]
    assert again["mlflow_run_id"] != compared["mlflow_run_id"]


def test_the_table_names_the_baseline_below(compared: dict[str, Any]) -> None:
    lines = table(compared).splitlines()

    assert lines[0].split()[:4] == ["ranker", "retrievers", "MAP@12", "95"]
    assert [line.split()[0] for line in lines[1:3]] == ["habits", "more"]
    assert len({len(line) for line in lines[:3]}) == 1
    name, best = max(compared["baselines"].items(), key=lambda item: float(item[1]))
    assert lines[3] == f"best simple baseline: {name} {best:.4f}"


@pytest.fixture(scope="module")
def frozen(plans: dict[str, list[BuildPlan]]) -> dict[str, list[BuildPlan]]:
    """One configuration that learns, one whose towers learn nothing."""
    towers = {**SHARED["two_tower"], "learning_rate": 1e-9, "embedding_learning_rate": 1e-9, "popularity_prior": False}
    config = Config.model_validate({**SHARED, "two_tower": towers, "retrieval": {"retrievers": ["two_tower"]}})
    (habits,) = plans["habits"]
    return {"frozen": [BuildPlan(habits.workspace, config, CUTOFF)], "habits": [habits]}


def test_a_training_that_collapses_is_a_row_beside_the_others(
    frozen: dict[str, list[BuildPlan]], compared: dict[str, Any], workspace: Path
) -> None:
    result = compare(frozen, 2, measure)

    assert "two-tower training collapsed" in result["configurations"]["frozen"]["collapsed"]
    assert result["configurations"]["habits"] == compared["configurations"]["habits"]
    assert "frozen: collapsed: two-tower training collapsed" in table(result)
    with (workspace / result["artifact"] / "comparison.csv").open(newline="") as file:
        rows = {one["configuration"]: one for one in csv.DictReader(file)}
    assert (rows["frozen"]["map_at_12"], rows["habits"]["collapsed"]) == ("", "")
    assert rows["frozen"]["collapsed"] == result["configurations"]["frozen"]["collapsed"]


def test_where_every_training_collapses_nothing_is_compared(frozen: dict[str, list[BuildPlan]]) -> None:
    with pytest.raises(CollapsedError, match="no configuration could be trained: two-tower training collapsed"):
        compare({"frozen": frozen["frozen"]}, 2, measure)


def test_over_folds_a_row_holds_means() -> None:
    folds = {"mean": {"map_at_12": 0.03, "best_baseline": 0.02}}
    one_window = {"map_at_12": 0.05, "map_at_12_interval": (0.04, 0.06), "map_at_12_without_rules": 0.05}
    rest = {"baselines": {"popular": 0.01}, "recall": {"100": 0.2, "300": 0.3}, "beyond_accuracy": {"coverage": 0.1}}

    found = row("x", Config(), {**one_window, **rest, "segments": {}, "artifact": "evaluations/1", "folds": folds})

    assert (found["map_at_12"], found["lift"]) == (0.03, pytest.approx(1.5))


SHIPPED = sorted(CONFIGS.glob("*.toml"))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_configurations_are_valid(file: Path, tmp_path: Path) -> None:
    config = load_config(Workspace(tmp_path), file)

    expected = {"design_b": "lightgbm", "all": "blend"}
    assert config.ranker == expected.get(file.stem, "dnn")


def test_the_designs_together_have_every_retriever_and_share_the_rest(tmp_path: Path) -> None:
    plan = FixtureShop([Purchase("c", "a", day) for day in range(1, 40)]).plan(tmp_path)
    found = {name: BuildPlan(plan.workspace, config, CUTOFF) for name, config in read_configurations(plan).items()}

    retrievers = {name: set(one.config.retrieval.retrievers) for name, one in found.items()}
    every = set(Config.model_fields["retrieval"].annotation.model_fields["retrievers"].annotation.__args__[0].__args__)
    assert retrievers["all"] == every >= retrievers["design_a"] | retrievers["design_b"]
    assert retrievers["design_a"] == {"two_tower"}
    assert "two_tower" not in retrievers["design_b"]
    assert len({snapshot_spec(one).key for one in found.values()}) == 1
    shared = {
        "design_a": {"popular"},
        "design_b": {*retrievers["design_b"], "two_tower"},
    }  # the refill, and the catalogue
    for name, fitted in shared.items():
        assert all(
            retriever_spec(found[name], retriever).key == retriever_spec(found["all"], retriever).key
            for retriever in fitted
        )


def test_design_a_has_the_values_of_its_paper(tmp_path: Path) -> None:
    config = load_config(Workspace(tmp_path), CONFIGS / "design_a.toml")
    towers = config.two_tower

    assert (config.retrieval.two_tower_min_score, config.retrieval.two_tower_k) == (0.3, 5000)
    assert [rule.name for rule in active_rules(config.rules)] == ["availability", "location", "season", "price_range"]
    assert (towers.history_length, towers.more_article_attributes, towers.popularity_prior) == (0, (), False)
    assert towers.customer_oov_rate == towers.oov_rate == 0.1


@pytest.mark.parametrize(
    ("name", "only"),
    [("design_a_relu", {"output_activation": "relu"}), ("design_a_log_q", {"log_q": "before_temperature"})],
)
def test_the_variants_of_design_a_differ_from_it_in_one_thing(name: str, only: dict[str, str], tmp_path: Path) -> None:
    a, variant = (load_config(Workspace(tmp_path), CONFIGS / f"{file}.toml") for file in ("design_a", name))
    assert variant == a.model_copy(update={"two_tower": a.two_tower.model_copy(update=only)})
    assert variant != a


def test_a_folder_without_configurations_is_refused(tmp_path: Path) -> None:
    plan = FixtureShop([Purchase("c", "a", day) for day in range(1, 40)]).plan(tmp_path)

    with pytest.raises(ValueError, match="no configurations"):
        read_configurations(plan, tmp_path)
