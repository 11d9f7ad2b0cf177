"""Objects that the chart renders."""

from typing import Any

import yaml

from scripts import chart

Rendered = dict[str, dict[str, Any]]


def render(**values: Any) -> Rendered:
    """Objects by ``kind/name`` of a release called ``shop``."""
    files = chart.render(values)
    texts = (text for path, text in files.items() if path.endswith(".yaml"))
    objects = [one for text in texts for one in yaml.safe_load_all(text) if one]
    found = {f"{one['kind']}/{one['metadata']['name']}": one for one in objects}
    assert len(found) == len(objects)
    return found


def values_of(name: str) -> dict[str, Any]:
    file = chart.values_files()[name]
    return yaml.safe_load(file.read_text()) if file else {}


def pod_of(one: dict[str, Any]) -> dict[str, Any]:
    if one["kind"] == "Pod":
        return dict(one["spec"])
    spec = one["spec"].get("jobTemplate", one)["spec"]
    return dict(spec["template"]["spec"])


def pods(rendered: Rendered) -> Rendered:
    """Specification of each pod, by the object that makes it."""
    kinds = ("Deployment", "Job", "CronJob", "Pod")
    return {key: pod_of(one) for key, one in rendered.items() if one["kind"] in kinds}


def labels_of(one: dict[str, Any]) -> dict[str, str]:
    """Labels that its pods have."""
    if one["kind"] == "Pod":
        return dict(one["metadata"]["labels"])
    return dict(one["spec"].get("jobTemplate", one)["spec"]["template"]["metadata"]["labels"])


def secrets(pod: dict[str, Any]) -> list[str]:
    return [each["secretRef"]["name"] for each in pod["containers"][0].get("envFrom", []) if "secretRef" in each]
