"""The chart as helm itself renders it (its Go library, in a Python package): default values, and others."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

helm = pytest.importorskip("helm_python", reason="PyPI has no helm for Linux on this processor", exc_type=ImportError)

from tests.helm.objects import Rendered, labels_of, pod_of, pods, render, secrets  # noqa: E402

HELM = Path(__file__).parents[2] / "helm"
CHART = HELM / "recsys"
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA = json.loads((CHART / "values.schema.json").read_text())


@pytest.fixture(scope="module")
def default() -> Rendered:
    return render()


def mounts(pod: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Of the shared claim, by path."""
    claims = {volume["name"] for volume in pod["volumes"] if "persistentVolumeClaim" in volume}
    return {each["mountPath"]: each for each in pod["containers"][0]["volumeMounts"] if each["name"] in claims}


def test_every_kind_of_object_is_there(default: Rendered) -> None:
    assert sorted(default) == [
        "ConfigMap/shop-web",
        "CronJob/shop-orders",
        "Deployment/shop-encoder",
        "Deployment/shop-mlflow",
        "Deployment/shop-web",
        "HorizontalPodAutoscaler/shop-web",
        "Ingress/shop-web",
        "Job/shop-migrate",
        "NetworkPolicy/shop-encoder",
        "NetworkPolicy/shop-jobs",
        "NetworkPolicy/shop-migrate",
        "NetworkPolicy/shop-mlflow",
        "NetworkPolicy/shop-orders",
        "NetworkPolicy/shop-smoke",
        "NetworkPolicy/shop-stock-notices",
        "NetworkPolicy/shop-web",
        "Pod/shop-smoke",
        "PodDisruptionBudget/shop-encoder",
        "PodDisruptionBudget/shop-web",
        "Role/shop-jobs",
        "RoleBinding/shop-jobs",
        "Service/shop-encoder",
        "Service/shop-mlflow",
        "Service/shop-web",
        "ServiceAccount/recsys-jobs",
    ]


@pytest.mark.parametrize("name", ["Deployment/shop-web", "CronJob/shop-orders"])
def test_orders_and_erasures_outlive_the_pod_that_wrote_them(default: Rendered, name: str) -> None:
    """On a claim's own folder, writable; what jobs write cannot be changed by the storefront."""
    pod = pod_of(default[name])
    found = mounts(pod)
    for folder in ("incoming", "erased"):
        mount = found[f"/recsys/{folder}"]
        assert (mount["subPath"], mount.get("readOnly", False)) == (folder, False)
    others = {
        path: mount.get("readOnly") for path, mount in found.items() if path.split("/")[2] not in ("incoming", "erased")
    }
    assert others["/recsys/receipts"] is True
    assert set(others.values()) == {True}


def test_the_storefront_is_configured_to_call_airflow_and_milvus(default: Rendered) -> None:
    settings = default["ConfigMap/shop-web"]["data"]
    assert settings["AIRFLOW_API"] == "http://airflow-api-server:8080"
    assert settings["MILVUS_URI"] == "http://milvus:19530"
    for name in ("Deployment/shop-web", "CronJob/shop-orders"):
        assert secrets(pod_of(default[name])) == ["recsys-web", "recsys-milvus", "recsys-airflow"]


def test_who_logs_in_to_milvus_has_its_token(default: Rendered) -> None:
    milvus = yaml.safe_load((HELM / "milvus-values.yaml").read_text())
    assert "authorizationEnabled: true" in milvus["extraConfigFiles"]["user.yaml"]
    airflow = yaml.safe_load((HELM / "airflow-values.yaml").read_text())
    (token,) = (each for each in airflow["secret"] if each["envName"] == "MILVUS_TOKEN")
    assert token["secretName"] in secrets(pod_of(default["Deployment/shop-web"]))
    assert VALUES["milvus"]["uri"] in [each["value"] for each in airflow["env"] if each["name"] == "MILVUS_URI"]


