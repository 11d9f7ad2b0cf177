"""A reader of the guides in a test: a checkout, the shops whose files they name, and the services that run for them."""

import datetime as dt
import json
import os
import shutil
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from recsys_core.release.pointer import live_id
from recsys_core.workspace import Workspace
from scripts.airflow_api import AirflowApi
from scripts.airflow_home import ADMIN
from scripts.daily_run import DAG, RunWatch
from scripts.environment import REPOSITORY, Site
from scripts.ports import Ports, free_port
from tests.small_run import SMALL
from tests.support import unusual_shops
from tests.support.airflow_site import running_services, watch_of
from tests.support.canaries import webhook
from tests.support.guide_commands import Checkout, Done
from tests.support.object_server import object_server

LAST_DAY: Final = dt.date(2020, 9, 22)
"""Last day of the made-up shop, as of H&M's data, so that the guides' dates are right as they stand."""
SMALL_SHOP: Final = "--customers 400 --articles 300 --days 400"
APPROVAL: Final = "release_of_new_models.approval"
SHOP_PORT: Final = free_port()
GUNICORN: Final = "DEMO_LOGINS=1 gunicorn --config django_site/gunicorn.conf.py config.wsgi --bind 127.0.0.1"


@dataclass
class Reader:
    """A checkout, and what runs for the guide that is followed."""

    checkout: Checkout
    guide: str = ""
    env: dict[str, str] = field(default_factory=dict)
    services: ExitStack = field(default_factory=ExitStack)
    lineage: list[dict[str, Any]] = field(default_factory=list)
    lineage_address: str = ""
    mlflow: str = ""
    store: Mapping[str, str] = field(default_factory=dict)
    watch: RunWatch | None = None
    asked: dict[str, Any] = field(default_factory=dict)

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.checkout.folder / self.env.get("RECSYS_WORKSPACE", "var"))

    @property
    def shop(self) -> str:
        return f"http://127.0.0.1:{SHOP_PORT}"

    @property
    def live(self) -> str:
        """Id of the live release."""
        return live_id(self.workspace) or ""

    @property
    def events(self) -> Path:
        return self.checkout.folder.parent / "events.jsonl"

    def api(self) -> AirflowApi:
        assert self.watch is not None
        return self.watch.api

    def follow(self, guide: str, needs: "Mapping[str, Needs]") -> None:
        """End what ran for the guide before, and start what this one needs."""
        if self.guide == guide:
            return
        self.services.close()
        self.guide, self.env, self.store = guide, {}, {}
        if guide in needs:
            self.services.enter_context(needs[guide](self))

    def run(self, command: str, exports: tuple[str, ...], answers: "Answers | None", look: "Look | None") -> Done:
        """Run a command, or a server until it ``answers``, and ``look`` at what it did."""
        if answers is None:
            done = self.checkout.run(command, exports, self.env)
            if look:
                look(self, done)
            return done
        with self.checkout.serving(command, lambda: answers(self), self.env):
            done = Done(command, "", "")
            if look:
                look(self, done)
        return done

    def state_of(self, task: str) -> str | None:
        """State of a task of the run that asked a person; none may have failed."""
        states = {each["task_id"]: each["state"] for each in self.api().tasks(self.asked)}
        assert "failed" not in states.values(), states
        return states.get(task)


Needs = Callable[[Reader], AbstractContextManager[None]]
Answers = Callable[[Reader], bool]
Look = Callable[[Reader, Done], None]


@contextmanager
def new_reader(folder: Path) -> Iterator[Reader]:
    """After two days of a small shop, whose releases were live one after the other."""
    config = folder / "small.toml"
    config.write_text(SMALL)
    checkout = Checkout.make(folder, RECSYS_CONFIG=str(config))
    write_online_retail(checkout.home / "online-retail")
    write_small_configurations(checkout.folder / "small" / "configs")
    (checkout.folder / "my" / "configs").mkdir(parents=True, exist_ok=True)
    shutil.copy(checkout.folder / "small" / "configs" / "design_b.toml", checkout.folder / "my" / "configs")
    (checkout.folder / "strict.toml").write_text('[rules]\npurchased = "exclude"\npurchased_within_days = 30\n')
    checkout.run(f"recsys demo-data {SMALL_SHOP} --out ~/hm")
    checkout.run(f"recsys run --data ~/hm --cutoff {LAST_DAY}")
    checkout.run("recsys run")
    reader = Reader(checkout)
    with reader.services:
        yield reader


def write_online_retail(folder: Path) -> None:
    """Eleven weeks until the last day of that data set, as its file has them."""
    folder.mkdir(exist_ok=True)
    days = unusual_shops.days_from(dt.date(2011, 9, 23), 78)
    bought = unusual_shops.purchases(days, [str(17000 + i) for i in range(40)], 24, 40)
    header = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
    lines = [
        (536000 + i, 22000 + n, f"LANTERN {n}", 1, f"{day.month}/{day.day}/{day.year} 8:26", 2.5, customer, "France")
        for i, (day, customer, n) in enumerate(bought)
    ]
    unusual_shops.write(folder / "online_retail.csv", [header, *lines])


