"""Is this process able to serve shoppers, and which release do they see?"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from recsys_core.serving import NoLiveReleaseError, open_live
from recsys_core.serving.hold import HeldRelease, held_releases
from recsys_core.workspace import Workspace


@dataclass(frozen=True)
class ReleaseState:
    """What the shop shows, and what a rollback keeps off it."""

    live: str = ""
    held: tuple[HeldRelease, ...] = ()
    problem: str = ""


def release_state() -> ReleaseState:
    workspace = Workspace(settings.RECSYS_WORKSPACE)
    try:
        return ReleaseState(workspace.live.readlink().name, held_releases(workspace))
    except (OSError, ValueError) as error:
        return ReleaseState(problem=str(error))


def readiness() -> dict[str, str]:
    """Per part "ok" or what is wrong and what to do."""
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
    try:
        open_live(Workspace(settings.RECSYS_WORKSPACE))
    except (NoLiveReleaseError, OSError, ValueError, KeyError) as error:
        return str(error)
    return "ok"