def test_jobs_sign_in_to_mlflow_by_a_secret_of_their_own(default: Rendered) -> None:
    airflow = yaml.safe_load((HELM / "airflow-values.yaml").read_text())
    named = {each["envName"]: each["secretName"] for each in airflow["secret"]}
    assert named["MLFLOW_TRACKING_USERNAME"] == named["MLFLOW_TRACKING_PASSWORD"] == "recsys-mlflow-pipeline"
    assert secrets(pod_of(default["Deployment/shop-mlflow"])) == ["recsys-mlflow"]


def test_airflow_and_the_storefront_share_the_claim_under_one_user(default: Rendered) -> None:
    airflow = yaml.safe_load((HELM / "airflow-values.yaml").read_text())
    pod = pod_of(default["Deployment/shop-web"])
    assert airflow["uid"] == pod["securityContext"]["runAsUser"]
    (claim,) = (volume["persistentVolumeClaim"]["claimName"] for volume in airflow["workers"]["extraVolumes"])
    assert claim in [volume.get("persistentVolumeClaim", {}).get("claimName") for volume in pod["volumes"]]
    (mount,) = airflow["workers"]["extraVolumeMounts"]
    assert {"name": "RECSYS_WORKSPACE", "value": mount["mountPath"]} in airflow["env"]
    assert airflow["apiServer"]["extraVolumes"] == airflow["workers"]["extraVolumes"]
    read, *written = airflow["apiServer"]["extraVolumeMounts"]
    assert read == {**mount, "readOnly": True}
    assert [each["subPath"] for each in written] == ["releases", "promotion"]
    for each in written:
        assert each["mountPath"] == f"{mount['mountPath']}/{each['subPath']}"


def test_pods_restart_when_their_configuration_changes(default: Rendered) -> None:
    def checksum(rendered: Rendered) -> str:
        return str(rendered["Deployment/shop-web"]["spec"]["template"]["metadata"]["annotations"]["checksum/config"])

    assert checksum(render()) == checksum(default)
    assert checksum(render(web={"settings": {"SHOP_NAME": "Elsewhere"}})) != checksum(default)


def test_without_airflow_and_login_nothing_asks_for_their_secrets() -> None:
    rendered = render(airflow={"api": ""}, milvus={"existingSecret": ""})
    assert "AIRFLOW_API" not in rendered["ConfigMap/shop-web"]["data"]
    assert secrets(pod_of(rendered["Deployment/shop-web"])) == ["recsys-web"]


def test_what_is_switched_off_is_not_there() -> None:
    rendered = render(encoder={"enabled": False}, mlflow={"enabled": False}, ingress={"enabled": False})
    assert not [name for name in rendered if "encoder" in name or "mlflow" in name or "Ingress" in name]
    assert "IMAGE_ENCODER_URL" not in rendered["ConfigMap/shop-web"]["data"]
    assert rendered["ConfigMap/shop-web"]["data"]["HTTPS"] == "0"


def test_the_shop_is_reached_by_https_alone_where_it_has_a_certificate(default: Rendered) -> None:
    settings = default["ConfigMap/shop-web"]["data"]
    assert [settings[f"HSTS_{name}"] for name in ("SECONDS", "SUBDOMAINS", "PRELOAD")] == ["31536000", "0", "0"]
    other = render(web={"hsts": {"seconds": 60, "includeSubdomains": True}})["ConfigMap/shop-web"]["data"]
    assert [other[f"HSTS_{name}"] for name in ("SECONDS", "SUBDOMAINS", "PRELOAD")] == ["60", "1", "0"]
    assert "HSTS_SECONDS" not in render(ingress={"enabled": False})["ConfigMap/shop-web"]["data"]


def test_metrics_have_a_port_of_the_pod_that_no_service_leads_to(default: Rendered) -> None:
    port = int(default["ConfigMap/shop-web"]["data"]["PORT_METRICS"])
    pod = default["Deployment/shop-web"]["spec"]["template"]
    assert {"name": "metrics", "containerPort": port} in pod["spec"]["containers"][0]["ports"]
    assert pod["metadata"]["annotations"]["prometheus.io/port"] == str(port)
    (served,) = default["Service/shop-web"]["spec"]["ports"]
    (path,) = default["Ingress/shop-web"]["spec"]["rules"][0]["http"]["paths"]
    assert served["targetPort"] == path["backend"]["service"]["port"]["name"] == "http"


