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
    listed = re.search(
        r"every\s+retriever\s+that\s+is\s+switched\s+on\s+\((.*?)\)", dags["daily_release"].doc_md, re.DOTALL
    )
    assert listed
    assert re.findall(r"`(\w+)`", listed[1]) == list(names)


def test_the_text_of_a_day_explains_every_group_of_tasks(dags: dict[str, Any]) -> None:
    day = dags["daily_release"]
    explained = re.findall(r"^- `(\w+)` ", day.doc_md.split("**Report.**")[0], re.MULTILINE)
    groups = (task.task_id.partition(".")[0] for task in day.topological_sort() if "." in task.task_id)
    assert sorted(explained) == sorted(set(groups))


def test_no_placeholder_is_left(dags: dict[str, Any]) -> None:
    for dag in dags.values():
        assert not re.search(r"\{\w+\}", dag.doc_md), dag.dag_id


@pytest.fixture(scope="module")
def messages() -> list[str]:
    """All that the stages, jobs and tasks can say, a line a string of the code; a field of an f-string reads ``…``."""
    packages = ("recsys_core", "spark_jobs", "plugins")
    files = [file for package in packages for file in sorted((REPOSITORY / package).rglob("*.py"))]
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
