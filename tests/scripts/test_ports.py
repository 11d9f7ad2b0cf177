import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from scripts.ports import Ports, free_port, is_taken


@pytest.fixture
def listening() -> Iterator[int]:
    """A port on which this process listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_defaults() -> None:
    assert Ports.from_env({}) == Ports(web=8000, airflow=8080, mlflow=5000, milvus=19530)


def test_a_variable_moves_one_port() -> None:
    assert Ports.from_env({"PORT_MLFLOW": "5001", "PORT_WEB": ""}) == Ports(8000, 8080, 5001, 19530)


@pytest.mark.parametrize("value", ["0", "65536", "-1", "http", "80.5"])
def test_what_is_no_port_is_named(value: str) -> None:
    with pytest.raises(ValueError, match=f"PORT_AIRFLOW = '{value}'"):
        Ports.from_env({"PORT_AIRFLOW": value})


def test_two_services_cannot_share_a_port() -> None:
    with pytest.raises(ValueError, match="PORT_WEB and PORT_AIRFLOW are both 8080"):
        Ports.from_env({"PORT_WEB": "8080"})


def test_a_taken_port_is_one_line_with_port_process_and_variable(site: object, listening: int) -> None:
    ports = replace(Ports(*(free_port() for _ in range(4))), mlflow=listening)
    (line,) = ports.taken()
    assert line.startswith(f"port {listening}, meant for MLflow, is taken by ")
    assert "python" in line or "pytest" in line
    assert f"`make demo PORT_MLFLOW={listening + 1}`" in line
    assert "\n" not in line


def test_a_port_on_all_addresses_is_taken_too() -> None:
    with socket.socket() as server:
        server.bind(("0.0.0.0", 0))  # noqa: S104
        server.listen()
        assert is_taken(server.getsockname()[1])


def test_free_ports_are_not_taken() -> None:
    assert not is_taken(free_port())
