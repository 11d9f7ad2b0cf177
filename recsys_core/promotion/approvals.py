"""A person's approval of newly trained models, in an installation that asks for it (``RECSYS_APPROVAL_HOURS``).

``recsys validate --challenge after-approval`` notes the question, the task ``approval`` the answer, and ``recsys
publish`` reads it::

    <workspace>/promotion/approvals.jsonl    at, models, state, by, why

Light on purpose: Airflow's tasks import it.
"""

import time
from dataclasses import dataclass
from typing import Final

from recsys_core.store.json_lines import append_line, read_lines
from recsys_core.workspace import Workspace

ASKED: Final = "asked"
APPROVED: Final = "approved"
REJECTED: Final = "rejected"


@dataclass(frozen=True)
class Approval:
    """The last word about the models of one training."""

    state: str
    by: str
    """Name of the person who answered, as Airflow knows it."""
    why: str
    at: str

    @property
    def is_given(self) -> bool:
        return self.state == APPROVED

    @property
    def reason(self) -> str:
        """The answer with what the person wrote."""
        return f"{self.state}: {self.why}" if self.why else self.state

    def __str__(self) -> str:
        if self.state == ASKED:
            return "not approved yet"
        return f"{self.state} at {self.at} by {self.by}" + (f": {self.why}" if self.why else "")


def note_approval(workspace: Workspace, models: str, state: str, by: str = "", why: str = "") -> None:
    """Append one line about the models of a key."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    append_line(workspace.approvals, {"at": at, "models": models, "state": state, "by": by, "why": why})


def approval_of(workspace: Workspace, models: str | None) -> Approval | None:
    """The last question or answer about the models of a key; None if nobody was asked."""
    said = [line for line in read_lines(workspace.approvals) if models and line["models"] == models]
    return Approval(*(said[-1][name] for name in ("state", "by", "why", "at"))) if said else None
