"""The datasets that a task tells OpenLineage, as the provider's own extractor asks for them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recsys_core.store.artifacts import write_json

REPOSITORY = Path(__file__).parents[2]

LISTS, SCORED, FIRST, SECOND = (f"{number}" * 16 for number in (1, 2, 3, 4))


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECSYS_WORKSPACE", str(tmp_path))
    monkeypatch.delenv("RECSYS_LINEAGE_NAMESPACE", raising=False)
    return tmp_path


def record(workspace: Path, kind: str, key: str, inputs: dict[str, str], made_at: str, **summary: Any) -> None:
    (workspace / kind / key).mkdir(parents=True)
    made = {"files": {"a": "00"}, "bytes": {"a": 10}, "content_sha256": key, "created_at": made_at}
    content = {"kind": kind, "key": key, "inputs": inputs, "summary": summary, **made}
    write_json(workspace / kind / key / "artifact.json", content)


def told(report: dict[str, Any] | None) -> dict[str, Any]:
    """Inputs and outputs of a task that ended with this report, as in an event."""
    from airflow.providers.openlineage.extractors.manager import ExtractorManager
    from openlineage.client.serde import Serde

    from recsys_airflow.operators import RecsysStageOperator

    task = RecsysStageOperator(stage="filter")
    task.report = report
    extractor = ExtractorManager()._get_extractor(task)
    assert extractor is not None
    lineage = extractor.extract_on_complete(None)
    assert lineage is not None
    parts = {"inputs": lineage.inputs, "outputs": lineage.outputs}
    return {name: [json.loads(Serde.to_json(dataset)) for dataset in part] for name, part in parts.items()}


def test_a_task_tells_the_datasets_of_the_artifacts_in_its_report(workspace: Path) -> None:
    record(workspace, "scored", SCORED, {}, "2020-09-23T03:00:00Z", customers=4)
    record(workspace, "lists", LISTS, {"scored": SCORED}, "2020-09-23T03:01:00Z", customers=4)
    events = told({"stage": "filter", "summary": {"artifact": f"lists/{LISTS}", "customers": 4}})
    (read,), (made,) = events["inputs"], events["outputs"]
    assert (read["namespace"], read["name"]) == (workspace.as_uri(), "scored")
    assert read["facets"]["version"]["datasetVersion"] == SCORED
    assert (made["namespace"], made["name"]) == (workspace.as_uri(), "lists")
    assert made["facets"]["version"]["datasetVersion"] == LISTS
    counted = made["outputFacets"]["outputStatistics"]
    assert (counted["rowCount"], counted["size"], counted["fileCount"]) == (4, 10, 1)


def test_the_namespace_may_be_a_name(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_LINEAGE_NAMESPACE", "shop-north")
    record(workspace, "lists", LISTS, {}, "2020-09-23T03:00:00Z")
    assert told({"summary": {"artifact": f"lists/{LISTS}"}})["outputs"][0]["namespace"] == "shop-north"


def test_several_artifacts_of_a_kind_are_one_dataset_that_names_them_all(workspace: Path) -> None:
    record(workspace, "features/cutoff=2020-09-16", FIRST, {}, "2020-09-23T03:00:00Z")
    record(workspace, "features/cutoff=2020-09-23", SECOND, {}, "2020-09-23T03:01:00Z")
    artifacts = [f"features/cutoff=2020-09-16/{FIRST}", f"features/cutoff=2020-09-23/{SECOND}"]
    (made,) = told({"summary": {"artifacts": artifacts}})["outputs"]
    assert made["name"] == "features"
    assert made["facets"]["version"]["datasetVersion"] == SECOND
    assert made["outputFacets"]["outputStatistics"]["fileCount"] == 2
    partitions = made["outputFacets"]["subset"]["outputCondition"]["partitions"]
    assert [(each["identifier"], each["dimensions"]["cutoff"]) for each in partitions] == [
        (SECOND, "2020-09-23"),
        (FIRST, "2020-09-16"),
    ]


@pytest.mark.parametrize("report", [None, {"stage": "open-day", "summary": {"tables": LISTS}}])
def test_a_task_that_failed_or_made_nothing_tells_none(workspace: Path, report: dict[str, Any] | None) -> None:
    assert told(report) == {"inputs": [], "outputs": []}


@pytest.mark.parametrize(
    ("summary", "made"),
    [
        (
            {"release": "2020-09-23-00000001"},
            {"releases": "2020-09-23-00000001", "releases/live": "2020-09-23-00000001"},
        ),
        ({"release": "2020-09-22-00000000", "held": "2020-09-23-00000001"}, {"releases": "2020-09-23-00000001"}),
    ],
)
def test_a_release_is_live_unless_it_is_held(workspace: Path, summary: dict[str, str], made: dict[str, str]) -> None:
    release = workspace / "releases" / "2020-09-23-00000001"
    release.mkdir(parents=True)
    manifest = {"id": release.name, "created_at": "", "rows": {"customers": 4}, "content": {}, "artifacts": {}}
    write_json(release / "manifest.json", manifest)
    outputs = told({"summary": summary})["outputs"]
    assert {each["name"]: each["facets"]["version"]["datasetVersion"] for each in outputs} == made


@pytest.mark.full
def test_without_a_transport_the_provider_listens_to_nothing_and_says_nothing(tmp_path: Path) -> None:
    """In a process of its own: a test's process has the provider's settings of other tests."""
    code = """
from airflow.providers.openlineage.plugins.openlineage import OpenLineageProviderPlugin as plugin
import sys
print(plugin.listeners, "openlineage.client" in sys.modules)
"""
    kept = {name: value for name, value in os.environ.items() if "OPENLINEAGE" not in name and name != "PYTEST_VERSION"}
    env = kept | {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "false"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[] False", "")


@pytest.mark.parametrize(("transport", "module"), [("", "common.compat"), ('{"type": "console"}', "openlineage")])
def test_spark_jobs_are_told_about_lineage_only_where_there_is_a_transport(
    tmp_path: Path, transport: str, module: str
) -> None:
    code = """
import recsys_airflow.spark_provider
from airflow.providers.apache.spark.operators import spark_submit
print(spark_submit.inject_parent_job_information_into_spark_properties.__module__)
from airflow.providers.openlineage.utils import spark
"""
    kept = {name: value for name, value in os.environ.items() if "OPENLINEAGE" not in name}
    env = kept | {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__OPENLINEAGE__TRANSPORT": transport,
        "PYTHONPATH": str(REPOSITORY / "plugins"),
    }
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip().startswith(f"airflow.providers.{module}.")