def test_the_number_of_replicas_is_the_autoscalers_or_ours(default: Rendered) -> None:
    assert "replicas" not in default["Deployment/shop-web"]["spec"]
    fixed = render(web={"replicas": 3, "autoscaling": {"enabled": False}})
    assert fixed["Deployment/shop-web"]["spec"]["replicas"] == 3
    assert "HorizontalPodAutoscaler/shop-web" not in fixed


def test_every_pod_is_confined(default: Rendered) -> None:
    found = pods(default | render(stockNotices={"enabled": True}))
    assert len(found) == 7
    for name, pod in found.items():
        security = pod["securityContext"]
        assert (security["runAsNonRoot"], security["seccompProfile"]) == (True, {"type": "RuntimeDefault"}), name
        assert pod["automountServiceAccountToken"] is False, name
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert set(container["resources"]) == {"requests", "limits"}, name


def test_services_policies_and_budgets_select_the_pods_that_exist(default: Rendered) -> None:
    rendered = default | render(stockNotices={"enabled": True}, monitoring={"enabled": True})
    labels = [labels_of(rendered[key]) for key in pods(rendered)]
    for key, one in rendered.items():
        if key == "NetworkPolicy/shop-jobs":
            continue  # their pods come with Airflow's chart: test_upstream.py
        if key.startswith("Service/"):
            assert any(one["spec"]["selector"].items() <= each.items() for each in labels), key
        if key.startswith("NetworkPolicy/"):
            assert any(one["spec"]["podSelector"]["matchLabels"].items() <= each.items() for each in labels), key
        if key.startswith("PodDisruptionBudget/"):
            assert any(one["spec"]["selector"]["matchLabels"].items() <= each.items() for each in labels), key


def test_secrets_are_referred_to_never_written(default: Rendered) -> None:
    assert not [name for name in default if name.startswith("Secret/")]


@pytest.mark.parametrize("section", [key for key, value in VALUES.items() if isinstance(value, dict)])
def test_a_misspelt_key_is_refused(section: str) -> None:
    with pytest.raises(helm.HelmValuesError, match="replica"):
        render(**{section: {"replica": 2}})


@pytest.mark.parametrize(
    "wrong", [{"airflow": {"api": "airflow:8080"}}, {"milvus": {"uri": ""}}, {"web": {"replicas": 0}}]
)
def test_a_wrong_value_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(helm.HelmValuesError):
        render(**wrong)


def objects(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the schema with keys of its own."""
    if isinstance(node, dict):
        if "properties" in node and "type" in node:
            yield path, node
        for key, child in node.items():
            yield from objects(child, f"{path}/{key}")


def test_the_schema_is_one_and_takes_no_unknown_keys_anywhere() -> None:
    Draft7Validator.check_schema(SCHEMA)
    others = [path for path, node in objects(SCHEMA) if node.get("additionalProperties") is not False]
    settings = [f"/properties/{part}/properties/settings" for part in ("releases", "web")]
    assert others == settings, "environment variables, by any name"


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


def test_a_pod_of_the_shop_has_room_for_its_thumbnails(default: Rendered) -> None:
    for size, thumbnails, rendered in (
        ("6Gi", "4096", default),
        ("20Gi", "13653", render(web={"cacheSize": "20Gi"})),
        ("900Mi", "600", render(web={"cacheSize": "900Mi"})),
    ):
        assert rendered["ConfigMap/shop-web"]["data"]["THUMBNAIL_CACHE_MB"] == thumbnails
        own = [each for each in pod_of(rendered["Deployment/shop-web"])["volumes"] if each["name"] == "own"]
        assert own == [{"name": "own", "emptyDir": {"sizeLimit": size}}]
