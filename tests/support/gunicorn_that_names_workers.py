"""The shop's own settings of gunicorn; each answer also names the worker that it comes from."""

import os
import runpy
from typing import Any

from scripts.shop_server import GUNICORN

shop = runpy.run_path(str(GUNICORN))
globals().update({name: value for name, value in shop.items() if not name.startswith("_")})


def post_worker_init(worker: Any) -> None:
    shop["post_worker_init"](worker)
    application = worker.wsgi

    def named(environ: Any, start_response: Any) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, ("X-Worker", str(os.getpid()))], *more)

        return application(environ, start)

    worker.wsgi = named
