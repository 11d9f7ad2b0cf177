"""Gunicorn's settings; command-line flags win. Metrics of all workers are added up through a folder."""

import gc
import itertools
import os
import shutil
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from config.env import read_environment

env = read_environment()
bind = [f"{env.HOST}:{env.PORT_WEB}"]
if env.PORT_METRICS:
    bind.append(f"{env.HOST_METRICS}:{env.PORT_METRICS}")
chdir = str(Path(__file__).parent)
workers = env.WEB_WORKERS
threads = env.WEB_THREADS
worker_class = "gthread"
timeout = 30
max_requests = 50_000
max_requests_jitter = 5_000
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  heartbeat file, in memory

os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(env.RECSYS_WORKSPACE / "web" / "metrics"))


def on_starting(server: Any) -> None:
    """Counters start at zero with the server."""
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def pre_fork(server: Any, worker: Any) -> None:
    """Gives the worker the lowest number of no living worker; gunicorn forgets a worker once its process is gone."""
    taken = {living.number for living in server.WORKERS.values()}
    worker.number = next(number for number in itertools.count() if number not in taken)


def post_fork(server: Any, worker: Any) -> None:
    """Names the worker's files of metrics by its number: the next worker of that number counts on in them.

    Files by process id, as prometheus_client has them, would be two more with each worker that is replaced. The
    server's own id keeps two servers apart while one takes over from the other (signal USR2).
    """
    from prometheus_client import values

    values.ValueClass = values.MultiProcessValue(lambda: f"{worker.ppid}-{worker.number}")


def post_worker_init(worker: Any) -> None:
    """Full garbage collections, 40 ms each in mid-request, ten times as rarely; what pages leave dies young.

    The worker takes connections once the live release is open.
    """
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, 100)

    from django.conf import settings

    if settings.configured:  # the shop, not another application with these settings
        from search.warm_up import warm_up

        warm_up()
