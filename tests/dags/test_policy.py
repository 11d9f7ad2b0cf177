"""Requirements of every DAG and every task, whoever writes the next one."""

import ast
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from recsys_core.pipeline.stages import PATH
from scripts.stage_plan import DAG, DAG_STAGES, MOMENTARY

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


def test_the_report_of_an_ingest_is_for_who_may_read_a_dag_that_there_is(dags: dict[str, Any]) -> None:
    from recsys_airflow.console.app import INGEST_DAG

    assert dags[INGEST_DAG].has_task("ingest")


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
        ("daily_release", "data", ""),
        ("daily_release", "data", 7),
        ("daily_release", "train", "perhaps"),
    ],
)
def test_an_impossible_parameter_is_refused(dags: dict[str, Any], dag_id: str, name: str, value: object) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    with pytest.raises(ParamValidationError):
        dags[dag_id].params.get_param(name).resolve(value)


def test_a_day_is_one_run_and_orders_are_taken_in_when_they_come(dags: dict[str, Any]) -> None:
    day = dags["daily_release"].timetable
    assert (type(day).__name__, day.expression, day.run_offset, day.key_format) == (
        "CronPartitionTimetable",
        "0 3 * * *",
        -1,
        "%Y-%m-%d",
    )
    assert {dag.dag_id: [asset.name for asset in _conditions(dag)] for dag in dags.values() if _conditions(dag)} == {
        "ingest_orders": ["shop_orders"]
    }


def test_a_day_runs_every_command_of_the_path_in_its_order(dags: dict[str, Any]) -> None:
    """The models of today make lists before others are trained. The catalogue is built beside the lists."""
    commands = {task.task_id: _command(task) for task in dags[DAG].topological_sort() if task.task_id != "turn"}
    first = [name for task, name in commands.items() if not task.startswith("first_release.")]
    lists = ["refresh-retrievers", "score", "filter", "index", "publish"]
    assert [name for name in first if name != "catalogue"] == [
        *("ingest", "open-day", "train-images", "embed-images", "snapshot"),
        *lists,
        *("drift", "training-due", "features", "train-retrievers", "train-ranker", "validate"),
        *lists,
    ]
    assert set(first) - {"open-day", "training-due"} == set(PATH)
    assert [name for task, name in commands.items() if task.startswith("first_release.")] == [
        "features",
        "first-release",
    ]


def test_what_waits_for_what(tasks: dict[str, Any]) -> None:
    before = {
        name.removeprefix(f"{DAG}."): task.upstream_task_ids for name, task in tasks.items() if task.dag_id == DAG
    }
    for group in ("release", "release_of_new_models"):
        assert before[f"{group}.filter"] == {f"{group}.score", f"{group}.catalogue"}
    assert before["first_release.features"] == before["images.train_images"] == {"open_day"}
    assert before["release.refresh_retrievers"] == {"snapshot"}
    assert before["training.drift"] == {"release.publish"}
    assert before["training.training_due"] == {"training.drift"}
    assert before["release_of_new_models.refresh_retrievers"] == {"training.validate"}


def test_the_progress_of_the_demo_knows_every_task_and_what_it_waits_for(tasks: dict[str, Any]) -> None:
    """`scripts/stage_plan.py`; tasks that take a moment have no line, and what waits for them waits for ingest."""
    planned = {stage.key: set(stage.after) for stage in DAG_STAGES}
    of_the_day = {name: task for name, task in tasks.items() if task.dag_id == DAG and name not in MOMENTARY}
    assert planned.keys() == of_the_day.keys()
    for name, task in of_the_day.items():
        before = {f"{DAG}.{each}" for each in task.upstream_task_ids}
        if before & set(MOMENTARY):
            before = {f"{DAG}.ingest"} if name != f"{DAG}.ingest" else planned[name]
        assert before <= planned[name], name


def test_a_shop_without_models_is_no_failure(tasks: dict[str, Any]) -> None:
    """Tasks that are skipped take those after them along, but not the question whether to train."""
    may_be_skipped = [
        task.task_id
        for task in tasks.values()
        if getattr(task, "may_be_skipped", False) or getattr(task, "skip_without", None)
    ]
    assert sorted(may_be_skipped) == [
        "release.refresh_retrievers",
        "release_of_new_models.refresh_retrievers",
        "training.train_ranker",
        "training.train_retrievers",
        "training.training_due",
    ]
    rules = {task.task_id: task.trigger_rule.value for task in tasks.values() if task.trigger_rule != "all_success"}
    assert rules == {"training.drift": "none_failed"}


def test_only_what_a_person_waits_for_competes_with_the_shops_pages(tasks: dict[str, Any]) -> None:
    from recsys_airflow.operators import BACKGROUND

    niceness = {name: task.niceness for name, task in tasks.items() if hasattr(task, "niceness")}
    assert {name for name, value in niceness.items() if value == 0} == {
        "daily_release.ingest",
        "daily_release.open_day",
        "daily_release.first_release.features",
        "daily_release.first_release.first_release",
        "rules_what_if.what_if",
    }
    assert set(niceness.values()) == {0, BACKGROUND}


def test_heavy_tasks_of_all_dags_share_the_slots_of_one_pool(tasks: dict[str, Any]) -> None:
    """On a small machine there is one, so two of them never run together."""
    heavy = {name.removeprefix(f"{DAG}.") for name, task in tasks.items() if task.pool == "recsys_heavy"}
    of_a_release = {"refresh_retrievers", "score"}
    assert heavy == {
        *("ingest", "snapshot", "first_release.features", "images.train_images", "images.embed_images"),
        *("training.features", "training.train_retrievers", "training.train_ranker", "training.validate"),
        *(f"{group}.{task}" for group in ("release", "release_of_new_models") for task in of_a_release),
        *("ingest_orders.ingest", "evaluate_models.evaluate", "rules_what_if.what_if"),
    }
    assert {task.pool for name, task in tasks.items() if name.removeprefix(f"{DAG}.") not in heavy} == {"default_pool"}


def test_what_somebody_waits_for_gets_the_next_slot(tasks: dict[str, Any]) -> None:
    ours = [task for task in tasks.values() if hasattr(task, "niceness")]
    assert {(task.niceness == 0, task.priority_weight) for task in ours} == {(True, 10), (False, 1)}
    assert {str(task.weight_rule) for task in ours} == {"absolute"}


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
heavy = ("pyspark", "tensorflow", "torch", "pandas", "numpy", "mlflow", "recsys_core.cli", "kubernetes.client")
assert "recsys_airflow.console.addresses" in sys.modules
heavy += ("recsys_airflow.console.app", "airflow.api_fastapi.core_api.security", "openlineage.client")
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


def _command(task: Any) -> str:
    if hasattr(task, "stage"):
        return str(task.stage)
    return "snapshot" if task.task_id == "snapshot" else Path(task.application).stem


def _conditions(dag: Any) -> list[Any]:
    timetable = dag.timetable
    is_chained = type(timetable).__name__ == "AssetTriggeredTimetable"
    return list(timetable.asset_condition.objects) if is_chained else []
