"""The ports of the services: read from PORT_*, checked before anything starts."""

import contextlib
import socket
from collections.abc import Mapping
from dataclasses import dataclass, fields

import psutil

HOST = "127.0.0.1"
DEFAULTS = {"web": 8000, "airflow": 8080, "mlflow": 5000, "milvus": 19530}
TITLES = {"web": "the storefront", "airflow": "Airflow", "mlflow": "MLflow", "milvus": "Milvus"}


@dataclass(frozen=True)
class Ports:
    """One port a service; the variable ``PORT_<NAME>`` moves it."""

    web: int
    airflow: int
    mlflow: int
    milvus: int

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Ports":
        """Read ``PORT_*``.

        Raises
        ------
        ValueError
            If one is no port number, or two services share one, naming the variable.
        """
        ports = {name: _port(env, name, default) for name, default in DEFAULTS.items()}
        for name, port in ports.items():
            twins = [other for other in ports if ports[other] == port and other != name]
            if twins:
                raise ValueError(f"{variable(name)} and {variable(twins[0])} are both {port}: give one another port")
        return cls(**ports)

    def url(self, name: str) -> str:
        return f"http://{HOST}:{getattr(self, name)}"

    def taken(self) -> list[str]:
        """One line for each port that another process listens on."""
        names = [field.name for field in fields(self)]
        return [_complaint(name, getattr(self, name)) for name in names if is_taken(getattr(self, name))]


def variable(name: str) -> str:
    return f"PORT_{name.upper()}"


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(variable(name)) or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ValueError(f"{variable(name)} = {text!r}: expected a port number from 1 to 65535")
    return int(text)


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            return True
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _complaint(name: str, port: int) -> str:
    owner = _listener(port)
    by = f"by {owner}" if owner else "by another process"
    example = f"make demo {variable(name)}={port + 1}"
    return f"port {port}, meant for {TITLES[name]}, is taken {by}: end it, or set {variable(name)}, as in `{example}`"


def _listener(port: int) -> str | None:
    """Name and id of the listening process, where the system lets us see it."""
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("inet"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                process = psutil.Process(connection.pid)
                return f"{process.name()} (process {connection.pid}: {' '.join(process.cmdline())[:60]})"
    return None
