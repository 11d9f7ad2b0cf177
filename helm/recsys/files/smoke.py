"""`helm test`: the shop and its encoder answer, and neither Airflow nor Milvus lets a default password in."""

import os
import socket
import sys
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import httpx

SECONDS = 10


def problem_of_page(url: str, host: str = "") -> str:
    headers = {"Host": host, "X-Forwarded-Proto": "https"} if host else {}
    answer = httpx.get(url, headers=headers, timeout=SECONDS)
    return "" if answer.status_code == 200 else f"{url} answers {answer.status_code}: {answer.text}"


def problem_of_airflow(url: str) -> str:
    answer = httpx.post(f"{url}/auth/token", json={"username": "admin", "password": "admin"}, timeout=SECONDS)
    return f"{url} lets admin in with the password admin: change it" if answer.is_success else ""


def problem_of_milvus(uri: str) -> str:
    """A refused login reads like an absent server, so the server is looked for first."""
    from pymilvus import MilvusClient, MilvusException

    address = urlsplit(uri)
    socket.create_connection((str(address.hostname), address.port or 19530), SECONDS).close()
    try:
        MilvusClient(uri=uri, token="root:Milvus", timeout=SECONDS).list_collections()  # noqa: S106  the default
    except MilvusException:
        return ""
    return f"{uri} lets root in with the password Milvus, or everybody: change it, switch authorizationEnabled on"


def problems(env: Mapping[str, str]) -> Iterator[str]:
    """Of the servers that the environment names."""
    checks = {
        "SHOP_URL": lambda url: problem_of_page(f"{url}/readyz", env["SHOP_HOST"]),
        "ENCODER_URL": lambda url: problem_of_page(f"{url}/health"),
        "AIRFLOW_API": problem_of_airflow,
        "MILVUS_URI": problem_of_milvus,
    }
    for address, check in ((env[name], check) for name, check in checks.items() if name in env):
        try:
            problem = check(address)
        except (httpx.HTTPError, OSError) as error:
            problem = f"{address} does not answer: {error}"
        if problem:
            yield problem


if __name__ == "__main__":
    found = list(problems(os.environ))
    print("\n".join(found) or "the shop answers, default passwords do not work")
    sys.exit(bool(found))
