"""Aliases of models: champion, the models of the last promoted release, and challenger, until the gate has decided.

The workspace keeps their history, so that nothing waits for MLflow; MLflow shows it with the models::

    <workspace>/promotion/aliases.jsonl    at, alias, models, release, by, why; runs: their runs in MLflow
"""

import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from recsys_core.store.json_lines import append_line, read_lines
from recsys_core.tracking.best_effort import unless_away
from recsys_core.workspace import Workspace

CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"


def move_alias(
    workspace: Workspace, alias: str, runs: Iterable[str], *, models: str, release: str = "", by: str, why: str
) -> None:
    """Give an alias to the models of a training, and take it from those that have it; without models nobody has it.

    A move to where the alias is already is not noted again, but MLflow is told again: it may have been away.
    """
    last, runs = last_move(workspace, alias), sorted(runs)
    if (last.get("models", ""), last.get("runs", [])) != (models, runs):
        line = {"alias": alias, "models": models, "runs": runs, "release": release, "by": by, "why": why}
        append_line(workspace.aliases, {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **line})
    moves = alias_history(workspace)
    if any(move["runs"] for move in moves):
        with unless_away(f"the alias {alias}"):
            from recsys_core.tracking.registry import show_aliases

            show_aliases(workspace, moves)


def alias_history(workspace: Workspace) -> list[dict[str, Any]]:
    """Moves of both aliases, the oldest first."""
    return list(read_lines(workspace.aliases))


def last_move(workspace: Workspace, alias: str) -> Mapping[str, Any]:
    """The last move of an alias; empty if nobody ever had it."""
    moves = [line for line in alias_history(workspace) if line["alias"] == alias]
    return moves[-1] if moves else {}
