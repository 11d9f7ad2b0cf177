"""Comparison of the DAGs' documentation with the code that it describes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recsys_core.config import Config
from recsys_core.retrieval.registry import RETRIEVERS

REPOSITORY = Path(__file__).parents[2]
OF_THE_MACHINE = {"out of memory"}
"""Failures without a message of ours."""


def test_the_training_names_every_retriever_that_is_trained(dags: dict[str, Any]) -> None:
    names = Config().retrieval.retrievers
    assert set(names) == set(RETRIEVERS)
    listed = re.search(r"fits every retriever that is switched on \((.*?)\)", dags["train_models"].doc_md, re.DOTALL)
    assert listed
    assert re.findall(r"`(\w+)`", listed[1]) == list(names)


def test_what_is_said_to_come_next_is_what_the_assets_start(dags: dict[str, Any]) -> None:
    for dag in dags.values():
        made = {asset.name for task in dag.tasks for asset in task.outlets}
        started = {each.dag_id for each in dags.values() if made & waited_for(each)} - {dag.dag_id}
        following = re.search(r"\*\*Next\.\*\*(.*?)\n\n", dag.doc_md, re.DOTALL)
        said = set(re.findall(r"`(\w+)`", following[1])) if following else set()
        assert said & set(dags) == started, dag.dag_id


def waited_for(dag: Any) -> set[str]:
    """Names of the assets that start it by themselves."""
    is_chained = type(dag.timetable).__name__ == "AssetTriggeredTimetable"
    return {asset.name for asset in dag.timetable.asset_condition.objects} if is_chained else set()


def test_no_placeholder_is_left(dags: dict[str, Any]) -> None:
    for dag in dags.values():
        assert not re.search(r"\{\w+\}", dag.doc_md), dag.dag_id


@pytest.fixture(scope="module")
def messages() -> list[str]:
    """All that the stages and jobs can say, a line a string of the code; a field of an f-string reads ``…``."""
    files = [file for package in ("recsys_core", "spark_jobs") for file in sorted((REPOSITORY / package).rglob("*.py"))]
    return [text for file in files for text in _strings(ast.parse(file.read_text()))]


def test_every_symptom_that_a_text_names_is_a_message_of_the_code(dags: dict[str, Any], messages: list[str]) -> None:
    named = 0
    for dag in dags.values():
        failing = dag.doc_md.split("**When it fails.**")[1].split("\n\n**")[0]
        for symptom in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", failing):
            parts = [re.escape(part.strip()) for part in " ".join(symptom.split()).split("...")]
            said = re.compile(".*…*.*".join(parts))
            assert symptom in OF_THE_MACHINE or any(map(said.search, messages)), f"{dag.dag_id}: {symptom}"
            named += 1
    assert named > 10


def _strings(tree: ast.AST) -> Iterator[str]:
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in docstrings:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(p.value) if isinstance(p, ast.Constant) else "…" for p in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
