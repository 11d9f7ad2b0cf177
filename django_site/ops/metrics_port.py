"""``/metrics`` on a port of its own, which no proxy leads to. The shop's own port does not know the address."""

from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST

from ops import metrics

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


def with_metrics_port(shop: Application, port: int) -> Application:
    """The shop, with nothing but ``/metrics`` on ``port``; 0: nowhere.

    The port is that of the socket that took the connection: no header of a request changes it.
    """

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if port and environ["SERVER_PORT"] == str(port):
            return _metrics(environ, start_response)
        return shop(environ, start_response)

    return application


def _metrics(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    if environ["PATH_INFO"] != "/metrics":
        return _answer(start_response, "404 Not Found", "text/plain", b"only /metrics is here\n")
    if environ["REQUEST_METHOD"] != "GET":
        return _answer(start_response, "405 Method Not Allowed", "text/plain", b"GET only\n")
    return _answer(start_response, "200 OK", CONTENT_TYPE_LATEST, metrics.exposition())


def _answer(start_response: StartResponse, status: str, content_type: str, content: bytes) -> list[bytes]:
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(content)))])
    return [content]
