"""The chart as far as it can be judged without helm: schema, values, what templates refer to."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, ValidationError

HELM = Path(__file__).parents[2] / "helm"
CHART = HELM / "recsys"
TEMPLATES = sorted((CHART / "templates").rglob("*.yaml"))
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA = json.loads((CHART / "values.schema.json").read_text())


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(SCHEMA)


def test_the_default_values_fit_the_schema() -> None:
    Draft7Validator(SCHEMA).validate(VALUES)


def objects(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the schema with keys of its own."""
    if isinstance(node, dict):
        if "properties" in node and "type" in node:
            yield path, node
        for key, child in node.items():
            yield from objects(child, f"{path}/{key}")


@pytest.mark.parametrize(("path", "node"), list(objects(SCHEMA)))
def test_no_object_takes_unknown_keys(path: str, node: dict[str, Any]) -> None:
    assert node.get("additionalProperties") is False


@pytest.mark.parametrize("section", list(VALUES))
def test_a_misspelt_key_is_refused(section: str) -> None:
    wrong = copy.deepcopy(VALUES)
    wrong[section]["replica"] = 2
    with pytest.raises(ValidationError, match="replica"):
        Draft7Validator(SCHEMA).validate(wrong)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_templates_refer_to_values_that_exist(template: Path) -> None:
    for path in re.findall(r"\.Values\.([\w.]+)", template.read_text()):
        node: Any = VALUES
        for key in path.split("."):
            assert key in node, f".Values.{path}"
            node = node[key]


def leaves(node: Any, path: str = "") -> Iterator[str]:
    if isinstance(node, dict) and node:
        for key, child in node.items():
            yield from leaves(child, f"{path}.{key}".strip("."))
    else:
        yield path


def test_no_value_is_there_for_nobody() -> None:
    text = "".join(file.read_text() for file in (CHART / "templates").rglob("*.*"))
    used = set(re.findall(r"\.Values\.([\w.]+)", text))
    unused = [leaf for leaf in leaves(VALUES) if not any(leaf == one or leaf.startswith(f"{one}.") for one in used)]
    assert unused == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_conditions_are_closed(template: Path) -> None:
    text = template.read_text()
    opened = len(re.findall(r"\{\{-? *(?:if|with|range)\b", text))
    assert opened == len(re.findall(r"\{\{-? *end *-?\}\}", text))


def test_pods_restart_when_their_configuration_changes() -> None:
    text = (CHART / "templates" / "web" / "deployment.yaml").read_text()
    assert 'include (print $.Template.BasePath "/web/configmap.yaml") . | sha256sum' in text


def test_secrets_are_referred_to_never_written() -> None:
    for file in TEMPLATES:
        assert "kind: Secret\n" not in file.read_text()


@pytest.mark.parametrize("file", ["airflow-values.yaml", "milvus-values.yaml"])
def test_values_for_other_charts_are_yaml(file: str) -> None:
    assert yaml.safe_load((HELM / file).read_text())
