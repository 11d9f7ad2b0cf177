"""Requirements of every DAG and every task, whoever writes the next one."""

import ast
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from recsys_core.pipeline.stages import PATH
from scripts.chain import BESIDE_CHAIN, CHAIN
from scripts.stage_plan import CHAIN_STAGES

REPOSITORY = Path(__file__).parents[2]
DAG_FILES = sorted((REPOSITORY / "dags").glob("*.py"))
PARSE_SECONDS = 2.0


def test_there_is_one_dag_in_each_file_called_like_the_file(dags: dict[str, Any]) -> None:
    assert {dag_id: Path(dag.fileloc).stem for dag_id, dag in dags.items()} == {f.stem: f.stem for f in DAG_FILES}


def test_each_dag_runs_once_at_a_time_without_catch_up(dags: dict[str, Any]) -> None:
    assert {(dag.max_active_runs, dag.catchup) for dag in dags.values()} == {(1, False)}


def test_each_dag_has_a_time_limit_and_tags(dags: dict[str, Any]) -> None:
    for dag in dags.values():
        assert dag.dagrun_timeout
        assert "recsys" in dag.tags
        assert len(dag.tags) > 1


def test_each_dag_tells_the_person_on_call_what_to_do(dags: dict[str, Any]) -> None:
    for dag in dags.values():
        for heading in ("**What it does.**", "**When it fails.**", "**Rerun.**"):
            assert heading in dag.doc_md, f"{dag.dag_id} lacks {heading}"


def test_each_task_has_owner_timeout_and_documentation(tasks: dict[str, Any]) -> None:
    for name, task in tasks.items():
        assert task.owner == "recommendations", name
        assert timedelta(0) < task.execution_timeout <= timedelta(hours=8), name
        assert len(task.doc_md or "") > 20, name


def test_each_task_is_tried_again_with_growing_pauses(tasks: dict[str, Any]) -> None:
    for name, task in tasks.items():
        assert task.retries >= 1, name
        assert task.retry_delay >= timedelta(seconds=10), name
        assert task.retry_exponential_backoff == 2.0, name
        assert task.max_retry_delay, name


def test_every_parameter_is_validated(dags: dict[str, Any]) -> None:
    for dag in dags.values():
        for name in dag.params:
            assert dag.params.get_param(name).schema.get("type"), f"{dag.dag_id}: {name}"


@pytest.mark.parametrize(
    ("dag_id", "name", "value"),
    [
        ("evaluate_models", "label_start", "18.09.2020"),
        ("evaluate_models", "label_start", None),
        ("evaluate_models", "label_days", 0),
        ("evaluate_models", "label_days", "week"),
        ("rules_what_if", "name", "../../etc/passwd"),
        ("rules_what_if", "name", "two words"),
        ("rules_what_if", "changes", []),
        ("rules_what_if", "changes", "purchased=exclude"),
        ("rules_what_if", "changes", ["--config=/etc/passwd"]),
        ("rules_what_if", "changes", ["purchased=exclude\n--workspace=/tmp"]),
        ("rules_what_if", "label_start", "yesterday"),
        ("rules_what_if", "asked_by", "boss; rm -r"),
        ("ingest_purchases", "data", ""),
        ("ingest_purchases", "data", 7),
    ],
)
def test_an_impossible_parameter_is_refused(dags: dict[str, Any], dag_id: str, name: str, value: object) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    with pytest.raises(ParamValidationError):
        dags[dag_id].params.get_param(name).resolve(value)


def test_assets_chain_the_dags_from_ingest_to_release(dags: dict[str, Any]) -> None:
    made_by = {out.name: dag.dag_id for dag in dags.values() for task in dag.tasks for out in task.outlets}
    started_by = {
        dag.dag_id: [made_by[asset.name] for asset in _conditions(dag)] for dag in dags.values() if _conditions(dag)
    }
    assert started_by == {
        "embed_images": ["ingest_purchases"],
        "first_release": ["ingest_purchases"],
        "build_features": ["embed_images"],
        "train_models": ["build_features"],
        "recommend": ["build_features", "train_models"],
        "publish_release": ["recommend"],
        "clean_up": ["publish_release"],
    }


def test_the_chain_runs_every_command_of_the_path_in_its_order(dags: dict[str, Any]) -> None:
    """The catalogue is built beside the lists, so it may stand before or after them."""
    commands = [
        getattr(task, "stage", None) or {"snapshot": "snapshot"}.get(task.task_id, Path(task.application).stem)
        for dag_id in CHAIN
        for task in dags[dag_id].topological_sort()
    ]
    beside = [name for name in commands if name not in ("catalogue", "training-due")]
    assert beside == [name for name in PATH if name != "catalogue"]
    assert commands[commands.index("features") - 1] == "training-due"
    assert (
        commands.index("catalogue") < commands.index("filter") or commands[commands.index("filter") + 1] == "catalogue"
    )


def test_the_progress_of_the_demo_knows_every_task_of_the_chain_and_what_it_waits_for(tasks: dict[str, Any]) -> None:
    """`scripts/stage_plan.py`; the first task of a DAG waits for the last one of the DAG before it."""
    planned = {stage.key: set(stage.after) for stage in CHAIN_STAGES}
    in_chain = {name: task for name, task in tasks.items() if name.partition(".")[0] in (*CHAIN, *BESIDE_CHAIN)}
    assert planned.keys() == in_chain.keys()
    for name, task in in_chain.items():
        dag_id = task.dag_id
        if task.upstream_task_ids:
            assert planned[name] == {f"{dag_id}.{before}" for before in task.upstream_task_ids}, name
        elif dag_id != CHAIN[0]:
            before = CHAIN[CHAIN.index(dag_id) - 1] if dag_id in CHAIN else CHAIN[0]
            last = {key for key, other in in_chain.items() if other.dag_id == before and not other.downstream_task_ids}
            assert planned[name] == last, name


