"""Days pass in a real Airflow: late files, a file twice, bad files, a day without data; then all of them once more.

The shop's files arrive day by day. A second, empty workspace gets all of them at once and makes the days by a backfill.
"""

import csv
import datetime as dt
import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import ViewportSize

from recsys_core.workspace import Workspace
from scripts import airflow_home
from scripts.airflow_api import ACTIVE
from scripts.daily_run import DAG, RunError, RunWatch, States
from scripts.environment import Site
from tests.support.airflow_site import environment, running_services, small_site, watch_of
from tests.support.browser import system_browser

pytestmark = [pytest.mark.full, pytest.mark.services, pytest.mark.spark, pytest.mark.timeout(5400)]
CONSOLE_IMAGES = os.environ.get("CONSOLE_IMAGES")
"""Folder for images of the pages as they open; those of docs/images/console were made so."""
SCREEN: ViewportSize = {"width": 1100, "height": 1000}
DAYS = 5
LATE = 7
"""Purchases of the third day that arrive with the fourth day's."""


@dataclass
class Delivery:
    """Purchases of a shop by day, and the folder that its files arrive in."""

    by_day: dict[str, list[list[str]]]
    columns: list[str]
    folder: Path

    @classmethod
    def of(cls, shop: Path) -> "Delivery":
        """Takes the last days out of the shop's purchases."""
        file = shop / "transactions_train.csv"
        with file.open(newline="") as opened:
            columns, *rows = csv.reader(opened)
        days = sorted({row[0] for row in rows})[-DAYS + 1 :]
        delivery = cls({day: [row for row in rows if row[0] == day] for day in days}, columns, shop)
        delivery.write(file.name, [row for row in rows if row[0] < days[0]])
        return delivery

    def in_cents(self, day: str) -> list[list[str]]:
        """The purchases of a day in another unit than all others."""
        at = self.columns.index("price")
        return [[*row[:at], str(100 * float(row[at])), *row[at + 1 :]] for row in self.by_day[day]]

    def write(self, name: str, rows: list[list[str]]) -> None:
        with (self.folder / name).open("w", newline="") as file:
            csv.writer(file).writerows([self.columns, *rows])


@dataclass
class Days:
    """A workspace in which days pass."""

    site: Site
    watch: RunWatch
    shop: Path

    def pass_day(self, day: str, **conf: Any) -> States:
        return self.watch.run({"data": str(self.shop), **conf}, dt.date.fromisoformat(day))

    def backfill(self, first: str, last: str) -> list[dict[str, Any]]:
        """As the text of the DAG says; the runs, in the order in which they began."""
        until = dt.date.fromisoformat(last) + dt.timedelta(days=1)
        command = ["airflow", "backfill", "create", "--dag-id", DAG, "--from-date", first, "--to-date", str(until)]
        command += ["--reprocess-behavior", "completed"]
        subprocess.run(command, env=environment(self.site), check=True, capture_output=True)
        while active := self.watch.api.runs(states=ACTIVE):
            self.watch.check_services()
            assert len([run for run in active if self._is_under_way(run)]) <= 1
            time.sleep(5)
        runs = [run for run in self.watch.api.runs() if run["run_type"] == "backfill"]
        return sorted(runs, key=lambda run: str(self._states(run)["ingest"]["start_date"]))

    def _is_under_way(self, run: dict[str, Any]) -> bool:
        return self._states(run)["turn"]["state"] == "success"

    def _states(self, run: dict[str, Any]) -> dict[str, dict[str, Any]]:
        return {task["task_id"]: task for task in self.watch.api.tasks(run)}

    def recsys(self, *command: str) -> None:
        subprocess.run(["recsys", *command], env=environment(self.site), check=True, capture_output=True)

    @property
    def live(self) -> dict[str, Any]:
        return dict(json.loads((self.site.workspace.live / "manifest.json").read_text()))

    def lists(self) -> dict[str, str]:
        """Checksum of the last lists by trained models of each day, by the day."""
        root = self.site.workspace.root
        cutoffs = {
            file.parent.name: file.parts[-3].partition("=")[2] for file in root.glob("features/*/*/artifact.json")
        }
        made = sorted(records(root / "lists"), key=lambda record: str(record["created_at"]))
        found = {}
        for record in made:
            scored = json.loads((root / "scored" / record["inputs"]["scored"] / "artifact.json").read_text())
            if "ranker" in scored["inputs"]:
                found[day_before(cutoffs[scored["inputs"]["snapshot"]])] = str(record["content_sha256"])
        return found


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(file.read_text()) for file in folder.glob("[!.]*/artifact.json")]


