"""Each file of values as a cluster would take it: helm's own lint, and the schemas of Kubernetes."""

import json
from itertools import chain

import pytest

helm = pytest.importorskip("helm_python", reason="PyPI has no helm for Linux on this processor", exc_type=ImportError)

import kubernetes_validate  # noqa: E402
from kubernetes_validate.utils import all_versions, major_minor  # noqa: E402

from scripts import chart  # noqa: E402
from tests.helm.objects import Rendered, render, values_of  # noqa: E402

NEWEST = sorted({major_minor(each) for each in all_versions()}, key=lambda each: tuple(map(int, each.split("."))))[-3:]
WITHOUT_SCHEMA = {"ExternalSecret", "HTTPRoute", "PrometheusRule", "ServiceMonitor"}
"""Kinds that operators bring along."""
NAMES = list(chart.values_files())


@pytest.fixture(scope="module")
def rendered() -> dict[str, Rendered]:
    return {name: render(**values_of(name)) for name in NAMES}


def test_kinds_of_cluster_have_values_to_start_from() -> None:
    assert NAMES == ["default", "airgapped", "object-store", "production", "small"]


@pytest.mark.parametrize("name", NAMES)
def test_helm_lint_finds_nothing(name: str) -> None:
    report = helm.lint(chart.CHART, values_of(name), strict=True, namespace="fashion")
    assert (report["errors"], [each for each in report["messages"] if each["severity"] > 1]) == ([], [])


@pytest.mark.parametrize("version", NEWEST)
def test_objects_fit_the_schemas_of_kubernetes(rendered: dict[str, Rendered], version: str) -> None:
    """Those of every file of values; objects that are the same in several files are validated once."""
    texts = {json.dumps(one, sort_keys=True) for objects in rendered.values() for one in objects.values()}
    objects = [one for one in map(json.loads, texts) if one["kind"] not in WITHOUT_SCHEMA]
    assert len(objects) > len(rendered["default"])
    for one in objects:
        assert kubernetes_validate.validate(one, version, strict=True) == version, one["metadata"]["name"]


def test_the_schemas_refuse_an_odd_field(rendered: dict[str, Rendered]) -> None:
    service = rendered["default"]["Service/shop-web"]
    odd = {**service, "spec": {**service["spec"], "selectors": {}}}
    with pytest.raises(kubernetes_validate.ValidationError, match="selectors"):
        kubernetes_validate.validate(odd, NEWEST[-1], strict=True)


def test_only_the_objects_of_operators_have_no_schema(rendered: dict[str, Rendered]) -> None:
    objects = list(chain.from_iterable(each.values() for each in rendered.values()))
    without = set()
    for kind, one in {one["kind"]: one for one in objects}.items():
        try:
            kubernetes_validate.validate(one, NEWEST[-1])
        except kubernetes_validate.SchemaNotFoundError:
            without.add(kind)
    assert without == WITHOUT_SCHEMA


def test_all_objects_are_of_the_releases_namespace(rendered: dict[str, Rendered]) -> None:
    for objects in rendered.values():
        assert {one["metadata"]["namespace"] for one in objects.values()} == {"fashion"}


@pytest.mark.parametrize("name", NAMES)
def test_the_notes_say_where_the_shop_is_and_which_secrets_it_wants(name: str) -> None:
    notes = chart.render(values_of(name))["NOTES.txt"]
    assert "helm test shop -n fashion" in notes
    assert ("https://shop.example.com/" in notes) == (name != "small")
    assert ("get externalsecrets" in notes) == (name == "production")
    assert ("recsys-web: SECRET_KEY" in notes) == (name != "production")
