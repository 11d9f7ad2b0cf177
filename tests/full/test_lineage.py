"""Events of OpenLineage of a real run: they lead from the shop's raw files to the live release."""

import csv
import json
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from scripts.environment import Site
from tests.support.airflow_site import environment, running_services, small_site, watch_of
from tests.support.drawn_images import draw_images

pytestmark = [pytest.mark.full, pytest.mark.services, pytest.mark.spark, pytest.mark.timeout(3600)]
Event = dict[str, Any]
Versions = set[tuple[str, str]]


@dataclass
class Told:
    """A workspace after a day, and the events of its tasks that ended well, by task."""

    site: Site
    text: str
    completed: dict[str, Event]

    @property
    def live(self) -> dict[str, Any]:
        return dict(json.loads((self.site.workspace.live / "manifest.json").read_text()))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """One day of a tiny shop with images, from its files to a release by trained models."""
    folder = tmp_path_factory.mktemp("lineage")
    site, events = small_site(folder), folder / "events.jsonl"
    transport = {"type": "file", "log_file_path": str(events), "append": True}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__OPENLINEAGE__TRANSPORT", json.dumps(transport))
        patch.setenv("RECSYS_LINEAGE_NAMESPACE", "shop")
        size = ["--customers", "400", "--articles", "300", "--days", "120", "--no-images"]
        subprocess.run(["recsys", "demo-data", *size], env=environment(site), check=True, capture_output=True)
        draw_images(site.workspace.demo_shop)
        with running_services(site) as running:
            watch_of(site, running).run({"data": str(site.workspace.demo_shop)})
    text = events.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    ended = [line for line in lines if line["eventType"] == "COMPLETE" and "." in line["job"]["name"]]
    return Told(site, text, {event["job"]["name"].partition(".")[2]: event for event in ended})


def versions(dataset: dict[str, Any], part: str) -> Versions:
    """Name and version of a dataset, of all versions that the event names."""
    subset = dataset[f"{part}Facets"].get("subset", {}).get(f"{part}Condition", {"partitions": []})
    named = [dataset["facets"]["version"]["datasetVersion"], *(each["identifier"] for each in subset["partitions"])]
    return {(dataset["name"], version) for version in named}


def inputs(event: Event) -> Versions:
    return {each for dataset in event["inputs"] for each in versions(dataset, "input")}


def outputs(event: Event) -> Versions:
    return {each for dataset in event["outputs"] for each in versions(dataset, "output")}


def sources(events: list[Event], wanted: Versions) -> Versions:
    """Everything that these versions were made from, by one event after the other."""
    found: Versions = set()
    waiting = set(wanted)
    while waiting:
        found |= waiting
        made_by = [event for event in events if outputs(event) & waiting]
        waiting = {each for event in made_by for each in inputs(event)} - found
    return found


def test_the_live_release_leads_back_to_the_raw_files(told: Told) -> None:
    live = ("releases/live", told.live["id"])
    names = {name for name, _ in sources(list(told.completed.values()), {live})}
    assert names >= {"raw/articles", "raw/customers", "raw/transactions", "raw/images"}
    assert names >= {"tables", "features", "image_encoders", "image_embeddings"}
    assert names >= {"retrievers/two_tower", "retrievers/popular", "retrievers/similar_images", "rankers/blend"}
    assert names >= {"models", "validations", "scored", "lists", "catalogue", "index/articles", "index/images"}


def test_every_version_that_a_task_read_is_one_that_a_task_made(told: Told) -> None:
    events = told.completed.values()
    read = {each for event in events for each in inputs(event) if not each[0].startswith("raw/")}
    assert read <= {each for event in events for each in outputs(event)}


def test_each_task_of_the_path_tells_what_it_made(told: Told) -> None:
    made = {task: {name for name, _ in outputs(event)} for task, event in told.completed.items()}
    assert made["ingest"] == {"tables"}
    assert made["snapshot"] == made["training.features"] == {"features"}
    assert made["images.embed_images"] == {"image_embeddings"}
    assert made["training.train_ranker"] == {"examples", "rankers/dnn", "rankers/lightgbm", "rankers/blend"}
    assert made["release_of_new_models.score"] == {"scored"}
    assert made["release_of_new_models.index"] == {"index/articles", "index/images"}
    assert made["release_of_new_models.publish"] == {"releases", "releases/live"}
    assert made["open_day"] == set()


def test_the_events_count_rows_and_name_columns_but_hold_no_customer(told: Told) -> None:
    shop = told.site.workspace.demo_shop
    with (shop / "transactions_train.csv").open(newline="") as file:
        purchases = list(csv.DictReader(file))
    (tables,) = told.completed["ingest"]["outputs"]
    assert tables["namespace"] == "shop"
    assert tables["outputFacets"]["outputStatistics"]["rowCount"] == len(purchases)
    columns = {each["name"]: each["fields"] for each in tables["facets"]["schema"]["fields"]}
    assert {"name": "price", "type": "double"} in [
        {"name": c["name"], "type": c["type"]} for c in columns["transactions"]
    ]
    assert not [row["customer_id"] for row in purchases if row["customer_id"] in told.text]


def test_no_task_had_trouble_with_its_events(told: Told) -> None:
    logs = [file.read_text() for file in (told.site.airflow / "logs").rglob("*.log") if file.is_file()]
    lines = [json.loads(line) for log in logs for line in log.splitlines() if line.startswith("{")]
    lineage = [line for line in lines if "openlineage" in json.dumps(line).lower()]
    assert [line for line in lineage if line.get("level") in ("warning", "error", "critical")] == []
