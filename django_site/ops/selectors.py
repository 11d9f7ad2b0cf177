"""Readiness of this process to serve shoppers, and the state of the releases."""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from recsys_core import records
from recsys_core.serving import NoLiveReleaseError, open_live
from recsys_core.serving.first_release import is_first_release
from recsys_core.serving.hold import HeldRelease, held_releases
from recsys_core.workspace import Workspace


@dataclass(frozen=True)
class ReleaseState:
    """The live release, and the releases that a rollback holds back."""

    live: str = ""
    is_first: bool = False
    """True if the live one is a shop's first release, made before anything was trained."""
    held: tuple[HeldRelease, ...] = ()
    problem: str = ""


def release_state() -> ReleaseState:
    workspace = Workspace(settings.RECSYS_WORKSPACE)
    try:
        live = workspace.live.readlink().name
        return ReleaseState(live, is_first_release(workspace.live), held_releases(workspace))
    except (OSError, ValueError) as error:
        return ReleaseState(problem=str(error))


def readiness() -> dict[str, str]:
    """Returns for each part "ok", or the problem and its remedy."""
    checks: dict[str, Callable[[], str]] = {"database": _database, "release": _release}
    return {name: check() for name, check in checks.items()}


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return f"{error}: check DATABASE_URL"
    return "ok" if not pending else f"{len(pending)} migrations pending: run `python django_site/manage.py migrate`"


def _release() -> str:
    """A release store that fails is no reason to get no shoppers while there is a release to serve."""
    workspace = Workspace(settings.RECSYS_WORKSPACE)
    try:
        open_live(workspace)
    except (NoLiveReleaseError, OSError, ValueError, KeyError) as error:
        return f"{error}{_fetching(workspace)}"
    return "ok"


def _fetching(workspace: Workspace) -> str:
    try:
        fetch = records.last_fetch(workspace)
    except (OSError, ValueError):
        return ""
    return (
        "; the release store could not be read: see the log of `recsys release fetch`"
        if fetch and fetch.problem
        else ""
    )
