"""The storefront's client against a real Airflow: API server and DAG processor, nothing that would run a task."""

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from merchandising.what_if import DAG, Question, open_runs
from ops import airflow
from orders.pipeline import create_event
from recsys_core.airflow_client import AirflowRefusedError
from scripts import airflow_home
from scripts.airflow_api import AirflowApi

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]


@pytest.fixture(autouse=True)
def storefront(api: AirflowApi, settings: Settings) -> None:
    settings.AIRFLOW_API = str(api.http.base_url)
    settings.AIRFLOW_TOKEN = ""
    settings.AIRFLOW_USER, settings.AIRFLOW_PASSWORD = airflow_home.ADMIN, api.password() if api.password else ""


def test_new_orders_are_recorded_as_an_event_of_their_asset(api: AirflowApi) -> None:
    made = create_event(files=2)
    (event,) = api.get("assets/events")["asset_events"]
    assert (event["id"], event["name"], event["extra"]["files"]) == (made["id"], "shop_orders", 2)


def test_a_question_about_rules_is_queued(api: AirflowApi) -> None:
    question = Question.new(["purchased=exclude", 'only_if_bought=["Men\'s"]'], None, 7, "boss")
    run_id = question.ask()
    run = api.get(f"dags/{DAG}/dagRuns/{run_id}")
    assert run["state"] == "queued"
    assert run["conf"] == {
        "name": question.name,
        "changes": ["purchased=exclude", 'only_if_bought=["Men\'s"]'],
        "label_start": None,
        "label_days": 7,
        "asked_by": "boss",
    }
    assert open_runs([]) == [{"name": question.name, "state": "queued", "asked_by": "boss", "run": run_id}]


@pytest.mark.parametrize(
    "wrong",
    [{"name": "../live"}, {"changes": []}, {"changes": ["--workspace=/tmp"]}, {"label_days": 0}, {"asked_by": "$(id)"}],
)
def test_an_impossible_question_is_refused_by_airflow_too(wrong: dict[str, Any]) -> None:
    conf = {"name": "x", "changes": ["purchased=exclude"], "label_start": None, "label_days": 7, "asked_by": "boss"}
    with pytest.raises(AirflowRefusedError, match=r"^4"):
        airflow.client().trigger(DAG, conf | wrong)


def test_a_wrong_password_is_a_refusal(settings: Settings) -> None:
    settings.AIRFLOW_PASSWORD = "guessed"
    with pytest.raises(AirflowRefusedError, match=r"^401"):
        create_event(1)


def test_an_asset_of_nobody_is_named() -> None:
    with pytest.raises(AirflowRefusedError, match="no asset 'nothing'"):
        airflow.client().create_event("nothing", {})
