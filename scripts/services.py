"""The services of one machine: Milvus, MLflow, Airflow and the storefront.

``python -m scripts.services serve`` starts them and waits for Ctrl-C; ``stop`` ends what runs from this workspace.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import httpx

from recsys_core.serving.encoder import REGISTERED, encoder_url
from recsys_core.store.artifacts import write_json
from scripts import airflow_home
from scripts.airflow_api import AirflowApi
from scripts.environment import REPOSITORY, Site
from scripts.ports import HOST
from scripts.supervisor import (
    Service,
    ServiceError,
    Supervisor,
    interrupt_on_termination,
    only_one,
    stop_recorded,
)
from scripts.terminal import box, failed, step

BACKEND = ("milvus", "mlflow", "airflow-api", "airflow-dag-processor", "airflow-scheduler")


def service_list(site: Site) -> dict[str, Service]:
    """Every service by name, in the order of their start."""
    services = [_milvus(site), _mlflow(site), *_airflow(site), _encoder(site), _web(site)]
    return {service.name: service for service in services}


@contextlib.contextmanager
def supervised(site: Site) -> Iterator[Supervisor]:
    """A supervisor for the time of the block; at its end nothing is left running.

    Raises
    ------
    ServiceError
        If the services of this workspace run already, or a port is taken.
    """
    with only_one(site.run_folder):
        if taken := site.ports.taken():
            raise ServiceError("\n".join(taken))
        supervisor = Supervisor(site.run_folder, site.workspace.logs, site.environment())
        try:
            yield supervisor
        finally:
            supervisor.stop()
            for registered in ("milvus-server.json", REGISTERED):
                (site.workspace.root / registered).unlink(missing_ok=True)


def start_backend(site: Site, supervisor: Supervisor) -> None:
    """Milvus, MLflow and Airflow, until they answer."""
    services = service_list(site)
    for name in ("milvus", "mlflow"):
        supervisor.start(services[name])
    note_milvus(site, supervisor)
    airflow_home.prepare(site, supervisor.env)
    for name in BACKEND[2:]:
        supervisor.start(services[name])


def note_milvus(site: Site, supervisor: Supervisor) -> None:
    """Tell stages of this workspace that the Milvus files have an owner."""
    record = {"pid": supervisor.pid("milvus"), "port": site.ports.milvus}
    write_json(site.workspace.root / "milvus-server.json", record)


def start_web(site: Site, supervisor: Supervisor) -> None:
    """The storefront: database, static files, demo customers where there is a release, then gunicorn."""
    supervisor.log_of("web-setup").unlink(missing_ok=True)
    web = service_list(site)["web"]
    airflow = {"AIRFLOW_API": site.ports.url("airflow"), "AIRFLOW_USER": airflow_home.ADMIN}
    airflow["AIRFLOW_PASSWORD"] = airflow_home.admin_password(site)
    web = replace(web, extra_env={**web.extra_env, **airflow})
    _set_up(web, supervisor, ["migrate", "--no-input"], ["collectstatic", "--no-input"])
    seed_demo_customers(site, supervisor)
    supervisor.start(web)


def seed_demo_customers(site: Site, supervisor: Supervisor) -> None:
    """Logins for the demo customers of the live release, if there is one; each release chooses its own."""
    if site.workspace.live.exists():
        _set_up(service_list(site)["web"], supervisor, ["seed_demo_customers"])


def _set_up(web: Service, supervisor: Supervisor, *commands: Sequence[str]) -> None:
    """Run commands of ``manage.py`` in the storefront's environment.

    Raises
    ------
    ServiceError
        If one fails, with the end of its output.
    """
    with supervisor.log_of("web-setup").open("a") as log:
        for command in commands:
            env = {**supervisor.env, **web.extra_env}
            done = subprocess.run([*_manage(), *command], env=env, stdout=log, stderr=log, check=False)
            if done.returncode != 0:
                raise ServiceError(f"manage.py {command[0]} failed:\n{supervisor.tail('web-setup')}")


def start_encoder(site: Site, supervisor: Supervisor) -> None:
    """The image encoder of the live release, for searches by image."""
    supervisor.start(service_list(site)["image-encoder"])


def addresses(site: Site) -> list[str]:
    """Returns the addresses and passwords that a person needs to look around."""
    password = airflow_home.admin_password(site)
    return [
        f"Shop      {site.ports.url('web')}",
        *demo_logins(site),
        f"Airflow   {site.ports.url('airflow')}    user {airflow_home.ADMIN}, password {password}",
        f"MLflow    {site.ports.url('mlflow')}    no login, reachable from this machine only",
        f"Logs      {site.workspace.logs}",
    ]


def demo_logins(site: Site, at_most: int = 3) -> list[str]:
    """Customers to sign in as; ``manage.py seed_demo_customers`` made them."""
    file = site.workspace.root / "web" / "demo-logins.json"
    logins = json.loads(file.read_text()) if file.exists() else []
    return [
        f"{'' if i else 'Customers':<10}{login['username']} / {login['password']}  ({login['name']}, {login['habit']})"
        for i, login in enumerate(logins[:at_most])
    ]


def _milvus(site: Site) -> Service:
    folder = site.workspace.milvus
    command = ["milvus-lite", "server", "--data-dir", str(folder), "--host", HOST, "--port", str(site.ports.milvus)]
    return Service("milvus", command, lambda: _speaks_http2(site.ports.milvus))


def _mlflow(site: Site) -> Service:
    folder = site.workspace.mlflow
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mlflow", "server", "--host", HOST, "--port", str(site.ports.mlflow), "--workers", "1"]
    if not os.environ.get("MLFLOW_BACKEND_STORE_URI"):  # MLflow's own variable; a password is no part of a command line
        command += ["--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"]
    # Stages write artifacts into the folder themselves, so that one run without the server finds them there, too.
    command += ["--no-serve-artifacts", "--default-artifact-root", (folder / "artifacts").as_uri()]
    extra = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    return Service("mlflow", command, lambda: _answers(f"{site.ports.url('mlflow')}/health"), extra_env=extra)


def _airflow(site: Site) -> list[Service]:
    api = AirflowApi.of(site)
    return [
        Service("airflow-api", ["airflow", "api-server"], lambda: bool(api.health())),
        Service("airflow-dag-processor", ["airflow", "dag-processor"], lambda: _healthy(api, "dag_processor")),
        Service(
            "airflow-scheduler",
            ["airflow", "scheduler", "--skip-serve-logs"],
            lambda: _healthy(api, "scheduler"),
        ),
    ]


def _web(site: Site) -> Service:
    command = ["gunicorn", "--config", str(REPOSITORY / "django_site" / "gunicorn.conf.py"), "config.wsgi"]
    experiment = os.environ.get("EXPERIMENT", "second_ranker")  # runs where the release has such lists
    extra = {"PORT_WEB": str(site.ports.web), "DEMO_LOGINS": "1", "HOST": HOST, "EXPERIMENT": experiment}
    extra["STATISTICS"] = os.environ.get("STATISTICS", "on")  # nobody to ask: all customers of a demo are made up
    extra["EMAIL_URL"] = os.environ.get("EMAIL_URL", "console:")  # mails go to the log, with their links
    return Service("web", command, lambda: _answers(f"{site.ports.url('web')}/healthz"), extra_env=extra)


def _encoder(site: Site) -> Service:
    """Its port is any free one; the shop finds it by the workspace's record."""
    command = ["recsys", "serve-encoder"]
    return Service("image-encoder", command, lambda: _encoder_answers(site), restarts=True)


