"""The values for the charts of Airflow and Milvus, whose own schemas are not here, and passwords in any values."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

helm = pytest.importorskip("helm_python", reason="PyPI has no helm for Linux on this processor", exc_type=ImportError)

from scripts import chart  # noqa: E402
from tests.helm.objects import render  # noqa: E402

FILES = sorted(chart.CHART.parent.glob("*-values.yaml")) + sorted((chart.CHART / "ci").glob("*.yaml"))
FILES.append(chart.CHART / "values.yaml")
AIRFLOW = yaml.safe_load((chart.CHART.parent / "airflow-values.yaml").read_text())
MILVUS = yaml.safe_load((chart.CHART.parent / "milvus-values.yaml").read_text())
SECRET = re.compile(r"(password|token|secret_?key|access_?key|fernet_?key|jwt_?secret|pass)$", re.IGNORECASE)
DEFAULTS = re.compile(r"minioadmin|root:Milvus|admin:admin|^(admin|Milvus|postgres)$")


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for key, child in node.items():
            yield from leaves(child, f"{path}.{key}")
    elif isinstance(node, list):
        for position, child in enumerate(node):
            yield from leaves(child, f"{path}.{position}")
    else:
        yield path, node


def written_secrets(values: Any) -> list[str]:
    """Paths of values that hold a password, by their name, by a default's text, or in the environment."""
    found = [path for path, value in leaves(values) if value and SECRET.search(path.rpartition(".")[2])]
    found += [path for path, value in leaves(values) if isinstance(value, str) and DEFAULTS.search(value)]
    return found + [path for path, node in environments(values) if SECRET.search(node["name"]) and "value" in node]


def environments(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    if isinstance(node, dict) and isinstance(node.get("name"), str):
        yield path, node
    for key, child in children:
        yield from environments(child, f"{path}.{key}")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_file_of_values_holds_a_password(file: Any) -> None:
    names_only = {*(f".secret.{i}.secretKey" for i in range(3)), ".externalS3.secretKey"}
    assert [path for path in written_secrets(yaml.safe_load(file.read_text())) if path not in names_only] == []


def test_a_password_would_be_found() -> None:
    assert written_secrets({"a": {"rootPassword": "x"}}) == [".a.rootPassword"]
    assert written_secrets({"minio": {"user": "minioadmin"}}) == [".minio.user"]
    assert written_secrets({"env": [{"name": "MILVUS_TOKEN", "value": "a:b"}]}) == [".env.0"]


def test_airflow_makes_no_default_user_and_asks_everybody_to_sign_in() -> None:
    assert AIRFLOW["createUserJob"] == {"enabled": False}
    assert AIRFLOW["config"]["core"]["auth_manager"].endswith(".FabAuthManager")
    assert [AIRFLOW[part]["enabled"] for part in ("postgresql", "redis")] == [False, False]
    names = ("apiSecretKeySecretName", "fernetKeySecretName", "jwtSecretName")
    assert [AIRFLOW[name] for name in names] == ["airflow-api-secret", "airflow-fernet-key", "airflow-jwt"]


def test_airflows_pods_are_confined_and_its_workers_under_the_policy_of_jobs() -> None:
    pod, container = AIRFLOW["securityContexts"]["pod"], AIRFLOW["securityContexts"]["containers"]
    assert (pod["runAsNonRoot"], pod["runAsUser"]) == (True, AIRFLOW["uid"])
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    policy = render()["NetworkPolicy/shop-jobs"]["spec"]["podSelector"]["matchLabels"]
    assert AIRFLOW["workers"]["labels"] == policy


def test_airflow_lets_its_own_pods_and_the_shop_to_the_api() -> None:
    assert AIRFLOW["networkPolicies"] == {"enabled": True}
    airflow, shop = AIRFLOW["apiServer"]["networkPolicy"]["ingress"]["from"]
    assert airflow == {"podSelector": {"matchLabels": {"tier": "airflow"}}}
    web = render()["Deployment/shop-web"]["spec"]["template"]["metadata"]["labels"]
    assert shop["podSelector"]["matchLabels"].items() <= web.items()


def test_milvus_asks_for_a_login_and_takes_passwords_from_secrets() -> None:
    user = yaml.safe_load(MILVUS["extraConfigFiles"]["user.yaml"])
    assert user == {"common": {"security": {"authorizationEnabled": True}}}
    assert (MILVUS["minio"]["enabled"], MILVUS["externalS3"]["enabled"]) == (False, True)
    storage = {"MINIO_ACCESS_KEY_ID": "access-key", "MINIO_SECRET_ACCESS_KEY": "secret-key"}
    for part in ("proxy", "mixCoordinator", "queryNode", "dataNode", "indexNode", "streamingNode"):
        env = {each["name"]: each["valueFrom"]["secretKeyRef"] for each in MILVUS[part]["extraEnv"]}
        assert {name: env[name] for name in storage} == {
            name: {"name": "milvus-storage", "key": key} for name, key in storage.items()
        }
    root = {each["name"]: each["valueFrom"] for each in MILVUS["mixCoordinator"]["extraEnv"]}
    assert root["COMMON_SECURITY_DEFAULTROOTPASSWORD"]["secretKeyRef"] == {"name": "milvus-root", "key": "password"}
