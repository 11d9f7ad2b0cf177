"""`helm test`: the shop and its encoder answer, and neither Airflow nor Milvus lets a default password in."""

import json
import os
import socket
import sys
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

SECONDS = 10


def answer(url, host="", body=None):
    """Status and text of an answer, whatever the status."""
    headers = {"Content-Type": "application/json", **({"Host": host, "X-Forwarded-Proto": "https"} if host else {})}
    try:
        with urlopen(Request(url, body, headers), timeout=SECONDS) as found:
            return found.status, found.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def problem_of_page(url, host=""):
    status, text = answer(url, host)
    return "" if status == 200 else f"{url} answers {status}: {text}"


def problem_of_airflow(url):
    status, _ = answer(f"{url}/auth/token", body=json.dumps({"username": "admin", "password": "admin"}).encode())
    return f"{url} lets admin in with the password admin: change it" if status < 300 else ""


def problem_of_milvus(uri):
    """A refused login reads like an absent server, so the server is asked for first."""
    from pymilvus import MilvusClient, MilvusException

    address = urlsplit(uri)
    socket.create_connection((address.hostname, address.port or 19530), SECONDS).close()
    try:
        MilvusClient(uri=uri, token="root:Milvus", timeout=SECONDS).list_collections()
    except MilvusException:
        return ""
    return f"{uri} lets root in with the password Milvus, or everybody: change it, switch authorizationEnabled on"


def problems(env):
    checks = [lambda: problem_of_page(f"{env['SHOP_URL']}/readyz", env["SHOP_HOST"])]
    if "ENCODER_URL" in env:
        checks.append(lambda: problem_of_page(f"{env['ENCODER_URL']}/health"))
    if "AIRFLOW_API" in env:
        checks.append(lambda: problem_of_airflow(env["AIRFLOW_API"]))
    if "MILVUS_URI" in env:
        checks.append(lambda: problem_of_milvus(env["MILVUS_URI"]))
    for check in checks:
        try:
            problem = check()
        except (URLError, OSError) as error:
            problem = f"no answer: {error}"
        if problem:
            yield problem


if __name__ == "__main__":
    found = list(problems(os.environ))
    print("\n".join(found) or "the shop answers, default passwords do not work")
    sys.exit(bool(found))
