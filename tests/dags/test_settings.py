from datetime import timedelta
from pathlib import Path

import pytest

from recsys_airflow.settings import REPOSITORY, Settings


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


def test_a_dag_without_documentation_is_refused() -> None:
    from recsys_airflow.factory import recsys_dag

    with pytest.raises(ValueError, match="'silent' has no documentation"):
        recsys_dag("silent", doc=" ", schedule=None)