def _encoder_answers(site: Site) -> bool:
    url = encoder_url(site.workspace.root)
    return bool(url) and _answers(f"{url}/health")


def _manage() -> list[str]:
    return [sys.executable, str(REPOSITORY / "django_site" / "manage.py")]


def _healthy(api: AirflowApi, part: str) -> bool:
    return api.health().get(part) == "healthy"


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=3, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _speaks_http2(port: int) -> bool:
    """gRPC runs on HTTP/2: a live server answers the preface with a SETTINGS frame (RFC 9113, 3.4)."""
    settings = 4
    try:
        with socket.create_connection((HOST, port), timeout=2) as connection:
            connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, settings, 0, 0, 0, 0, 0]))
            header = connection.recv(9)
    except OSError:
        return False
    return len(header) > 3 and header[3] == settings


def serve(site: Site) -> None:
    """Start everything and wait for Ctrl-C."""
    with supervised(site) as supervisor:
        with step("starting Milvus, MLflow and Airflow"):
            start_backend(site, supervisor)
            supervisor.wait()
        with step("starting the storefront"):
            start_encoder(site, supervisor)
            start_web(site, supervisor)
            supervisor.wait(["web", "image-encoder"])
        box("Running", [*addresses(site), "Ctrl-C stops all of it"])
        watch(supervisor)


def watch(supervisor: Supervisor) -> None:
    """Until Ctrl-C, or until a service ends by itself."""
    while True:
        supervisor.check()
        time.sleep(1)


def main(arguments: list[str]) -> int:
    interrupt_on_termination()
    try:
        site = Site.from_env()
        if arguments == ["serve"]:
            serve(site)
        elif arguments == ["stop"]:
            stopped = stop_recorded(site.run_folder)
            sys.stdout.write(f"stopped {', '.join(stopped)}\n" if stopped else "nothing was running\n")
        else:
            return failed(f"unknown command {' '.join(arguments)!r}: expected serve or stop")
    except KeyboardInterrupt:
        sys.stdout.write("\nstopped\n")
    except (ServiceError, RuntimeError, ValueError) as error:
        return failed(str(error))
    return 0


if __name__ == "__main__":
    os.chdir(REPOSITORY)
    sys.exit(main(sys.argv[1:]))
