"""The operations console in a real Airflow: rights, forms, and every page in a real Chromium."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, ViewportSize

from recsys_core.release.pointer import ReleaseInfo, live_id
from recsys_core.serving.hold import held_releases
from recsys_core.store.json_lines import read_lines
from scripts import airflow_home
from scripts.airflow_api import AirflowApi
from scripts.environment import Site
from scripts.shop_pages import PHONE
from tests.django_site.browser.test_accessibility import BEYOND, LEVELS, barriers, skipped
from tests.support.browser import system_browser
from tests.support.operated_workspace import operated_workspace

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]
REPORT_PAGE = "/recsys/ingest-report"
WIDE: ViewportSize = {"width": 1100, "height": 900}
PAGES = ("now", "releases", "diff", "data", "lists", "quality")
CONSOLE_VIEWS = {"/recsys/now", REPORT_PAGE}
"""Pages to which Airflow's menu leads; the console's other pages are reached from them."""


@pytest.fixture(scope="module")
def lived(site: Site, api: AirflowApi) -> tuple[ReleaseInfo, ReleaseInfo]:
    """The earlier release and the live one."""
    return operated_workspace(site.workspace.root)


def cookie_of(api: AirflowApi, site: Site, user: str) -> dict[str, str]:
    """Cookie of a browser in which the user is signed in."""
    password = json.loads((site.airflow / airflow_home.PASSWORDS).read_text())[user]
    answer = api.http.post("/auth/token", json={"username": user, "password": password})
    return {"Cookie": f"_token={answer.raise_for_status().json()['access_token']}"}


@pytest.fixture(scope="module")
def admin(api: AirflowApi, site: Site) -> dict[str, str]:
    return cookie_of(api, site, airflow_home.ADMIN)


@pytest.fixture(scope="module")
def reader(api: AirflowApi, site: Site) -> dict[str, str]:
    return cookie_of(api, site, "reader")


def routes() -> list[tuple[str, str]]:
    """Method and path of every route of the app."""
    from recsys_airflow.console.app import console

    return sorted((method, f"/recsys{route.path}") for route in console().routes for method in route.methods)  # type: ignore[attr-defined]


@pytest.mark.usefixtures("lived")
def test_every_route_asks_who_it_is_and_what_they_may(
    api: AirflowApi, site: Site, admin: dict[str, str], reader: dict[str, str]
) -> None:
    guest = cookie_of(api, site, "guest")
    found = {
        route: tuple(api.http.request(*route, headers=who).status_code for who in ({}, guest, reader, admin))
        for route in routes()
    }
    assert {method for method, _ in found} == {"GET", "POST"}
    assert len(found) == 9
    assert {statuses for (method, _), statuses in found.items() if method == "GET"} == {(401, 403, 200, 200)}
    assert {statuses for (method, _), statuses in found.items() if method == "POST"} == {(401, 403, 403, 403)}
    assert api.http.get("/recsys/now", headers={"Authorization": "Bearer guessed"}).status_code == 403
    stranger = api.http.get("/recsys/now")
    assert stranger.text == "Not authenticated: sign in to Airflow and open this page again\n"


def test_every_answer_forbids_scripts_and_forms_but_on_pages_with_a_form(
    api: AirflowApi, admin: dict[str, str]
) -> None:
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'; form-action "
    answers = {path: api.http.get(f"/recsys/{path}", headers=admin) for path in (*PAGES, "openapi.json")}
    for path, answer in answers.items():
        form = "'self'" if path in ("releases", "diff") else "'none'"
        assert answer.headers["content-security-policy"] == policy + form
        assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == ("nosniff", "no-store")
    assert answers["openapi.json"].status_code == 404


def test_the_ingest_report_is_the_workspaces_file(api: AirflowApi, site: Site, admin: dict[str, str]) -> None:
    report = site.workspace.ingest_report
    report.unlink(missing_ok=True)
    missing = api.http.get(REPORT_PAGE, headers=admin)
    assert missing.status_code == 404
    assert missing.text.startswith(f"There is no ingest report yet: {report} is written when")
    report.parent.mkdir(exist_ok=True)
    report.write_text("<h1>Crème</h1>")
    found = api.http.get(REPORT_PAGE, headers=admin)
    assert (found.status_code, found.text) == (200, "<h1>Crème</h1>")


def test_the_page_of_now_says_what_comes_next_and_what_is_wrong(
    api: AirflowApi, admin: dict[str, str], lived: tuple[ReleaseInfo, ReleaseInfo]
) -> None:
    said = api.http.get("/recsys/now", headers=admin).text
    due = api.get("dags/daily_release")["next_dagrun_run_after"]
    for text in (
        lived[1].id,
        f"<dd>{due[:16].replace('T', ' ')} UTC",
        "The guard stopped 2020-09-22-1badcafe: 50 lists, at least 90% are asked",
        "daily_release.publish failed: the guard",
    ):
        assert text in said, text


def form_of(api: AirflowApi, who: dict[str, str], **fields: str) -> dict[str, str]:
    """Fields of a form with the token of the user's page."""
    page = api.http.get("/recsys/releases", headers=who).text
    return {"token": page.split('name="token" value="')[1].split('"')[0], **fields}