def write_small_configurations(folder: Path) -> None:
    """Two of those that ship, with the small sizes."""
    folder.mkdir(parents=True, exist_ok=True)
    small = tomllib.loads(SMALL)
    for file in (REPOSITORY / "mlflow" / "configs").glob("design_?.toml"):
        found = tomllib.loads(file.read_text())
        merged = small | found | {name: small[name] | found[name] for name in small.keys() & found.keys()}
        if merged.get("ranker", "blend") != "blend":
            merged["lists"] = {name: one for name, one in merged["lists"].items() if name != "second_ranker"}
        (folder / file.name).write_text(toml(merged))


def toml(tables: dict[str, Any]) -> str:
    """Tables of numbers, texts and lists, after what stands in no table."""
    values = {name: value for name, value in tables.items() if not isinstance(value, dict)}
    text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
    for name, table in tables.items():
        if isinstance(table, dict):
            text += f"[{name}]\n" + toml(table)
    return text


@contextmanager
def another_shop(reader: Reader) -> Iterator[None]:
    """Order lines as WooCommerce exports them in German, and a workspace of their own."""
    shop = reader.checkout.home / "shop"
    shutil.rmtree(shop, ignore_errors=True)
    shop.mkdir()
    unusual_shops.german(shop)
    reader.env = {"RECSYS_WORKSPACE": "var/any-shop"}
    yield


@contextmanager
def airflow(reader: Reader) -> Iterator[None]:
    """Milvus, MLflow and an Airflow in which a person approves new models."""
    site = Site(reader.workspace, Ports(*(free_port() for _ in range(4))))
    settings = {"RECSYS_APPROVAL_HOURS": "20", "RECSYS_CONFIG": reader.checkout.env["RECSYS_CONFIG"]}
    with running_services(site, **settings) as running:
        reader.watch = watch_of(site, running)
        reader.env = {name: value for name, value in running.env.items() if os.environ.get(name) != value}
        yield
    reader.watch = None


GUIDE_NEEDS = {"any-shop.md": another_shop, "operations.md": airflow}


def lineage_server(reader: Reader) -> None:
    address, reader.lineage = reader.services.enter_context(webhook())
    reader.lineage_address = f"http://{address}"


def mlflow_with_logins(reader: Reader) -> None:
    from tests.support.mlflow_server import mlflow_server

    folder = reader.checkout.folder.parent / "mlflow"
    folder.mkdir()
    running = reader.services.enter_context(mlflow_server(folder, f"sqlite:///{folder / 'mlflow.db'}"))
    reader.mlflow = running.url


def release_store(reader: Reader) -> None:
    if not reader.store:
        reader.store = reader.services.enter_context(object_server()).environment
    reader.env |= reader.store


def release_store_of_a_pod(reader: Reader) -> None:
    release_store(reader)
    reader.env["RECSYS_WORKSPACE"] = "var/pod"


def models_to_approve(reader: Reader) -> None:
    """A run that waits for a person, and the variables of the guide's command."""
    api = reader.api()
    run = api.trigger(DAG, {"train": "always"})
    reader.asked = {"dag_id": DAG, **run}
    until(lambda: reader.state_of(APPROVAL) == "awaiting_input", "the run asks a person", 1800)
    assert api.password is not None
    login = {"username": ADMIN, "password": api.password()}
    token = api.http.post("/auth/token", json=login).json()["access_token"]
    reader.env |= {"TOKEN": token, "AIRFLOW": str(api.http.base_url).rstrip("/"), "RUN": run["dag_run_id"]}


def until(holds: Callable[[], bool], what: str, seconds: float = 600) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(1)


def running_shop(reader: Reader) -> None:
    reader.services.enter_context(reader.checkout.serving(f"{GUNICORN}:{SHOP_PORT}", lambda: shop_answers(reader), {}))


def fetched(reader: Reader) -> bool:
    return reader.workspace.live.exists()


def shop_answers(reader: Reader) -> bool:
    try:
        return httpx.get(f"{reader.shop}/readyz", trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


BEFORE = {
    'export AIRFLOW__OPENLINEAGE__TRANSPORT=\'{"type": "http"': lineage_server,
    "curl --user admin": mlflow_with_logins,
    "curl -X PATCH": models_to_approve,
    'make screenshots ARGS="--base-url': running_shop,
    "recsys release upload": release_store,
    "recsys release fetch": release_store_of_a_pod,
}
"""By the beginning of a command, what has to be there before it."""
SERVERS: Final = {f"{GUNICORN}:8000": shop_answers, "recsys release fetch": fetched}
"""Commands that do not end by themselves, and how one sees that they work."""
