"""The model registry: versions with their aliases, tags, model cards and the history of aliases."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import mlflow
from mlflow.entities.model_registry import ModelVersion

from recsys_core.tracking.runs import configure
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)
IMAGE_ENCODER: Final = "image_encoder"
MODELS: Final[Mapping[str, str]] = {
    "two_tower_customer": "Customer tower of the two-tower model: a customer's vector from profile and history.",
    "two_tower_article": "Article tower of the two-tower model: an article's vector from its id and attributes.",
    "dnn_ranker": "Neural network that ranks a customer's candidates.",
    "lightgbm_ranker": "Gradient-boosted trees that rank a customer's candidates.",
    IMAGE_ENCODER: "Swin transformer of our own: a vector of 128 numbers from an image.",
}
"""Registered models of the platform by name: what each is. Others in the same registry are left alone."""
CARD: Final = "model_card.md"
MAX_DESCRIPTION: Final = 5000
"""Characters that the registry's database holds."""
MOVES_SHOWN: Final = 20
MAX_REASON: Final = 100


@dataclass(frozen=True)
class Version:
    """A registered version, and the run that made it."""

    name: str
    number: str
    run_id: str
    tags: Mapping[str, str]


def versions_of(workspace: Workspace, runs: Iterable[str]) -> list[Version]:
    """Versions that the runs registered."""
    configure(workspace)
    return [_version(each) for run in runs for each in mlflow.MlflowClient().search_model_versions(f"run_id = '{run}'")]


def note_promotion(workspace: Workspace, runs: Collection[str], tags: Mapping[str, str]) -> None:
    """Tag runs and the versions that they registered with a decision."""
    client, versions = mlflow.MlflowClient(), versions_of(workspace, runs)
    for key, value in tags.items():
        for run in runs:
            client.set_tag(run, key, value)
        for version in versions:
            client.set_model_version_tag(version.name, version.number, key, value)


def describe(workspace: Workspace, version: Version, card: str) -> None:
    """Show a model card with a version, and keep it as a file of the run."""
    configure(workspace)
    client = mlflow.MlflowClient()
    client.log_text(version.run_id, card, f"{version.name}/{CARD}")
    client.update_model_version(version.name, version.number, _cut(card, f"the whole card: {version.name}/{CARD}"))


def show_aliases(workspace: Workspace, moves: Sequence[Mapping[str, Any]]) -> None:
    """Give each alias to the versions of the runs that had it last, take it from all others, and show its history."""
    configure(workspace)
    client = mlflow.MlflowClient()
    holders = {move["alias"]: set(move["runs"]) for move in moves}
    for model in client.search_registered_models():
        if model.name not in MODELS:
            continue
        numbers = {
            str(each.run_id): str(each.version) for each in client.search_model_versions(f"name = '{model.name}'")
        }
        for alias, runs in holders.items():
            wanted = next((number for run, number in numbers.items() if run in runs), None)
            _move(model.name, alias, str(model.aliases[alias]) if alias in model.aliases else None, wanted)
        client.update_registered_model(model.name, _history(model.name, moves, numbers))


def _move(name: str, alias: str, now: str | None, wanted: str | None) -> None:
    if wanted and wanted != now:
        mlflow.MlflowClient().set_registered_model_alias(name, alias, wanted)
        log.info("%s version %s is the %s", name, wanted, alias)
    elif now and not wanted:
        mlflow.MlflowClient().delete_registered_model_alias(name, alias)


def _history(name: str, moves: Sequence[Mapping[str, Any]], numbers: Mapping[str, str]) -> str:
    """The registered model's description; ``numbers``: its versions by their run."""
    head = f"{MODELS[name]}\n\nHistory of aliases, the latest first:\n\n"
    rows = ["| at | alias | version | release | by | why |", "|---|---|---|---|---|---|"]
    for move in list(moves)[: -MOVES_SHOWN - 1 : -1]:
        version = next((numbers[run] for run in move["runs"] if run in numbers), "none")
        why = str(move["why"]).replace("|", "/").replace("\n", " ")[:MAX_REASON]
        cells = (move["at"], move["alias"], version, move["release"] or "-", move["by"], why)
        rows.append(f"| {' | '.join(cells)} |")
    return _cut(head + "\n".join(rows) + "\n", "older ones: promotion/aliases.jsonl in the workspace")


def _cut(text: str, rest: str) -> str:
    """The text in whole lines, as far as the registry holds it."""
    if len(text) <= MAX_DESCRIPTION:
        return text
    kept = text[: MAX_DESCRIPTION - len(rest) - 10]
    return f"{kept[: kept.rindex(chr(10))]}\n\n({rest})\n"


def _version(found: ModelVersion) -> Version:
    return Version(found.name, str(found.version), str(found.run_id), dict(found.tags))
