"""`make demo`: a shop's files in, the storefront out, through Airflow, with everything that belongs to it running.

``DATA`` names a folder with the shop's files (default: a demo shop is made). ``HEADLESS=1`` ends after publishing.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx

from recsys_core.airflow_client import AirflowRefusedError
from recsys_core.serving.first_release import is_first_release
from recsys_core.serving.hold import held_releases
from recsys_core.workspace import Workspace
from scripts.airflow_api import AirflowApi
from scripts.airflow_home import HEAVY_SLOTS
from scripts.daily_run import RunError, RunWatch, is_trained, wait_for_dags
from scripts.demo_state import fingerprint, is_done, live_release, remember
from scripts.early_opening import EarlyOpening
from scripts.environment import REPOSITORY, Site
from scripts.progress import Progress
from scripts.progress_view import duration
from scripts.services import (
    addresses,
    seed_demo_customers,
    start_backend,
    start_encoder,
    start_web,
    supervised,
    watch,
)
from scripts.stage_plan import DEMO_SHOP, PLAN_OF_A_DAY, PLAN_WITH_FILES, REOPENING, SERVICES, SERVICES_ALONE, SHOP
from scripts.supervisor import ServiceError, Supervisor, interrupt_on_termination
from scripts.terminal import box, failed, say

HEAVY_SLOTS_OF_DEMO_SHOP: Final = "2"
"""Heavy tasks at a time: those of the demo shop are small, and two of them fit into a small machine."""


def demo(site: Site, data: Path | None, headless: bool) -> None:
    """The whole demo.

    Raises
    ------
    ServiceError, RunError
        If a service or a stage fails, or the storefront does not serve the live release.
    """
    started = time.monotonic()
    with supervised(site) as supervisor, Progress.of(site, data or site.workspace.demo_shop) as progress:
        files = data or demo_shop(site, supervisor, progress)
        made_from = fingerprint(site.workspace, files, REPOSITORY)
        if is_done(site.workspace, made_from):
            say(f"Release {live_release(site.workspace)} is made from these files: nothing to run")
            trained = not is_first_release(site.workspace.live)
            open_shop(site, supervisor, progress, with_backend=True)
        else:
            trained = publish(site, supervisor, progress, files)
            remember(site.workspace, made_from)
            open_shop(site, supervisor, progress, with_backend=False)
        progress.close()
        release = check_served(site, trained)
        kind = "trained" if trained else "first"
        say(f"The {kind} release {release} is served, {duration(time.monotonic() - started)} after the start")
        for held in held_releases(site.workspace):
            say(f"Release {held.release} is on hold, {held}: `recsys release lift --why ...` ends the hold")
        if not headless:
            box("Open", [*addresses(site), "Ctrl-C stops all of it"])
            watch(supervisor)


def demo_shop(site: Site, supervisor: Supervisor, progress: Progress) -> Path:
    """The demo shop's files; made once, while the services start that a first run needs next."""
    folder = site.workspace.demo_shop
    if not any(folder.glob("transactions*")):
        command = ["recsys", "demo-data", "--out", str(folder)]
        with progress.stage(DEMO_SHOP.key), logged(site, command, "demo-data"):
            start_backend(site, supervisor)
    return folder


def publish(site: Site, supervisor: Supervisor, progress: Progress, files: Path) -> bool:
    """Raw files to live release, as a run of the DAG; the shop opens as soon as there is a first release.

    False if the shop has too little to learn from, so that its first release is what there is.
    """
    site.workspace.point_raw_at(files)
    started_beside_drawing = "milvus" in supervisor.running
    if has_trained_release(site.workspace):
        progress.plan = PLAN_OF_A_DAY
    elif not started_beside_drawing:
        progress.plan = PLAN_WITH_FILES
    with progress.stage(SERVICES.key if started_beside_drawing else SERVICES_ALONE.key):
        ensure_backend(site, supervisor)
        supervisor.wait()
        api = AirflowApi.of(site)
        wait_for_dags(api)
    progress.say(f"Airflow, with the log of every task: {site.ports.url('airflow')}")
    opening = EarlyOpening(site, supervisor, progress)
    return is_trained(RunWatch(api, opening.check, progress).run({"data": str(files)}))


def has_trained_release(workspace: Workspace) -> bool:
    return live_release(workspace) is not None and not is_first_release(workspace.live)


def ensure_backend(site: Site, supervisor: Supervisor) -> None:
    """Start Milvus, MLflow and Airflow, unless they were started while the demo shop was made."""
    if "milvus" not in supervisor.running:
        start_backend(site, supervisor)


def open_shop(site: Site, supervisor: Supervisor, progress: Progress, with_backend: bool) -> None:
    """Start what is left to start; the storefront may be open since the first release."""
    if with_backend:
        progress.plan = (REOPENING,)
    with progress.stage(REOPENING.key if with_backend else SHOP.key):
        if with_backend:
            ensure_backend(site, supervisor)
        start_encoder(site, supervisor)
        if "web" in supervisor.running:
            seed_demo_customers(site, supervisor)
        else:
            start_web(site, supervisor)
        supervisor.wait()


def check_served(site: Site, trained: bool = True) -> str:
    """The release that the storefront's own header names must be the live one, and a trained one where one was made."""
    live = live_release(site.workspace)
    if trained and is_first_release(site.workspace.live):
        raise ServiceError(f"the shop still shows its first release {live}: no trained release went live")
    response = httpx.get(site.ports.url("web"), timeout=30, trust_env=False, follow_redirects=True)
    served = response.headers.get("X-Release-Id")
    if response.status_code != httpx.codes.OK or live is None or served != live:
        raise ServiceError(f"the shop answers {response.status_code} with release {served}, live is {live}")
    return live


@contextlib.contextmanager
def logged(site: Site, command: list[str], name: str) -> Iterator[None]:
    """A command that runs beside what is done meanwhile, with its output in a log; waits for its end.

    Raises
    ------
    ServiceError
        If it fails, with the end of its output.
    """
    log = site.workspace.logs / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        process = subprocess.Popen(command, env=site.environment(), stdout=output, stderr=output)
        try:
            yield
            status = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if status != 0:
        tail = "\n".join(log.read_text().splitlines()[-15:])
        raise ServiceError(f"{' '.join(command[:2])} ended with status {status} (see {log})\n{tail}")


def data_folder(text: str) -> Path | None:
    """``DATA`` as a folder.

    Raises
    ------
    ValueError
        If it is not one, or holds no transactions.
    """
    if not text:
        return None
    folder = Path(text).expanduser().absolute()
    if not folder.is_dir() or not any(folder.glob("transactions*")):
        raise ValueError(f"DATA={text}: expected a folder with articles, customers and transactions_train files")
    return folder


def main() -> int:
    interrupt_on_termination()
    try:
        headless = os.environ.get("HEADLESS", "") not in ("", "0")
        data = data_folder(os.environ.get("DATA", ""))
        if data is None:
            os.environ.setdefault(HEAVY_SLOTS, HEAVY_SLOTS_OF_DEMO_SHOP)
        demo(Site.from_env(), data, headless)
    except KeyboardInterrupt:
        say("\nstopped")
    except (AirflowRefusedError, RunError, ConnectionError, ServiceError, ValueError, RuntimeError) as error:
        return failed(str(error))
    return 0


if __name__ == "__main__":
    os.chdir(REPOSITORY)
    sys.exit(main())
