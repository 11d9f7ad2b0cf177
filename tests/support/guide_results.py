"""Checks of the commands of the guides: each function looks at what its command said and wrote."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx

from recsys_core.store.json_lines import read_lines
from recsys_core.workspace import Workspace
from scripts.daily_run import DAG
from tests.support.guide_commands import Done
from tests.support.guide_reader import Reader, until

PIPELINE: Final = ("pipeline", "chosen-by-the-administrator")
"""Login of MLflow that the guide makes."""
SHIPPED_MAPPINGS = 10


def report(done: Done) -> dict[str, Any]:
    """The JSON object of the last line, as docs/guides/models.md says."""
    found: dict[str, Any] = json.loads(done.out.splitlines()[-1])
    return found


def summary(done: Done) -> dict[str, Any]:
    return dict(report(done)["summary"])


def is_released(reader: Reader, done: Done) -> None:
    found = summary(done)
    release = found["live"] if "live" in found else found["release"]  # live: there was one, so no first one is made
    assert (reader.workspace.releases / release / "manifest.json").exists()


def is_measured(reader: Reader, done: Done) -> None:
    found, ages = report(done), [int(age) for age in re.findall(r"--models-age (\d+)", done.command)]
    if len(ages) > 1:
        assert [row["models_age"] for row in found["rows"]] == ages
        assert all(0 <= row["map_at_12"] <= 1 for row in found["rows"])
        return
    assert 0 <= found["map_at_12"] <= 1
    assert set(found["baselines"]) >= {"popular", "repurchase_popular"}
    folds = re.search(r"--folds (\d+)", done.command)
    starts = done.command.count("--label-start")
    measured = len(found["folds"]["each"]) if "folds" in found else 1
    assert measured == (int(folds[1]) if folds else starts)


def is_compared(reader: Reader, done: Done) -> None:
    folder = re.findall(r"--configs (\S+)", done.command)[-1]
    files = (reader.checkout.folder / folder).glob("*.toml")
    assert {file.stem for file in files} == set(summary(done)["configurations"])


def gives_a_reason(reader: Reader, done: Done) -> None:
    found = summary(done)
    assert isinstance(found["due"], bool)
    assert found["reason"]


def is_rolled_back(reader: Reader, done: Done) -> None:
    assert reader.live == summary(done)["release"]
    assert "odd lists" in reader.checkout.run("recsys release list", env=reader.env).out


def is_lifted(reader: Reader, done: Done) -> None:
    assert summary(done)["lifted"]


def lists_releases(reader: Reader, done: Done) -> None:
    assert reader.live in done.out
    assert "live" in done.out


def is_live_by_force(reader: Reader, done: Done) -> None:
    found = summary(done)
    if "--force" in done.command:
        assert found["release"] == reader.live
    assert found["verdict"]


def is_a_submission(reader: Reader, done: Done) -> None:
    header, *rows = (reader.checkout.folder / "submission.csv").read_text().splitlines()
    assert header == "customer_id,prediction"
    assert len(rows) == summary(done)["customers"] > 0


def is_listed_alone(reader: Reader, done: Done) -> None:
    assert summary(done)["dry_run"] is True


def has_shop_files(reader: Reader, done: Done) -> None:
    files = {path.name for path in (reader.checkout.home / "shop").iterdir()}
    assert files >= {"articles.csv", "customers.csv", "transactions_train.csv"}


def is_a_checkout(reader: Reader, done: Done) -> None:
    assert "\ndemo: " in (reader.checkout.folder / "recsys" / "Makefile").read_text()


def has_a_mapping(reader: Reader, done: Done) -> None:
    assert "[transactions" in (reader.checkout.folder / "shop.toml").read_text()


def names_shipped_mappings(reader: Reader, done: Done) -> None:
    assert len(done.out.splitlines()) == SHIPPED_MAPPINGS


def has_a_report(reader: Reader, done: Done) -> None:
    assert "stage" in report(done)


def has_measured_the_encoder(reader: Reader, done: Done) -> None:
    found = report(done)
    assert 0 <= found["altered_in_top10"] <= 1
    assert {path.name for path in Path(found["report"]).iterdir()} >= {"neighbours.png", "altered.png"}


def has_a_study(reader: Reader, done: Done) -> None:
    ranker = done.command.partition("--ranker ")[2].split()[0]
    (study,) = (reader.workspace.root / "tuning").glob(f"{ranker}-*")
    assert {path.name for path in study.iterdir()} >= {"study.db", "best.toml", "history.png", "trials.csv"}


def has_a_drift_report(reader: Reader, done: Done) -> None:
    assert (reader.workspace.root / summary(done)["artifact"] / "drift.html").exists()


def names_tables_and_cutoff(reader: Reader, done: Done) -> None:
    assert summary(done)["cutoff"] == "2020-09-21"


def says_what_the_guard_would_stop(reader: Reader, done: Done) -> None:
    assert summary(done)["stops"] == []


def is_in_the_store(reader: Reader, done: Done) -> None:
    assert summary(done)["release"] == reader.live


def has_fetched(reader: Reader, done: Done) -> None:
    assert reader.live in {folder.name for folder in Workspace(reader.checkout.workspace).releases.iterdir()}


def says_how_rows_are_read(reader: Reader, done: Done) -> None:
    assert "accepted" in done.out


def shows_the_release(reader: Reader, done: Done) -> None:
    page = httpx.get(reader.shop, trust_env=False)
    assert page.headers["x-release-id"] == reader.live


def has_logins(reader: Reader, done: Done) -> None:
    assert json.loads((reader.workspace.root / "web" / "demo-logins.json").read_text())


def has_an_image_of(page: str) -> Callable[[Reader, Done], None]:
    def check(reader: Reader, done: Done) -> None:
        (folder,) = (reader.checkout.folder / "images").glob(f"*{page}*")
        assert list(folder.glob("*.webp"))

    return check


def is_the_pools_size(reader: Reader, done: Done) -> None:
    assert reader.api().get("pools/recsys_heavy")["slots"] == 1


def ran_again(reader: Reader, done: Done) -> None:
    def ended() -> bool:
        runs = [run for run in reader.api().get(f"dags/{DAG}/dagRuns")["dag_runs"] if run["run_type"] == "backfill"]
        assert len(runs) == 1
        assert runs[0]["state"] != "failed"
        return bool(runs[0]["state"] == "success")

    until(ended, "the backfill's run succeeds", 1800)


def is_approved(reader: Reader, done: Done) -> None:
    until(lambda: reader.state_of("release_of_new_models.publish") == "success", "publish succeeds", 900)
    assert [*read_lines(reader.workspace.approvals)][-1]["why"] == "better in every segment"


def is_a_login(reader: Reader, done: Done) -> None:
    answer = httpx.get(
        f"{reader.mlflow}/api/2.0/mlflow/experiments/search?max_results=1", auth=PIPELINE, trust_env=False
    )
    assert answer.status_code == httpx.codes.OK


AFTER: dict[str, Callable[[Reader, Done], None]] = {
    "git clone": is_a_checkout,
    "recsys run": is_released,
    "recsys first-release": is_released,
    "recsys training-due": gives_a_reason,
    "recsys evaluate": is_measured,
    "recsys compare": is_compared,
    "recsys promote": is_live_by_force,
    "recsys submission": is_a_submission,
    "recsys clean": is_listed_alone,
    "recsys demo-data": has_shop_files,
    "recsys images-report": has_measured_the_encoder,
    "recsys tune": has_a_study,
    "recsys drift": has_a_drift_report,
    "recsys open-day": names_tables_and_cutoff,
    "recsys mapping new": has_a_mapping,
    "recsys mapping list": names_shipped_mappings,
    "recsys mapping check": says_how_rows_are_read,
    "recsys release rollback": is_rolled_back,
    "recsys release lift": is_lifted,
    "recsys release list": lists_releases,
    "recsys release health": says_what_the_guard_would_stop,
    "recsys release upload": is_in_the_store,
    "recsys release fetch": has_fetched,
    "recsys": has_a_report,
    "python django_site/manage.py seed_demo_customers": has_logins,
    "DEMO_LOGINS=1 gunicorn": shows_the_release,
    "make screenshots ARGS=": has_an_image_of("product"),
    "make screenshots": has_an_image_of("guest"),
    "airflow pools set": is_the_pools_size,
    "airflow backfill create": ran_again,
    "curl -X PATCH": is_approved,
    "curl --user admin": is_a_login,
}
"""By the beginning of a command, what the guide says that it does; the first that fits."""


def lineage_is_sent(reader: Reader, exports: tuple[str, ...]) -> None:
    """A task of Airflow in the same shell tells its events, in the namespace that the block names."""
    reader.checkout.run("airflow dags test clean_up", exports, reader.env)
    events = reader.lineage or [json.loads(line) for line in reader.events.read_text().splitlines()]
    named = re.search(r"OPENLINEAGE__NAMESPACE=(\S+)", " ".join(exports))
    jobs = {(event["job"]["namespace"], event["job"]["name"]) for event in events if "job" in event}
    assert (named[1] if named else "default", "clean_up.clean") in jobs
    reader.lineage.clear()


AFTER_BLOCK: Final = {"export AIRFLOW__OPENLINEAGE__TRANSPORT": lineage_is_sent}
"""By the beginning of a block's first command, what its variables do."""
