"""The chart with releases in an object store: a container that fetches them, and nobody else who knows the store."""

import json
from typing import Any

import pytest
import yaml

helm = pytest.importorskip("helm_python", reason="PyPI has no helm for Linux on this processor", exc_type=ImportError)

from scripts import chart  # noqa: E402
from tests.helm.objects import Rendered, pod_of, pods, render, values_of  # noqa: E402

MOUNT = "/recsys/releases"


@pytest.fixture(scope="module")
def rendered() -> Rendered:
    return render(**values_of("object-store"))


@pytest.fixture(scope="module")
def containers(rendered: Rendered) -> dict[str, Any]:
    return {each["name"]: each for each in pod_of(rendered["Deployment/shop-web"])["containers"]}


def mount(container: dict[str, Any]) -> dict[str, Any]:
    (found,) = (each for each in container["volumeMounts"] if each["mountPath"] == MOUNT)
    return dict(found)


def test_by_default_releases_come_over_the_claim() -> None:
    (container,) = pod_of(render()["Deployment/shop-web"])["containers"]
    assert mount(container) == {"name": "workspace", "mountPath": MOUNT, "subPath": "releases", "readOnly": True}


def test_one_container_fetches_into_the_volume_that_the_other_reads(
    rendered: Rendered, containers: dict[str, Any]
) -> None:
    assert list(containers) == ["web", "releases"]
    assert mount(containers["web"]) == {"name": "releases", "mountPath": MOUNT, "readOnly": True}
    assert mount(containers["releases"]) == {"name": "releases", "mountPath": MOUNT}
    volumes = {each["name"]: each for each in pod_of(rendered["Deployment/shop-web"])["volumes"]}
    assert volumes["releases"] == {"name": "releases", "emptyDir": {"sizeLimit": "8Gi"}}
    fetching = containers["releases"]
    assert fetching["command"] == ["recsys", "release", "fetch", "--workspace", "/recsys"]
    assert fetching["image"] == containers["web"]["image"]
    assert fetching["securityContext"] == containers["web"]["securityContext"]
    assert {each["name"]: each["value"] for each in fetching["env"]} == {
        "RECSYS_RELEASE_STORE": "s3://recsys-releases/shop",
        "RECSYS_RELEASE_POLL_SECONDS": "5",
        "AWS_ENDPOINT_URL_S3": "https://objects.example.com:9000",
        "AWS_DEFAULT_REGION": "eu-north-1",
    }


def test_only_the_fetching_container_gets_the_credentials(rendered: Rendered, containers: dict[str, Any]) -> None:
    assert containers["releases"]["envFrom"] == [{"secretRef": {"name": "recsys-releases"}}]
    others = [c for pod in pods(rendered).values() for c in pod["containers"] if c["name"] != "releases"]
    assert len(others) > 3
    assert "recsys-releases" not in json.dumps(others)
    assert "envFrom" not in pod_of(render(releases={"store": "s3://b/x"})["Deployment/shop-web"])["containers"][1]


def test_network_policies_let_the_pods_call_the_store(rendered: Rendered) -> None:
    def ports(objects: Rendered) -> list[int]:
        rule = objects["NetworkPolicy/shop-web"]["spec"]["egress"][1]
        return [each["port"] for each in rule["ports"]]

    assert ports(render()) == [5432, 19530, 8080, 587, 465]
    assert ports(rendered) == [5432, 19530, 8080, 587, 465, 9000]


def test_the_secret_of_the_store_comes_with_the_others() -> None:
    outside = {"enabled": True, "store": {"name": "vault"}}
    names = {name for name in render(**values_of("object-store"), externalSecrets=outside) if "ExternalSecret" in name}
    assert "ExternalSecret/recsys-releases" in names
    assert "ExternalSecret/recsys-releases" not in render(externalSecrets=outside)
    assert "recsys-releases: credentials that read s3://" in chart.render(values_of("object-store"))["NOTES.txt"]


@pytest.mark.parametrize(
    "odd",
    [
        {"store": "s3://key:secret@bucket/shop"},
        {"store": "/mnt/releases"},
        {"settings": {"AWS_SECRET_ACCESS_KEY": "secret"}},
        {"pollSeconds": 0},
    ],
)
def test_a_login_an_odd_address_and_a_secret_are_refused(odd: dict[str, object]) -> None:
    with pytest.raises(helm.HelmValuesError):
        render(releases=odd)


def test_airflow_names_the_store_that_it_uploads_to() -> None:
    airflow = yaml.safe_load((chart.CHART.parent / "airflow-values.yaml").read_text())
    assert {"name": "RECSYS_RELEASE_STORE", "value": ""} in airflow["env"]
