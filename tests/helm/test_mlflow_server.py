"""MLflow as the image starts it under the chart's settings: nobody gets in without a login, and our runs do."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

helm = pytest.importorskip("helm_python", reason="PyPI has no helm for Linux on this processor", exc_type=ImportError)

from tests.support.mlflow_server import (  # noqa: E402
    PASSWORD,
    SECRETS,
    SERVE,
    MlflowServer,
    environment,
    mlflow_server,
)
from tests.support.postgresql import add_database, postgresql_server  # noqa: E402

PIPELINE = ("pipeline", "another one of the test")
OPEN = {
    "GET /health",
    "GET /static-files/<path:path>",
    # The kind of store and which features are on: MLflow's clients read it before they sign in.
    "GET /mlflow/server-info",
    "GET /api/3.0/mlflow/server-info",
    "GET /ajax-api/3.0/mlflow/server-info",
}
ROUTES = """
import json
from mlflow.server.auth import create_app
from starlette.routing import Mount
app = create_app()
(flask,) = (route.app.app for route in app.routes if isinstance(route, Mount))
own = [(method, route.path) for route in app.routes if not isinstance(route, Mount) for method in route.methods]
print(json.dumps(own + [(method, rule.rule) for rule in flask.url_map.iter_rules() for method in rule.methods]))
"""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.full)])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an empty database; in `make test-full` also one of a PostgreSQL, as a cluster has it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'mlflow.db'}"
        return
    with postgresql_server() as address:
        yield add_database(address, "mlflow").replace("postgresql:", "postgresql+psycopg:")


@pytest.fixture(scope="module")
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with mlflow_server(tmp_path_factory.mktemp("mlflow"), database) as running:
        yield running


@pytest.fixture(scope="module")
def routes(server: MlflowServer) -> list[tuple[str, str]]:
    """Methods and paths of the server's app."""
    asked = {**server.environment, "_MLFLOW_SGI_NAME": "uvicorn", "_MLFLOW_AUTH_ADMIN_BOOTSTRAPPED": "true"}
    table = [sys.executable, "-c", ROUTES]
    said = subprocess.run(table, env=asked, cwd=server.folder, capture_output=True, text=True, check=True).stdout
    return [(method, path) for method, path in json.loads(said.splitlines()[-1])]


@pytest.fixture(scope="module")
def pipeline(server: MlflowServer) -> tuple[str, str]:
    """The login of the jobs, made by the administrator as the guide says."""
    name, password = PIPELINE
    made = httpx.post(
        f"{server.url}/api/2.0/mlflow/users/create",
        auth=("admin", PASSWORD),
        json={"username": name, "password": password},
        trust_env=False,
    )
    assert made.status_code == httpx.codes.OK, made.text
    return PIPELINE


@pytest.mark.services
def test_no_route_answers_without_a_login(server: MlflowServer, routes: list[tuple[str, str]]) -> None:
    """All of MLflow's app, as it says itself: its own routes and those of the Flask app that it mounts."""
    answers: dict[str, int] = {}
    with httpx.Client(base_url=server.url, trust_env=False, timeout=30) as client:
        for method, path in routes:
            filled = re.sub(r"<[^>]*>|{[^}]*}", "1", path)
            answers[f"{method} {path}"] = client.request(method, filled).status_code

    assert len(answers) > 400
    refused = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
    answered = {route for route, status in answers.items() if status not in refused}
    assert {route for route in answered if not route.startswith(("OPTIONS", "HEAD"))} == OPEN & set(answers)
    paths = {route.split()[1] for route in OPEN}
    assert {route.split()[1] for route in answered} <= paths


@pytest.mark.services
@pytest.mark.parametrize(
    ("login", "host", "status"),
    [
        (("admin", PASSWORD), None, 200),
        (("admin", "password1234"), None, 401),
        (("admin", PASSWORD), "shop-mlflow", 200),
        (("admin", PASSWORD), "elsewhere.example", 403),
    ],
)
def test_the_login_and_the_name_of_the_host_have_to_be_right(
    server: MlflowServer, login: tuple[str, str], host: str | None, status: int
) -> None:
    headers = {"Host": host} if host else {}
    assert httpx.get(server.url, auth=login, headers=headers, trust_env=False).status_code == status


@pytest.mark.services
def test_a_run_of_the_pipeline_with_an_artifact_goes_through_the_server(
    server: MlflowServer, pipeline: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    from recsys_core.store.artifacts import ArtifactSpec
    from recsys_core.tracking.runs import tracked_run
    from recsys_core.workspace import Workspace

    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", pipeline[0])
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", pipeline[1])
    monkeypatch.setenv("NO_PROXY", "localhost")
    (tmp_path / "curve.csv").write_text("epoch,loss\n1,0.5\n")
    with tracked_run(Workspace(tmp_path / "workspace"), ArtifactSpec("rankers/dnn", 1, {}), "digest", "ranker") as run:
        run.log({"loss": 0.5})
        run.log_file(tmp_path / "curve.csv")

    kept = mlflow.get_run(run.run_id)
    assert (kept.info.status, kept.data.metrics) == ("FINISHED", {"loss": 0.5})
    assert kept.info.artifact_uri.startswith("mlflow-artifacts:/")
    assert mlflow.artifacts.load_text(f"{kept.info.artifact_uri}/curve.csv") == "epoch,loss\n1,0.5\n"


def refusal(**settings: Any) -> str:
    done = subprocess.run([sys.executable, SERVE], env=environment(**settings), capture_output=True, text=True)
    assert done.returncode == 1
    return done.stderr


def test_a_server_without_its_secrets_names_them_and_does_not_start() -> None:
    said = refusal()
    for name in ("BACKEND_STORE_URI", "AUTH_ADMIN_PASSWORD", "FLASK_SERVER_SECRET_KEY", "SERVER_ALLOWED_HOSTS"):
        assert f"MLFLOW_{name} is not set" in said


@pytest.mark.parametrize("password", ["password1234", "elevenchars"])
def test_a_default_or_short_password_is_refused(password: str) -> None:
    wanted = {"MLFLOW_BACKEND_STORE_URI": "sqlite://", "MLFLOW_SERVER_ALLOWED_HOSTS": "mlflow"}
    said = refusal(**wanted | SECRETS | {"MLFLOW_AUTH_ADMIN_PASSWORD": password})
    assert said.startswith("MLFLOW_AUTH_ADMIN_PASSWORD is too short, or was once MLflow's default")


def test_a_server_that_answers_to_any_name_is_refused() -> None:
    wanted = {"MLFLOW_BACKEND_STORE_URI": "sqlite://", "MLFLOW_SERVER_ALLOWED_HOSTS": "mlflow, *"}
    assert refusal(**wanted | SECRETS).startswith("MLFLOW_SERVER_ALLOWED_HOSTS allows any host")
