"""Text by which a person decides about new models: what their validation measured, as Markdown."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from recsys_core.contracts.artifacts import TRAININGS, VALIDATIONS
from recsys_core.contracts.release import MANIFEST
from recsys_core.workspace import Workspace

TEMPLATE: Final = "approval.md.j2"


def approval_text(workspace: Workspace, summary: Mapping[str, Any], hours: float, links: Mapping[str, str]) -> str:
    """The models of a training beside the champion's and simple lists.

    ``summary`` is that of ``recsys validate``'s report: the models' key, and the gate's ``checks`` of them. ``hours``
    is the time that there is for an answer.
    """
    models = _read(workspace.root / TRAININGS / summary["models"] / "models.json")
    validated = models["artifacts"]["validation"]["key"]
    result = _read(workspace.root / VALIDATIONS / validated / "validation.json")
    live = workspace.live / MANIFEST
    champion = result.get("champion") or {}
    return (
        _template()
        .render(
            models=summary["models"],
            cutoff=models["cutoff"],
            live=_read(live) if live.exists() else {},
            hours=f"{hours:g}",
            result=result,
            baselines=sorted(result["baselines"].items(), key=lambda item: -item[1]),
            champion=champion,
            their_segments=champion.get("segments") or {},
            checks=summary.get("checks") or [],
            links=links,
        )
        .strip()
    )


def _read(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text()))


def _template() -> Template:
    environment = Environment(  # noqa: S701 (Markdown, of our own records)
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(TEMPLATE)
