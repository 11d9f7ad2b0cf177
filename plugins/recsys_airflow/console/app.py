"""The console's pages, which Airflow's API server serves.

Airflow does not protect a plugin's pages: each of ours asks for the access that Airflow itself would ask for, by the
token of the request or the cookie of a browser that is signed in.
"""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Final

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import Depends, FastAPI, HTTPException, Request, Response, status
from fastapi.responses import HTMLResponse, PlainTextResponse
from jinja2 import Environment, PackageLoader
from starlette.exceptions import HTTPException as StarletteHTTPException

from recsys_airflow.console.addresses import INGEST_REPORT, RELEASES
from recsys_airflow.console.records import Overview
from recsys_airflow.settings import Settings
from recsys_core.workspace import Workspace

INGEST_DAG: Final = "daily_release"
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
"""No script, no form, nothing from elsewhere; Airflow's own pages may frame it."""
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers of every answer. The report shows rows of the shop, so no cache keeps it."""
TEMPLATES: Final = Environment(loader=PackageLoader("recsys_airflow.console"), autoescape=True)
TEMPLATES.filters["moment"] = lambda text: str(text)[:16].replace("T", " ")
SIGN_IN: Final = "sign in to Airflow and open this page again"


def console() -> FastAPI:
    """The app, without pages of its own about its API: those would be open."""
    app = FastAPI(title="Recommendations", docs_url=None, redoc_url=None, openapi_url=None)
    app.middleware("http")(_with_headers)
    app.add_exception_handler(StarletteHTTPException, _in_words)
    # Who may read the task's log sees the same rows there.
    may_read = Depends(requires_access_dag("GET", DagAccessEntity.TASK_LOGS, INGEST_DAG))
    app.get(INGEST_REPORT, dependencies=[may_read], response_class=HTMLResponse)(ingest_report)
    app.get(RELEASES, dependencies=[may_read], response_class=HTMLResponse)(releases)
    return app


def releases() -> HTMLResponse:
    """The live release, alerts, figures of the lists, decisions of the gate, moves of the pointer."""
    overview = Overview.read(Workspace(Settings.from_env().workspace))
    age = overview.age(dt.datetime.now(dt.UTC))
    page = TEMPLATES.get_template("releases.html")
    return HTMLResponse(page.render(overview=overview, curves=list(overview.figures()), age=age and in_words(age)))


def in_words(age: dt.timedelta) -> str:
    """An age in its largest unit.

    >>> [in_words(dt.timedelta(hours=hours)) for hours in (0.5, 30, 72)]
    ['30 minutes', '30.0 hours', '3 days']
    """
    hours = age.total_seconds() / 3600
    if hours < 1:
        return f"{hours * 60:.0f} minutes"
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.0f} days"


def ingest_report() -> HTMLResponse:
    """The report of the last ingest in the workspace."""
    report = Workspace(Settings.from_env().workspace).ingest_report
    try:
        return HTMLResponse(report.read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = f"There is no ingest report yet: {report} is written when a run of {INGEST_DAG} has succeeded."
        raise HTTPException(status.HTTP_404_NOT_FOUND, message) from None


async def _with_headers(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    response.headers.update(HEADERS)
    return response


def _in_words(_: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)  # noqa: S101 (for mypy: no other comes here)
    hint = f": {SIGN_IN}" if error.status_code == status.HTTP_401_UNAUTHORIZED else ""
    return PlainTextResponse(f"{error.detail}{hint}\n", error.status_code, error.headers)
