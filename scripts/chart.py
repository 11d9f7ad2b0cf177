"""Renders the chart for every file of values, and writes the table of values into its README.

``python -m scripts.chart render FOLDER`` writes the objects; ``python -m scripts.chart readme`` the table.
"""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).parents[1]
CHART = REPOSITORY / "helm" / "recsys"
README = CHART / "README.md"
BLOCK = re.compile(r"(<!-- values -->\n).*?(<!-- end -->)", re.DOTALL)
Node = dict[str, Any]


def values_files() -> dict[str, Path | None]:
    """The files of values that ship, by name; none for the chart's own."""
    return {"default": None} | {
        file.name.removesuffix("-values.yaml"): file for file in sorted((CHART / "ci").glob("*-values.yaml"))
    }


def render(values: Node, name: str = "shop", namespace: str = "fashion") -> dict[str, str]:
    """Text of each template's objects, by the template's path.

    Raises
    ------
    helm_python.HelmValuesError
        If the schema refuses the values.
    """
    import helm_python

    with helm_python.Chart.load(CHART) as chart:
        files: dict[str, str] = chart.render(values=values, name=name, namespace=namespace)
    return {path.removeprefix("recsys/templates/"): text for path, text in files.items() if text.strip()}


def write_rendered(folder: Path) -> None:
    """The objects of each file of values, in a folder of its name."""
    for name, file in values_files().items():
        for path, text in render(yaml.safe_load(file.read_text()) if file else {}).items():
            if path.endswith(".yaml"):
                target = folder / name / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)


def rows(schema: Node, values: Node) -> Iterator[tuple[str, str, str]]:
    """Key, default and description of each value that can be set."""
    yield from _rows(schema, schema, values, "")


def _rows(schema: Node, node: Node, values: Any, path: str) -> Iterator[tuple[str, str, str]]:
    described = {**schema["definitions"][node["$ref"].rpartition("/")[2]], **node} if "$ref" in node else node
    children = {} if "description" in described else described.get("properties", {})
    if not children:
        yield path, json.dumps(values), described["description"]
    for key, child in children.items():
        if "const" not in child and (path, key) != ("", "global"):
            yield from _rows(schema, child, values.get(key), f"{path}.{key}".strip("."))


def table() -> str:
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    lines = [f"| `{key}` | `{default}` | {description} |" for key, default, description in rows(schema, values)]
    return "\n".join(["| value | default | |", "|---|---|---|", *lines, ""])


def page_with_table(page: str) -> str:
    return BLOCK.sub(lambda found: found[1] + table() + found[2], page)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("render", help="write the objects").add_argument("folder", type=Path)
    commands.add_parser("readme", help="write the table of values")
    options = parser.parse_args()
    if options.command == "render":
        write_rendered(options.folder)
    else:
        README.write_text(page_with_table(README.read_text()))


if __name__ == "__main__":
    main()
