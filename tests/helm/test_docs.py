"""The chart's README and the scan's list of exceptions."""

import re
from pathlib import Path

import yaml

from scripts import chart

REPOSITORY = Path(__file__).parents[2]


def test_the_readme_has_every_value_with_its_default_and_meaning() -> None:
    page = chart.README.read_text()
    assert chart.page_with_table(page) == page, "run `python -m scripts.chart readme`"
    assert "| `web.autoscaling.maxReplicas` | `8` | Largest number of pods. |" in page


def leaves(node: object, path: str = "") -> list[str]:
    if isinstance(node, dict) and node:
        return [leaf for key, child in node.items() for leaf in leaves(child, f"{path}.{key}".strip("."))]
    return [path]


def test_the_table_has_no_value_more_or_less_than_the_files() -> None:
    listed = re.findall(r"^\| `([\w.]+)` \|", chart.table(), re.MULTILINE)
    whole = {"resources", "dashboardLabels"}
    values = yaml.safe_load((chart.CHART / "values.yaml").read_text())
    expected = []
    for leaf in leaves(values):
        parts = leaf.split(".")
        end = next((i + 1 for i, part in enumerate(parts) if part in whole), len(parts))
        expected.append(".".join(parts[:end]))
    assert sorted(listed) == sorted(set(expected))


def test_each_check_that_is_left_out_has_its_reason_above_it() -> None:
    lines = (REPOSITORY / "helm" / "checkov.yaml").read_text().splitlines()
    left_out = [i for i, line in enumerate(lines) if re.match(r"\s+- CKV", line)]
    assert left_out
    assert [lines[i] for i in left_out if not lines[i - 1].lstrip().startswith("# ")] == []
    for name in ("Dockerfile", "mlflow/Dockerfile"):
        lines = (REPOSITORY / name).read_text().splitlines()
        ignored = [i for i, line in enumerate(lines) if "hadolint ignore" in line]
        assert [lines[i] for i in ignored if not lines[i - 1].startswith("# ")] == []
