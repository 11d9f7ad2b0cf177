"""The storefront's client against a real Airflow: API server and DAG processor, nothing that would run a task."""

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from merchandising.what_if import DAG, Question, open_runs
from ops import airflow
from orders.pipeline import create_event
from recsys_core.airflow_client import AirflowRefusedError
from recsys_core.workspace import Workspace
from scripts import airflow_home
from scripts.airflow_api import AirflowApi
from scripts.environment import Site
from scripts.ports import Ports, free_port
from scripts.services import service_list, supervised

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]
PATIENCE = 180


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(Workspace(tmp_path_factory.mktemp("airflow") / "var"), Ports(*(free_port() for _ in range(4))))


@pytest.fixture(scope="module")
def api(site: Site) -> Iterator[AirflowApi]:
    """Until it has read the DAGs."""
    with supervised(site) as supervisor:
        supervisor.env = site.environment(os.environ)
        airflow_home.prepare(site, supervisor.env)
        for name in ("airflow-api", "airflow-dag-processor"):
            supervisor.start(service_list(site)[name])
        supervisor.wait()
        api = AirflowApi.of(site)
        until = time.monotonic() + PATIENCE
        while DAG not in api.dag_ids() and time.monotonic() < until:
            time.sleep(1)
        assert api.import_errors() == []
        yield api


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


REPORT_PAGE = "/recsys/ingest-report"


def sign_in(api: AirflowApi) -> str:
    api.get("version")
    return api.token


def test_the_ingest_report_is_for_who_may_read_the_dag(api: AirflowApi, site: Site) -> None:
    stranger = api.http.get(REPORT_PAGE)
    assert (stranger.status_code, stranger.text) == (
        401,
        "Not authenticated: sign in to Airflow and open this page again\n",
    )
    assert api.http.get(REPORT_PAGE, headers={"Authorization": "Bearer guessed"}).status_code == 403
    token = {"Authorization": f"Bearer {sign_in(api)}"}
    site.workspace.ingest_report.unlink(missing_ok=True)
    missing = api.http.get(REPORT_PAGE, headers=token)
    assert missing.status_code == 404
    assert missing.text.startswith(f"There is no ingest report yet: {site.workspace.ingest_report} is written when")
    site.workspace.ingest_report.parent.mkdir(exist_ok=True)
    site.workspace.ingest_report.write_text("<h1>Crème</h1>")
    found = api.http.get(REPORT_PAGE, headers=token)
    assert (found.status_code, found.text) == (200, "<h1>Crème</h1>")


def test_a_signed_in_browser_reads_the_report_and_runs_nothing_of_it(api: AirflowApi, site: Site) -> None:
    site.workspace.ingest_report.parent.mkdir(exist_ok=True)
    site.workspace.ingest_report.write_text("<h1>Report</h1>")
    page = api.http.get(REPORT_PAGE, headers={"Cookie": f"_token={sign_in(api)}"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
    for answer in (page, api.http.get(REPORT_PAGE), api.http.get("/recsys/openapi.json")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
    assert api.http.get("/recsys/openapi.json").status_code == 404


def test_no_page_of_the_console_is_open_to_strangers(api: AirflowApi) -> None:
    from recsys_airflow.console.app import console

    paths = {f"/recsys{route.path}" for route in console().routes}  # type: ignore[attr-defined]
    assert paths == {REPORT_PAGE, "/recsys/releases"}
    for path in paths:
        assert api.http.get(path).status_code == 401
    page = api.http.get("/recsys/releases", headers={"Cookie": f"_token={sign_in(api)}"})
    assert (page.status_code, "<h1>Releases</h1>" in page.text) == (200, True)


def test_the_task_that_ingests_links_to_the_view_of_the_report(api: AirflowApi) -> None:
    (plugin,) = (each for each in api.get("plugins")["plugins"] if each["name"] == "recsys")
    views = {view["url_route"]: view for view in plugin["external_views"]}
    assert {f"/{view['href']}" for view in views.values()} == {REPORT_PAGE, "/recsys/releases"}
    assert {view["destination"] for view in views.values()} == {"nav"}
    view = views["ingest-report"]
    assert api.get("plugins/importErrors")["import_errors"] == []
    run_id = api.trigger("daily_release", {})["dag_run_id"]
    links = api.get(f"dags/daily_release/dagRuns/{run_id}/taskInstances/ingest/links")
    assert links["extra_links"] == {"Report": str(api.http.base_url.join(f"/plugin/{view['url_route']}"))}
    assert api.get(f"dags/daily_release/dagRuns/{run_id}/taskInstances/snapshot/links")["extra_links"] == {}
