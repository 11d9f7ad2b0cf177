"""Rights, headers and forms of the console.

Airflow does not protect a plugin's pages: each of ours asks for the access that Airflow itself would ask for, by the
token of the request or the cookie of a browser that is signed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlsplit

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from airflow.configuration import conf
from fastapi import Depends, Form, HTTPException, Request, status
from itsdangerous import BadSignature, URLSafeTimedSerializer

INGEST_DAG: Final = "daily_release"
MAY_READ: Final = Depends(requires_access_dag("GET", DagAccessEntity.TASK_LOGS, INGEST_DAG))
"""The right to read: the task's log shows the same rows."""
_trigger: Final = requires_access_dag("POST", DagAccessEntity.RUN, INGEST_DAG)
MAY_ACT: Final = Depends(_trigger)
"""The right to publish and roll back: a run of the DAG publishes, too."""
CONTENT_POLICY: Final = "; ".join(
    ("default-src 'none'", "style-src 'unsafe-inline'", "base-uri 'none'", "frame-ancestors 'self'")
)
"""No script, nothing from elsewhere; Airflow's own pages may frame it."""
WITHOUT_FORM: Final = f"{CONTENT_POLICY}; form-action 'none'"
WITH_FORM: Final = f"{CONTENT_POLICY}; form-action 'self'"
HEADERS: Final = {
    "Content-Security-Policy": WITHOUT_FORM,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers of every answer. The pages show rows of the shop, so no cache keeps them."""
FORM_SECONDS: Final = 8 * 3600
"""Time for which a page's form may be sent."""


@dataclass(frozen=True)
class Rights:
    """Rights of a user."""

    may_act: bool
    token: str
    """A signed word that the user's forms carry; a page of another site cannot know it."""


def rights_of(request: Request, user: GetUserDep) -> Rights:
    """Rights of the user, with a fresh token."""
    try:
        _trigger(request, user)
    except HTTPException:
        return Rights(False, "")
    return Rights(True, _signer().dumps(user.get_id()))


FormRights = Annotated[Rights, Depends(rights_of)]


def check_form(request: Request, user: GetUserDep, token: Annotated[str, Form()] = "") -> None:
    """Refuse a form that did not come from a page of ours, given to this user within the last hours.

    Raises
    ------
    HTTPException
        403, with what to do.
    """
    try:
        mine = _signer().loads(token, max_age=FORM_SECONDS) == user.get_id()
    except BadSignature:
        mine = False
    if not mine or not is_same_origin(request.headers):
        raise HTTPException(status.HTTP_403_FORBIDDEN, "This form is not of this console, or is too old: open it again")


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """True if the browser says that a page of this site sent the request; a client that is no browser says nothing.

    >>> is_same_origin({"host": "airflow", "origin": "https://airflow", "sec-fetch-site": "same-origin"})
    True
    >>> is_same_origin({"host": "airflow", "origin": "https://evil"})
    False
    """
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = headers.get("origin")
    own = {headers.get("host"), urlsplit(conf.get("api", "base_url", fallback="") or "").netloc}
    return origin is None or urlsplit(origin).netloc in own - {"", None}


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(conf.get_mandatory_value("api", "secret_key"), salt="forms of the console")