def day_before(cutoff: str) -> str:
    return str(dt.date.fromisoformat(cutoff) - dt.timedelta(days=1))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop's files, all days included."""
    folder = tmp_path_factory.mktemp("shop") / "shop"
    size = ["--customers", "400", "--articles", "300", "--days", "120", "--no-images", "--out", str(folder)]
    subprocess.run([sys.executable, "-m", "recsys_core.cli", "demo-data", *size], check=True, capture_output=True)
    for undated in ("inventory.csv", "regions.csv"):  # as of a past day they are not looked at
        (folder / undated).unlink()
    return folder


@pytest.fixture(scope="module")
def lived(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    yield from days_in(tmp_path_factory.mktemp("lived"), shop)


@pytest.fixture(scope="module")
def empty(lived: Days, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    """With the files that the other one has by now."""
    yield from days_in(tmp_path_factory.mktemp("empty"), lived.shop)


def days_in(folder: Path, shop: Path) -> Iterator[Days]:
    files = folder / "shop"
    shutil.copytree(shop, files)
    site = small_site(folder)
    site.workspace.point_raw_at(files)
    with running_services(site) as running:
        yield Days(site, watch_of(site, running), files)


@pytest.fixture(scope="module")
def delivery(lived: Days) -> Delivery:
    return Delivery.of(lived.shop)


def test_days_pass(lived: Days, delivery: Delivery) -> None:
    """Training on the first day, then none: each day's lists by counts of the day and models of the first."""
    second, third, fourth, fifth = delivery.by_day
    first = day_before(second)
    assert lived.pass_day(first)["training.validate"] == "success"
    trained_as_of = lived.live["models_as_of"]
    assert trained_as_of == second

    delivery.write(f"transactions_{second}.csv", delivery.by_day[second])
    assert_made_without_training(lived, lived.pass_day(second), second, trained_as_of)

    on_time = delivery.by_day[third][LATE:]
    delivery.write(f"transactions_{third}.csv", on_time)
    assert_made_without_training(lived, lived.pass_day(third), third, trained_as_of)

    delivery.write(f"transactions_{third}_late.csv", delivery.by_day[third][:LATE])
    for copy in ("", "_again"):
        delivery.write(f"transactions_{fourth}{copy}.csv", delivery.by_day[fourth])
    assert_made_without_training(lived, lived.pass_day(fourth), fourth, trained_as_of)
    assert purchases_on(lived.site.workspace, fourth) == len(delivery.by_day[fourth])
    assert purchases_on(lived.site.workspace, third) == len(delivery.by_day[third])

    before = lived.live
    delivery.write(f"transactions_{fifth}.csv", [["never", *row[1:]] for row in delivery.by_day[fifth]])
    with pytest.raises(RunError, match=r"(?s)daily_release\.ingest failed.*rows are bad"):
        lived.pass_day(fifth)
    assert lived.live == before
    delivery.write(f"transactions_{fifth}.csv", delivery.in_cents(fifth))
    with pytest.raises(RunError, match=r"(?s)release\.publish failed.*of the places have a price more than five times"):
        lived.pass_day(fifth)
    assert lived.live == before
    delivery.write(f"transactions_{fifth}.csv", delivery.by_day[fifth])
    assert_made_without_training(lived, lived.pass_day(fifth), fifth, trained_as_of)

    before = lived.live
    quiet = str(dt.date.fromisoformat(fifth) + dt.timedelta(days=1))
    assert lived.pass_day(quiet)["release.publish"] == "success"
    assert lived.live == before


def assert_made_without_training(lived: Days, states: States, day: str, trained_as_of: str) -> None:
    assert states["training.training_due"] == "skipped"
    assert (day_before(lived.live["cutoff"]), lived.live["models_as_of"]) == (day, trained_as_of)


def purchases_on(workspace: Workspace, day: str) -> int:
    record = json.loads((workspace.tables / "artifact.json").read_text())
    return int(record["summary"]["rows_per_day"][day])


def test_a_backfill_in_an_empty_workspace_makes_the_same_lists(lived: Days, empty: Days, delivery: Delivery) -> None:
    """But of the day whose purchases were late, which no longer are: that one is made again in both."""
    second, third, *_, fifth = delivery.by_day
    live = lived.live
    runs = lived.backfill(third, third)
    assert [run["state"] for run in runs] == ["success"]
    assert lived.live == live

    runs = empty.backfill(day_before(second), fifth)

    assert [run["state"] for run in runs] == ["success"] * DAYS
    assert [run["partition_key"] for run in runs] == [day_before(second), *delivery.by_day]
    assert empty.live["models_as_of"] == second
    assert sorted(lived.lists()) == [day_before(second), *delivery.by_day]
    assert empty.lists() == lived.lists()


def test_a_training_on_demand_goes_live_and_a_rollback_takes_it_back(lived: Days, delivery: Delivery) -> None:
    *_, fifth = delivery.by_day
    before = lived.live
    states = lived.pass_day(fifth, train="always")
    assert states["release.publish"] == states["release_of_new_models.publish"] == "success"
    trained = lived.live
    assert trained["models_as_of"] == trained["cutoff"] == before["cutoff"]

    lived.recsys("release", "rollback", "--why", "odd lists")

    assert lived.live == before
    lived.pass_day(fifth)
    assert lived.live == before


def test_a_challenger_that_the_gate_refuses_changes_nothing(lived: Days, delivery: Delivery) -> None:
    *_, fifth = delivery.by_day
    before, root = lived.live, lived.site.workspace.root
    (root / "promotion.yaml").write_text("models: {simple_lists: 50, champion: 50}\n")
    config = (root / "config.toml").read_text()
    (root / "config.toml").write_text(config.replace("epochs = 8", "epochs = 1"))
    with pytest.raises(RunError, match=r"(?s)training\.validate failed.*the models are trained but will not serve"):
        lived.pass_day(fifth, train="always")
    assert lived.live == before


@pytest.mark.browser
def test_the_console_tells_what_happened(lived: Days, delivery: Delivery) -> None:
    """In the order of these tests: late purchases, a bad file, the guard's stop, a rollback, a refused challenger."""
    second, *_, fifth = delivery.by_day
    said = console_pages(lived)
    assert "odd lists" in said["releases"]
    assert "have a price more than five times" in said["now"] + said["releases"]
    assert f"transactions_{fifth}.csv" in said["data"]
    assert lived.live["id"] in said["now"]
    assert lived.live["id"] in said["lists"]
    assert second in said["quality"]


def console_pages(lived: Days) -> dict[str, str]:
    """Text of each page as Chromium shows it; their images are kept in ``CONSOLE_IMAGES``."""
    api, site, said = lived.watch.api, lived.site, {}
    user = {"username": airflow_home.ADMIN, "password": airflow_home.admin_password(site)}
    token = api.http.post("/auth/token", json=user).raise_for_status().json()["access_token"]
    address = str(api.http.base_url)
    with system_browser() as browser, browser.new_context(viewport=SCREEN) as context:
        context.add_cookies([{"name": "_token", "value": token, "url": address}])
        page = context.new_page()
        for name in ("now", "releases", "diff", "data", "lists", "quality"):
            page.goto(f"{address}/recsys/{name}")
            said[name] = page.inner_text("main")
            if CONSOLE_IMAGES:
                image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
                image.save(Path(CONSOLE_IMAGES) / f"{name}.webp", quality=78, method=6)
    return said
