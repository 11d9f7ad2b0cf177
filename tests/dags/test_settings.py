from datetime import timedelta
from pathlib import Path

import pytest

from recsys_airflow.pod_settings import LIGHT, PodSettings
from recsys_airflow.settings import READ_TIMES, REPOSITORY, Settings
from recsys_core.contracts.java import PACKED, SHORT_JOB_ROWS


def test_defaults_are_the_checkout() -> None:
    settings = Settings.from_env({})
    assert settings.workspace == REPOSITORY / "var"
    assert settings.workspace_arguments == ["--workspace", str(REPOSITORY / "var")]
    assert (settings.spark_jobs / "ingest.py").is_file()
    assert (settings.retries, settings.retry_delay) == (2, timedelta(seconds=60))


def test_the_configuration_file_is_handed_on() -> None:
    settings = Settings.from_env({"RECSYS_WORKSPACE": "/data", "RECSYS_CONFIG": "/etc/recsys.toml"})
    assert settings.workspace_arguments == ["--workspace", "/data", "--config", "/etc/recsys.toml"]


def test_a_relative_workspace_becomes_absolute_because_tasks_run_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings.from_env({"RECSYS_WORKSPACE": "var"}).workspace == tmp_path / "var"


@pytest.mark.parametrize("name", ["RECSYS_TASK_RETRIES", "RECSYS_TASK_RETRY_SECONDS"])
@pytest.mark.parametrize("value", ["-1", "two", "1.5"])
def test_a_number_that_is_none_is_named(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"{name} = '{value}'"):
        Settings.from_env({name: value})


@pytest.mark.parametrize(
    ("name", "row_bytes", "is_small"),
    [
        ("transactions_train.csv", 99, True),
        ("transactions_train.csv", 110, False),  # a row of the H&M data
        ("transactions_train.csv.gz", 110 // PACKED, False),
    ],
)
def test_a_shop_with_more_rows_than_a_short_job_reads_is_no_small_one(
    tmp_path: Path, name: str, row_bytes: int, is_small: bool
) -> None:
    (tmp_path / "raw").mkdir()
    with (tmp_path / "raw" / name).open("wb") as file:
        file.truncate(SHORT_JOB_ROWS // READ_TIMES * row_bytes)
    assert Settings.from_env({"RECSYS_WORKSPACE": str(tmp_path)}).is_small_shop is is_small


def test_a_dag_without_documentation_is_refused() -> None:
    from recsys_airflow.factory import recsys_dag

    with pytest.raises(ValueError, match="'silent' has no documentation"):
        recsys_dag("silent", doc=" ", schedule=None)


def test_a_day_ends_in_the_shops_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    from recsys_airflow.day import each_day

    monkeypatch.setenv("RECSYS_DAILY_AT", "30 1 * * *")
    monkeypatch.setenv("RECSYS_TIME_ZONE", "Asia/Tokyo")
    timetable = each_day()
    assert (timetable.expression, str(timetable.timezone)) == ("30 1 * * *", "Asia/Tokyo")


IN_PODS = {"RECSYS_STAGES_RUN_IN": "kubernetes", "RECSYS_STAGES_IMAGE": "recsys-airflow:0.1.0"}


def test_stages_are_subprocesses_unless_pods_are_asked_for() -> None:
    assert Settings.from_env({}).pods is Settings.from_env({"RECSYS_STAGES_RUN_IN": "subprocess"}).pods is None
    assert Settings.from_env(IN_PODS).pods == PodSettings.from_env(IN_PODS) is not None


def test_a_pod_gets_the_named_variables_and_secrets_alone() -> None:
    names = {"RECSYS_STAGES_SECRETS": "recsys-milvus, recsys-mlflow", "RECSYS_STAGES_ENVIRONMENT": "HTTPS_PROXY,NONE"}
    seen = {"MILVUS_URI": "http://milvus", "MILVUS_TOKEN": "secret", "HTTPS_PROXY": "http://proxy"}
    pods = PodSettings.from_env(IN_PODS | names | seen)
    assert pods is not None
    assert pods.secrets == ("recsys-milvus", "recsys-mlflow")
    assert pods.environment == {"MILVUS_URI": "http://milvus", "HTTPS_PROXY": "http://proxy"}
    assert pods.light == LIGHT


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"RECSYS_STAGES_RUN_IN": "docker"}, "RECSYS_STAGES_RUN_IN = 'docker': expected subprocess or kubernetes"),
        ({"RECSYS_STAGES_RUN_IN": "kubernetes"}, "RECSYS_STAGES_IMAGE is empty"),
        (IN_PODS | {"MILVUS_URI": "http://root:secret@milvus"}, "^MILVUS_URI holds a login, (?!.*secret@)"),
        (IN_PODS | {"RECSYS_STAGES_RESOURCES": "4Gi"}, "RECSYS_STAGES_RESOURCES = '4Gi': expected JSON"),
        (IN_PODS | {"RECSYS_STAGES_HEAVY_RESOURCES": '{"limits": "4Gi"}'}, "RECSYS_STAGES_HEAVY_RESOURCES = .*JSON"),
        (IN_PODS | {"RECSYS_STAGES_RESOURCES": '{"memory": {}}'}, "memory is neither requests nor limits"),
    ],
)
def test_impossible_settings_of_pods_are_named(env: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Settings.from_env(env)


def test_tasks_link_to_mlflow_where_browsers_reach_it() -> None:
    inside = {"MLFLOW_TRACKING_URI": "http://recsys-mlflow/"}
    assert Settings.from_env(inside).mlflow_pages == "http://recsys-mlflow"
    assert Settings.from_env(inside | {"RECSYS_MLFLOW_PAGES": "https://mlflow.example.com"}).mlflow_pages == (
        "https://mlflow.example.com"
    )
    assert Settings.from_env({"MLFLOW_TRACKING_URI": "sqlite:///mlflow.db"}).mlflow_pages == ""


def test_addresses_go_to_a_pod_without_their_login() -> None:
    env = {"RECSYS_STAGES_SECRETS": "recsys-milvus", "MILVUS_URI": "https://root:secret@milvus:19530/db"}
    pods = Settings.from_env(IN_PODS | env).pods
    assert pods is not None
    assert pods.environment == {"MILVUS_URI": "https://milvus:19530/db"}
