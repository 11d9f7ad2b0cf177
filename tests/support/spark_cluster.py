"""A standalone Spark cluster: a real master and real workers of Spark's own distribution."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyspark

from scripts.environment import java_home
from scripts.ports import HOST, free_port


@contextlib.contextmanager
def spark_cluster(folder: Path, workers: int, memory: str = "1g") -> Iterator[str]:
    """Address of a master with so many workers of one core each, until the end of the block."""
    port, page = free_port(), free_port()
    address = f"spark://{HOST}:{port}"
    with contextlib.ExitStack() as running:
        started = ["Master", "--host", HOST, "--port", str(port), "--webui-port", str(page)]
        running.enter_context(_spark_process(folder / "master.log", started))
        _wait_for(page, workers=0)
        worker = ["Worker", "--host", HOST, "--webui-port", "0", "--cores", "1", "--memory", memory]
        for i in range(workers):
            place = ["--work-dir", str(folder / f"work-{i}"), address]
            running.enter_context(_spark_process(folder / f"worker-{i}.log", [*worker, *place]))
        _wait_for(page, workers)
        yield address


@contextlib.contextmanager
def _spark_process(log: Path, words: list[str]) -> Iterator[None]:
    """A part of a standalone cluster, until the end of the block."""
    spark_class = Path(pyspark.__file__).parent / "bin" / "spark-class"
    env = os.environ | {"JAVA_HOME": java_home() or "", "SPARK_LOCAL_IP": HOST}
    command = [spark_class, f"org.apache.spark.deploy.{words[0].lower()}.{words[0]}", *words[1:]]
    with log.open("w") as file:
        process = subprocess.Popen(command, env=env, stdout=file, stderr=file)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(page: int, workers: int) -> None:
    """Until the master's page shows so many workers."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(httpx.HTTPError, ValueError):  # a page that is not there yet is no JSON
            state = httpx.get(f"http://{HOST}:{page}/json/", trust_env=False).json()
            if state["aliveworkers"] == workers:
                return
        time.sleep(0.2)
    raise AssertionError(f"the master has no {workers} workers")
