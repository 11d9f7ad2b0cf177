"""The operations console: pages that Airflow's API server serves, and forms that publish and roll back."""

import datetime as dt
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Annotated, Final

from airflow.api_fastapi.common.db.common import SessionDep
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import Depends, FastAPI, Form, HTTPException, Request, Response, status
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from recsys_airflow.console import addresses, commands, quality
from recsys_airflow.console.access import HEADERS, INGEST_DAG, MAY_ACT, MAY_READ, FormRights, check_form
from recsys_airflow.console.arrivals import Quarantine, by_day, read_arrivals
from recsys_airflow.console.figures import ListHistory
from recsys_airflow.console.pages import page
from recsys_airflow.console.plots import stack_of
from recsys_airflow.console.schedule import read_schedule
from recsys_airflow.console.state import State, collections_of, latest
from recsys_airflow.console.troubles import troubles
from recsys_airflow.settings import Settings
from recsys_core import records
from recsys_core.promotion.release_diff import ReleaseDiff
from recsys_core.release.pointer import ReleaseInfo
from recsys_core.workspace import Workspace

SIGN_IN: Final = "sign in to Airflow and open this page again"
MAX_DECISIONS: Final = 200
"""Decisions that are looked at for figures of releases."""
FormText = Annotated[str, Form()]


def console() -> FastAPI:
    """The app, without pages of its own about its API: those would be open."""
    app = FastAPI(title="Recommendations", docs_url=None, redoc_url=None, openapi_url=None)
    app.middleware("http")(_with_headers)
    app.add_exception_handler(StarletteHTTPException, _in_words)
    for path, read in (
        (addresses.NOW, now),
        (addresses.RELEASES, releases),
        (addresses.DIFF, diff),
        (addresses.DATA, data),
        (addresses.LISTS, lists),
        (addresses.QUALITY, measured_quality),
        (addresses.INGEST_REPORT, ingest_report),
    ):
        app.get(path, dependencies=[MAY_READ], response_class=HTMLResponse)(read)
    for path, act in ((addresses.PUBLISH, publish), (addresses.ROLLBACK, roll_back)):
        app.post(path, dependencies=[MAY_ACT, Depends(check_form)], response_class=HTMLResponse)(act)
    return app


def now(session: SessionDep) -> HTMLResponse:
    """The live release, what runs next, and what is wrong."""
    settings, moment = Settings.from_env(), dt.datetime.now(dt.UTC)
    state = State.read(Workspace(settings.workspace))
    schedule = read_schedule(session, INGEST_DAG, settings.deadline)
    return page(
        "now.html",
        here="now",
        state=state,
        age=state.age(moment),
        schedule=schedule,
        troubles=troubles(state, schedule, moment),
        collections=collections_of(state.live.manifest) if state.live else [],
        mlflow=settings.mlflow_pages,
    )


def releases(rights: FormRights, done: bool = False) -> HTMLResponse:
    """Releases, decisions about them, moves of the pointer; forms for who may act."""
    state = State.read(_workspace())
    return page("releases.html", has_form=True, here="releases", state=state, rights=rights, done=done, problem="")


def publish(
    rights: FormRights, user: GetUserDep, release: FormText = "", why: FormText = "", overrule: FormText = ""
) -> Response:
    """Ask the gate about a release again, or overrule it."""
    return _acted(rights, lambda: commands.publish(release, why, user.get_name(), bool(overrule)))


def roll_back(rights: FormRights, user: GetUserDep, release: FormText = "", why: FormText = "") -> Response:
    """Make an earlier release live."""
    return _acted(rights, lambda: commands.roll_back(release, why, user.get_name()))


def _acted(rights: FormRights, act: Callable[[], None]) -> Response:
    try:
        act()
    except commands.CommandRefusedError as refused:
        values = {"here": "releases", "state": State.read(_workspace()), "rights": rights, "done": False}
        return page("releases.html", status.HTTP_409_CONFLICT, True, problem=str(refused), **values)
    return RedirectResponse("releases?done=true", status.HTTP_303_SEE_OTHER)


def diff(release: str = "", beside: str = "") -> HTMLResponse:
    """Two releases beside each other: by default the newest beside the live one, or beside the one before it."""
    workspace = _workspace()
    known = State.read(workspace).releases
    mine = _named(known, release) if release else next(iter(known), None)
    usual = sorted((one for one in known if one != mine), key=lambda one: not one.live)
    theirs = _named(known, beside) if beside else next(iter(usual), None)
    both = (mine, theirs) if mine and theirs else None
    found = _diff(workspace, mine.id, theirs.id) if mine and theirs else None
    return page("diff.html", has_form=True, here="releases", releases=known, both=both, diff=found)


def _named(known: list[ReleaseInfo], wanted: str) -> ReleaseInfo:
    for release in known:
        if release.id == wanted:
            return release
    raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such release: the page Releases lists those that are")


@lru_cache(maxsize=32)
def _diff(workspace: Workspace, release: str, beside: str) -> ReleaseDiff:
    """Releases never change, and large ones take seconds."""
    known = State.read(workspace).releases
    return ReleaseDiff.of(_named(known, release), _named(known, beside))


def data() -> HTMLResponse:
    """Files as they arrived, and what was wrong with them."""
    workspace = _workspace()
    arrivals = read_arrivals(workspace)
    days = by_day(arrivals)
    return page(
        "data.html",
        here="data",
        arrivals=arrivals,
        plot=stack_of("rows by day of arrival", list(days), list(days.values())),
        quarantine=Quarantine.read(workspace),
        has_report=workspace.ingest_report.is_file(),
    )


def lists() -> HTMLResponse:
    """Figures of the lists over releases."""
    decided = latest(records.decisions(_workspace()), MAX_DECISIONS)
    return page("lists.html", here="lists", history=ListHistory.of(decided))


def measured_quality() -> HTMLResponse:
    """MAP@12 by validation and evaluation; recognition by image encoder."""
    workspace = _workspace()
    decisions = latest(records.decisions(workspace), MAX_DECISIONS)
    validations, evaluations = quality.validations(workspace), quality.evaluations(workspace)
    return page(
        "quality.html",
        here="quality",
        validations=[(one, quality.releases_of(one, decisions)) for one in validations],
        evaluations=evaluations,
        plots_of=[
            quality.intervals(f"MAP@12 of {what}, by label window", measured)
            for what, measured in (("newly trained models", validations), ("configurations", evaluations))
            if measured
        ],
        decisions=decisions[: quality.SHOWN],
        encoders=quality.encoders(workspace, records.alias_moves(workspace)),
        aliases=latest(records.alias_moves(workspace), quality.SHOWN),
    )


def ingest_report() -> HTMLResponse:
    """The report of the last ingest in the workspace."""
    report = _workspace().ingest_report
    try:
        return HTMLResponse(report.read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = f"There is no ingest report yet: {report} is written when a run of {INGEST_DAG} has succeeded."
        raise HTTPException(status.HTTP_404_NOT_FOUND, message) from None


def _workspace() -> Workspace:
    return Workspace(Settings.from_env().workspace)


async def _with_headers(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _in_words(_: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)  # noqa: S101 (for mypy: no other comes here)
    hint = f": {SIGN_IN}" if error.status_code == status.HTTP_401_UNAUTHORIZED else ""
    return PlainTextResponse(f"{error.detail}{hint}\n", error.status_code, error.headers)
