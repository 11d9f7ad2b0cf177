"""Made-up secrets in every variable that may hold one, and a search for them where they must not be."""

import base64
import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

CLOSED: Final = "127.0.0.1:9"
"""An address where nobody answers."""


def canary(name: str) -> str:
    """Long enough for each check of secrets, and nowhere else in the world."""
    return f"canary-{name.lower().replace('_', '-')}-7f3a9b1c5d2e8f60"


def planted(milvus: str = CLOSED, mlflow: str = CLOSED, webhook: str = CLOSED) -> dict[str, str]:
    """Variables with a secret each, of services at those addresses; a canary is named after its variable."""
    return {
        "SECRET_KEY": canary("SECRET_KEY"),
        "DATABASE_URL": f"postgresql://shop:{canary('DATABASE_URL')}@{CLOSED}/shop",
        "EMAIL_URL": f"smtp://shop:{canary('EMAIL_URL')}@{CLOSED}",
        "AIRFLOW_API": f"http://shop:{canary('AIRFLOW_API')}@{CLOSED}",
        "AIRFLOW_TOKEN": canary("AIRFLOW_TOKEN"),
        "AIRFLOW_PASSWORD": canary("AIRFLOW_PASSWORD"),
        "IMAGE_ENCODER_URL": f"http://shop:{canary('IMAGE_ENCODER_URL')}@{CLOSED}",
        "MILVUS_URI": f"http://root:{canary('MILVUS_URI')}@{milvus}",
        "MILVUS_TOKEN": f"root:{canary('MILVUS_TOKEN')}",
        "MLFLOW_TRACKING_URI": f"http://ops:{canary('MLFLOW_TRACKING_URI')}@{mlflow}",
        "MLFLOW_TRACKING_PASSWORD": canary("MLFLOW_TRACKING_PASSWORD"),
        "RECSYS_ALERT_WEBHOOK": f"http://{webhook}/hooks/{canary('RECSYS_ALERT_WEBHOOK')}",
        "AIRFLOW_CONN_SPARK_DEFAULT": f'{{"conn_type": "spark", "host": "local[*]", "login": "ops", '
        f'"password": "{canary("AIRFLOW_CONN_SPARK_DEFAULT")}"}}',
        "AWS_ACCESS_KEY_ID": canary("AWS_ACCESS_KEY_ID"),
        "AWS_SECRET_ACCESS_KEY": canary("AWS_SECRET_ACCESS_KEY"),
    }


def leaks(texts: Mapping[str, str | bytes], names: Iterable[str] = tuple(planted())) -> list[str]:
    """Places in which a canary was found: the name of the text, and of the variable."""
    content = {where: text.encode() if isinstance(text, str) else text for where, text in texts.items()}
    return [f"{where}: {name}" for where, text in content.items() for name in names if _holds(text, canary(name))]


def _holds(text: bytes, secret: str) -> bool:
    """As it is, or as a part of a Basic login."""
    users = ("", "shop:", "root:", "ops:")
    basic = [base64.b64encode(f"{user}{secret}".encode()).rstrip(b"=") for user in users]
    return secret.encode() in text or any(each[:-2] in text for each in basic)


def files_below(folder: Path) -> dict[str, bytes]:
    """Content of every file, databases too, by name below the folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Host and port of a server that takes every message, and the messages."""
    received: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *said: object) -> None:
            """Nothing: tests read their own output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}", received
        server.shutdown()
