"""The chart in production: entrance, network, secrets, monitoring, nodes that come and go."""

import json
import re
from typing import Any

import pytest
import yaml

helm = pytest.importorskip("helm_python", reason="PyPI has no helm for Linux on this processor", exc_type=ImportError)

from scripts import chart  # noqa: E402
from tests.helm.objects import Rendered, labels_of, pod_of, pods, render, secrets, values_of  # noqa: E402

WEB_PORTS = [5432, 19530, 8080, 587, 465]


@pytest.fixture(scope="module")
def production() -> Rendered:
    return render(**values_of("production"))


@pytest.fixture(scope="module")
def default() -> Rendered:
    return render()


def test_a_route_leads_from_the_gateway_to_the_shop(production: Rendered) -> None:
    route = production["HTTPRoute/shop-web"]["spec"]
    assert route["parentRefs"] == [{"name": "public", "namespace": "gateways", "sectionName": "https"}]
    assert route["hostnames"] == ["shop.example.com"]
    (backend,) = route["rules"][0]["backendRefs"]
    service = production[f"Service/{backend['name']}"]
    assert backend["port"] in [each["port"] for each in service["spec"]["ports"]]
    assert "Ingress/shop-web" not in production
    assert production["ConfigMap/shop-web"]["data"]["HTTPS"] == "1"


def test_a_shop_has_one_entrance() -> None:
    with pytest.raises(helm.HelmRenderError, match=r"ingress.enabled and gateway.enabled are both true"):
        render(gateway={"enabled": True})


@pytest.mark.parametrize("name", ["Deployment/shop-web", "Deployment/shop-encoder"])
def test_pods_of_one_kind_are_spread_and_leave_nodes_one_by_one(production: Rendered, name: str) -> None:
    spread = pod_of(production[name])["topologySpreadConstraints"]
    assert [each["topologyKey"] for each in spread] == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"]
    for each in spread:
        assert each["whenUnsatisfiable"] == "DoNotSchedule"
        assert each["labelSelector"]["matchLabels"].items() <= labels_of(production[name]).items()
    budget = production[name.replace("Deployment", "PodDisruptionBudget")]["spec"]
    assert budget["maxUnavailable"] == {"Deployment/shop-web": "20%", "Deployment/shop-encoder": 1}[name]


def test_a_server_has_time_to_start_before_it_is_called_dead(default: Rendered) -> None:
    seconds = {}
    for name in ("web", "encoder", "mlflow"):
        (container,) = pod_of(default[f"Deployment/shop-{name}"])["containers"]
        probe = container["startupProbe"]
        assert probe["httpGet"]["path"] == container["livenessProbe"]["httpGet"]["path"]
        seconds[name] = probe["periodSeconds"] * probe["failureThreshold"]
    assert seconds == {"web": 120, "encoder": 300, "mlflow": 300}


def callers(rendered: Rendered, target: str, port: str) -> list[dict[str, Any]]:
    """The rules of ``target``'s policy that let somebody to ``port``."""
    rules = rendered[f"NetworkPolicy/{target}"]["spec"].get("ingress", [])
    return [caller for rule in rules if {"port": port} in rule["ports"] for caller in rule["from"]]


def test_shoppers_come_through_the_entrance_and_prometheus_to_its_port(production: Rendered) -> None:
    def namespace(name: str) -> dict[str, Any]:
        return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}

    entrance, test = callers(production, "shop-web", "http")
    assert entrance == namespace("gateways")
    assert test["podSelector"]["matchLabels"].items() <= labels_of(production["Pod/shop-smoke"]).items()
    assert callers(production, "shop-web", "metrics") == [namespace("monitoring")]
    anywhere = render(networkPolicy={"entranceNamespace": "", "monitoringNamespace": ""})
    assert callers(anywhere, "shop-web", "metrics") == [{"namespaceSelector": {}}]