@pytest.mark.usefixtures("lived")
def test_a_form_of_another_site_or_another_user_does_nothing(
    api: AirflowApi, site: Site, admin: dict[str, str], reader: dict[str, str]
) -> None:
    from itsdangerous import URLSafeTimedSerializer

    live = live_id(site.workspace)
    form = form_of(api, admin, why="x")
    assert 'name="token"' not in api.http.get("/recsys/releases", headers=reader).text
    forged = URLSafeTimedSerializer("guessed", salt="forms of the console").dumps("admin")
    elsewhere = ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"})
    answers = [api.http.post("/recsys/rollback", data=form, headers=admin | other) for other in elsewhere]
    answers += [api.http.post("/recsys/rollback", data=form | {"token": forged}, headers=admin)]
    answers += [api.http.post("/recsys/rollback", data=form, headers=reader)]
    assert [answer.status_code for answer in answers] == [403] * 5
    assert live_id(site.workspace) == live


def test_the_buttons_do_what_the_commands_do_and_note_who_and_why(
    api: AirflowApi, site: Site, admin: dict[str, str], lived: tuple[ReleaseInfo, ReleaseInfo]
) -> None:
    first, second = lived
    own = {"Origin": str(api.http.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}

    def post(action: str, **fields: str) -> httpx.Response:
        return api.http.post(f"/recsys/{action}", data=form_of(api, admin, **fields), headers=admin | own, timeout=60)

    without = post("rollback", why=" ")
    assert (without.status_code, live_id(site.workspace)) == (409, second.id)
    assert "say why" in without.text
    done = post("rollback", why="odd lists\n--by=eve")
    assert (done.status_code, done.headers["location"], live_id(site.workspace)) == (
        303,
        "releases?done=true",
        first.id,
    )
    (held,) = held_releases(site.workspace)
    assert (held.release, held.to, held.by, held.why) == (second.id, first.id, "admin", "odd lists --by=eve")
    move = [*read_lines(site.workspace.history)][-1]
    assert {name: move[name] for name in ("action", "release", "by", "why")} == {
        "action": "rollback",
        "release": first.id,
        "by": "admin",
        "why": "odd lists --by=eve",
    }
    refused = post("publish", release=second.id, why="again")
    assert (refused.status_code, live_id(site.workspace)) == (409, first.id)
    assert "choose a release" in post("publish", why="again").text
    unknown = post("publish", release="--force", why="again")
    assert "no release &#39;--force&#39;" in unknown.text
    assert post("publish", release=second.id, why="mended", overrule="yes").status_code == 303
    assert (live_id(site.workspace), held_releases(site.workspace)) == (second.id, ())
    said = api.http.get("/recsys/releases?done=true", headers=admin).text
    assert f"promote: {second.id} is live, by admin: mended" in said


def test_airflows_menu_leads_to_the_console_and_the_task_to_its_report(api: AirflowApi) -> None:
    (plugin,) = (each for each in api.get("plugins")["plugins"] if each["name"] == "recsys")
    views = {f"/{view['href']}": view for view in plugin["external_views"]}
    assert set(views) == CONSOLE_VIEWS
    assert {view["destination"] for view in views.values()} == {"nav"}
    assert api.get("plugins/importErrors")["import_errors"] == []
    run_id = api.trigger("daily_release", {})["dag_run_id"]
    links = api.get(f"dags/daily_release/dagRuns/{run_id}/taskInstances/ingest/links")
    route = views[REPORT_PAGE]["url_route"]
    assert links["extra_links"] == {"Report": str(api.http.base_url.join(f"/plugin/{route}"))}
    assert api.get(f"dags/daily_release/dagRuns/{run_id}/taskInstances/snapshot/links")["extra_links"] == {}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with system_browser() as browser:
        yield browser


@pytest.mark.browser
@pytest.mark.usefixtures("lived")
def test_no_page_of_the_console_has_a_barrier_on_a_screen_or_a_phone(
    api: AirflowApi, admin: dict[str, str], browser: Browser
) -> None:
    name, _, token = admin["Cookie"].partition("=")
    address = str(api.http.base_url)
    found: list[Any] = []
    with browser.new_context(bypass_csp=True) as context:
        context.add_cookies([{"name": name, "value": token, "url": address}])
        page = context.new_page()
        for path in PAGES:
            page.set_viewport_size(WIDE)
            page.goto(f"{address}/recsys/{path}")
            page.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true })")
            found += [f"{path} {line}" for screen in (WIDE, PHONE) for line in barriers(page, screen)]
            found += [f"{path} {wide}" for wide in page.evaluate(BEYOND)]
            levels = page.evaluate(LEVELS)
            found += [f"{path} {levels}"] * (levels.count(1) != 1 or bool(skipped(levels)))
    assert found == []
    with browser.new_context() as context:
        context.add_cookies([{"name": name, "value": token, "url": address}])
        page = context.new_page()
        page.goto(f"{address}/recsys/releases")
        page.get_by_label("Reason").first.fill("seen and good")
        page.get_by_label("Overrule").check()
        page.get_by_role("button", name="Publish").click()
        page.get_by_role("status").wait_for()
        assert "by admin: seen and good" in page.inner_text("main")