def test_the_first_release_makes_its_snapshot_then_itself_and_starts_nothing(dags: dict[str, Any]) -> None:
    snapshot, release = dags["first_release"].topological_sort()
    assert Path(snapshot.application).stem == "features"
    assert release.stage == "first-release"
    assert release.upstream_task_ids == {snapshot.task_id}
    assert [task.outlets for task in (snapshot, release)] == [[], []]


def test_of_a_shop_that_cannot_be_learned_from_the_training_is_skipped(tasks: dict[str, Any]) -> None:
    """Those after it are skipped with it, and no asset of theirs starts a DAG."""
    skipped = [name for name, task in tasks.items() if getattr(task, "may_be_skipped", False)]
    assert skipped == ["train_models.train_retrievers", "train_models.train_ranker"]
    after = tasks["train_models.train_retrievers"].get_flat_relatives(upstream=False)
    assert {(task.task_id, task.trigger_rule) for task in after} == {
        ("train_ranker", "all_success"),
        ("validate", "all_success"),
    }


def test_only_what_a_person_waits_for_competes_with_the_shops_pages(tasks: dict[str, Any]) -> None:
    from recsys_airflow.operators import BACKGROUND

    niceness = {name: task.niceness for name, task in tasks.items()}
    assert {name for name, value in niceness.items() if value == 0} == {
        "ingest_purchases.ingest",
        "first_release.features",
        "first_release.first_release",
        "rules_what_if.what_if",
    }
    assert set(niceness.values()) == {0, BACKGROUND}


def test_while_a_trained_release_is_live_the_first_one_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk import Context
    from airflow.sdk.exceptions import AirflowSkipException

    from recsys_airflow.first_release import skip_if_live

    monkeypatch.setenv("RECSYS_WORKSPACE", str(tmp_path))
    release = tmp_path / "releases" / "2020-09-23-abcdef01"
    release.mkdir(parents=True)
    skip_if_live(Context())
    (tmp_path / "releases" / "live").symlink_to(release.name)
    (release / "manifest.json").write_text('{"first_release": true}')
    skip_if_live(Context())
    (release / "manifest.json").write_text("{}")
    with pytest.raises(AirflowSkipException, match="2020-09-23-abcdef01 is live"):
        skip_if_live(Context())


def test_new_orders_and_the_clock_start_ingest(dags: dict[str, Any]) -> None:
    timetable = dags["ingest_purchases"].timetable
    assert [asset.name for asset in timetable.asset_condition.objects] == ["shop_orders"]
    assert timetable.timetable.expression == "0 3 * * *"


def test_an_asset_is_announced_only_by_a_last_task(tasks: dict[str, Any]) -> None:
    """But the lists of the day do not wait for the question whether to train."""
    followed = {name: task.downstream_task_ids for name, task in tasks.items() if task.outlets}
    assert {name: after for name, after in followed.items() if after} == {"build_features.snapshot": {"training_due"}}


@pytest.mark.parametrize("file", DAG_FILES, ids=lambda file: file.stem)
def test_a_dag_file_imports_airflow_and_its_library_alone(file: Path) -> None:
    imports = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(file.read_text()))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [])
        + ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [])
    }
    assert imports <= {"airflow", "recsys_airflow", "datetime"}


@pytest.mark.parametrize("file", DAG_FILES, ids=lambda file: file.stem)
def test_a_dag_file_defines_no_functions(file: Path) -> None:
    defined = [
        node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]
    assert defined == []


PARSE = """
import sys, time
sys.path.insert(0, {plugins!r})
import airflow.dag_processing.dagbag as dagbag
from airflow import plugins_manager
started = time.perf_counter()
bag = dagbag.DagBag({dags!r})
seconds = time.perf_counter() - started
plugins_manager.ensure_plugins_loaded()
print(seconds, len(bag.dags), *bag.import_errors)
heavy = ("pyspark", "tensorflow", "torch", "pandas", "numpy", "mlflow", "recsys_core.cli")
assert "recsys_airflow.console.addresses" in sys.modules
heavy += ("recsys_airflow.console.app", "airflow.api_fastapi.core_api.security")
print(*(name for name in heavy if name in sys.modules))
"""


@pytest.fixture(scope="module")
def fresh_parse() -> tuple[list[str], list[str]]:
    """The DAG folder read by a new interpreter: seconds and DAGs; heavy modules that this loaded."""
    script = PARSE.format(plugins=str(REPOSITORY / "plugins"), dags=str(REPOSITORY / "dags"))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    measured, heavy = done.stdout.splitlines()[-2:]
    return measured.split(), heavy.split()


def test_all_dags_together_parse_in_under_two_seconds(fresh_parse: tuple[list[str], list[str]]) -> None:
    seconds, number, *errors = fresh_parse[0]
    assert errors == []
    assert int(number) == len(DAG_FILES)
    assert float(seconds) < PARSE_SECONDS


def test_parsing_loads_no_engine_and_no_page_of_the_console(fresh_parse: tuple[list[str], list[str]]) -> None:
    assert fresh_parse[1] == []


def _conditions(dag: Any) -> list[Any]:
    timetable = dag.timetable
    is_chained = type(timetable).__name__ == "AssetTriggeredTimetable"
    return list(timetable.asset_condition.objects) if is_chained else []