def test_the_storefront_reaches_its_servers_and_nothing_that_hands_out_rights(default: Rendered) -> None:
    dns, servers, encoder = default["NetworkPolicy/shop-web"]["spec"]["egress"]
    assert [each["port"] for each in dns["ports"]] == [53, 53]
    assert [each["port"] for each in servers["ports"]] == WEB_PORTS
    blocks = [each["ipBlock"] for each in servers["to"] if "ipBlock" in each]
    assert [each["except"] for each in blocks] == [["169.254.169.254/32"], ["fd00:ec2::254/128"]]
    (port,) = pod_of(default["Deployment/shop-encoder"])["containers"][0]["ports"]
    assert encoder["ports"] == [{"port": port["containerPort"], "protocol": "TCP"}]
    assert 5000 not in WEB_PORTS, "MLflow has no login: the storefront stays away from it"


@pytest.mark.parametrize("part", ["orders", "stock-notices", "migrate", "smoke"])
def test_nobody_calls_a_command(default: Rendered, part: str) -> None:
    spec = default[f"NetworkPolicy/shop-{part}"]["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in spec


def test_nothing_of_the_storefront_reaches_mlflow(default: Rendered) -> None:
    rendered = default | render(stockNotices={"enabled": True})
    ((caller,),) = [rule["from"] for rule in rendered["NetworkPolicy/shop-mlflow"]["spec"]["ingress"]]
    (expression,) = caller["podSelector"]["matchExpressions"]
    parts = {labels_of(rendered[name])["app.kubernetes.io/component"] for name in pods(rendered)}
    assert expression["operator"] == "NotIn"
    assert set(expression["values"]) == parts - {"mlflow", "smoke"}


def test_jobs_are_called_by_jobs_alone(default: Rendered) -> None:
    spec = default["NetworkPolicy/shop-jobs"]["spec"]
    assert spec["ingress"] == [{"from": [{"podSelector": spec["podSelector"]}]}]


def test_policies_can_be_left_to_the_cluster_but_for_encoder_and_mlflow() -> None:
    rendered = render(networkPolicy={"enabled": False})
    assert [name for name in rendered if name.startswith("NetworkPolicy/")] == [
        "NetworkPolicy/shop-encoder",
        "NetworkPolicy/shop-mlflow",
    ]


def test_prometheus_finds_the_metrics_by_a_service_of_their_own(production: Rendered) -> None:
    monitor = production["ServiceMonitor/shop-web"]["spec"]
    wanted = monitor["selector"]["matchLabels"].items()
    (service,) = [
        one for one in production.values() if one["kind"] == "Service" and wanted <= one["metadata"]["labels"].items()
    ]
    (endpoint,) = monitor["endpoints"]
    (port,) = service["spec"]["ports"]
    assert endpoint["port"] == port["name"]
    (container,) = pod_of(production["Deployment/shop-web"])["containers"]
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    assert str(ports[port["targetPort"]]) == production["ConfigMap/shop-web"]["data"]["PORT_METRICS"]
    assert service["spec"]["clusterIP"] == "None"
    annotations = production["Deployment/shop-web"]["spec"]["template"]["metadata"]["annotations"]
    assert "prometheus.io/scrape" not in annotations, "it would be scraped twice"


def test_alerts_link_to_the_runbooks_of_the_copy_that_is_named() -> None:
    values = values_of("production")
    values["monitoring"] = values["monitoring"] | {"runbooks": "https://git.example.com/shop/tree/main"}
    rules = [
        rule for group in render(**values)["PrometheusRule/shop-alerts"]["spec"]["groups"] for rule in group["rules"]
    ]
    links = [rule["annotations"]["runbook_url"] for rule in rules if "alert" in rule]
    assert all(link.startswith("https://git.example.com/shop/tree/main/docs/runbooks/") for link in links)
    assert len(links) == len(set(links)) > 20


def test_alerts_and_dashboard_are_the_files_beside_the_chart(production: Rendered) -> None:
    rules = production["PrometheusRule/shop-alerts"]
    assert rules["spec"] == yaml.safe_load((chart.CHART / "files" / "alerts.yaml").read_text())
    assert rules["metadata"]["labels"]["release"] == "kube-prometheus-stack"
    dashboard = production["ConfigMap/shop-dashboard"]
    assert json.loads(dashboard["data"]["recsys.json"]) == json.loads(
        (chart.CHART / "files" / "dashboard.json").read_text()
    )
    assert dashboard["metadata"]["labels"]["grafana_dashboard"] == "1"


def test_without_an_operator_none_of_its_objects_is_there(default: Rendered) -> None:
    assert not {"ServiceMonitor", "PrometheusRule", "ExternalSecret", "HTTPRoute"} & {
        one["kind"] for one in default.values()
    }


def test_every_secret_that_a_pod_reads_comes_from_the_store(production: Rendered) -> None:
    read = {name for pod in pods(production).values() for name in secrets(pod)}
    made = {
        one["spec"]["target"]["name"]: one["spec"] for one in production.values() if one["kind"] == "ExternalSecret"
    }
    assert set(made) == read == {"recsys-web", "recsys-milvus", "recsys-airflow", "recsys-mlflow"}
    assert made["recsys-web"]["dataFrom"] == [{"extract": {"key": "fashion/recsys-web"}}]
    assert made["recsys-web"]["secretStoreRef"] == {"kind": "ClusterSecretStore", "name": "vault"}


def test_a_store_has_a_name() -> None:
    with pytest.raises(helm.HelmValuesError, match="/externalSecrets/store/name"):
        render(externalSecrets={"enabled": True})


def test_notices_of_stock_read_the_live_release(production: Rendered) -> None:
    pod = pod_of(production["CronJob/shop-stock-notices"])
    (container,) = pod["containers"]
    assert container["command"] == ["python", "django_site/manage.py", "send_stock_notices"]
    releases = {"name": "workspace", "mountPath": "/recsys/releases", "subPath": "releases", "readOnly": True}
    assert releases in container["volumeMounts"]
    assert "recsys-web" in secrets(pod), "EMAIL_URL"


def test_images_of_production_are_named_by_their_bytes_and_pulled_with_the_given_secrets(production: Rendered) -> None:
    for name, pod in pods(production).items():
        assert re.fullmatch(r"registry.example.com/recsys-\w+@sha256:[0-9a-f]{64}", pod["containers"][0]["image"]), name
    for pod in pods(render(**values_of("airgapped"))).values():
        assert pod["imagePullSecrets"] == [{"name": "internal-registry"}]
        assert pod["containers"][0]["image"].startswith("registry.internal:5000/recsys-")
        assert pod["containers"][0]["image"].endswith(":0.1.0")


def test_one_node_is_enough_for_a_try_out() -> None:
    rendered = render(**values_of("small"))
    assert {key: one["spec"].get("replicas") for key, one in rendered.items() if key.startswith("Deployment/")} == {
        "Deployment/shop-mlflow": 1,
        "Deployment/shop-web": 1,
    }
    kinds = {one["kind"] for one in rendered.values()}
    assert not kinds & {"Ingress", "HorizontalPodAutoscaler", "PodDisruptionBudget"}
    assert "topologySpreadConstraints" not in pod_of(rendered["Deployment/shop-web"])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"web": {"settings": {"MILVUS_TOKEN": "root:Milvus"}}}, "belongs into the Secret that milvus.existingSecret"),
        ({"web": {"settings": {"AIRFLOW_PASSWORD": "admin"}}}, "belongs into the Secret that airflow.existingSecret"),
        ({"web": {"settings": {"SECRET_KEY": "x" * 50}}}, "belongs into the Secret that web.existingSecret"),
        ({"airflow": {"user": "admin", "password": "admin"}}, "AIRFLOW_PASSWORD belongs into the Secret"),
        ({"milvus": {"token": "root:Milvus"}}, "MILVUS_TOKEN belongs into the Secret"),
        ({"milvus": {"uri": "http://root:Milvus@milvus:19530"}}, "/milvus/uri"),
        ({"airflow": {"api": "http://admin:admin@airflow:8080"}}, "/airflow/api"),
        ({"mlflow": {"artifactsDestination": "s3://minioadmin:minioadmin@minio/mlflow"}}, "artifactsDestination"),
    ],
)
def test_a_password_among_the_values_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(helm.HelmValuesError, match=message):
        render(**values)
