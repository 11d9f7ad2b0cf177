"""Faults of the platform in words, each with its remedy."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from recsys_airflow.console.access import INGEST_DAG
from recsys_airflow.console.schedule import Schedule
from recsys_airflow.console.state import State, collections_of, in_words
from recsys_core.release.pointer import ReleaseInfo, cutoff_of

RECENT: Final = dt.timedelta(days=3)
"""Age up to which an alert is shown."""
OLD: Final = dt.timedelta(hours=36)
"""Age from which a release is old: a day, and half a day for a run that is late."""
FORCE: Final = "mend the files and run the day again, or publish it under Releases and overrule the gate"


@dataclass(frozen=True)
class Trouble:
    """Something that is wrong."""

    text: str
    remedy: str
    at: str = ""


def troubles(state: State, schedule: Schedule, now: dt.datetime) -> list[Trouble]:
    """Everything that is wrong, what stops the shop's lists first."""
    return [*_of_schedule(schedule), *_of_live(state, now), *_of_decisions(state), *_of_alerts(state, now)]


def _of_schedule(schedule: Schedule) -> Iterator[Trouble]:
    if not schedule.is_known:
        yield Trouble(f"Airflow does not know {INGEST_DAG}", "look at the import errors of its DAGs")
    elif schedule.is_paused:
        yield Trouble(f"{INGEST_DAG} is paused, no run will begin", "switch it on in Airflow's list of DAGs")
    if schedule.last_state == "failed":
        yield Trouble(
            f"the last run failed: {schedule.last_run}", "open it in Airflow, mend what its log says, clear it"
        )


def _of_live(state: State, now: dt.datetime) -> Iterator[Trouble]:
    live, age = state.live, state.age(now)
    if live is None or age is None:
        yield Trouble("no release is live: the shop has no lists", f"trigger {INGEST_DAG}")
        return
    if age > OLD:
        text = f"the live release was made {in_words(age)} ago"
        yield Trouble(text, f"look at the last runs of {INGEST_DAG}; without new data it makes no new release")
    if state.is_first_release:
        yield Trouble("the live release is a first one: nothing was trained for it", "wait for the trained release")
    yield from _missing(live)
    for held in state.held:
        lift = "recsys release lift --why ..."
        yield Trouble(f"{held.release} is on hold, {held}", f"`{lift}` ends the hold, so does a newer release")


def _missing(live: ReleaseInfo) -> Iterator[Trouble]:
    if not collections_of(live.manifest):
        yield Trouble(
            "the live release has no Milvus collection", "search by similarity is off: see the log of `index`"
        )
    lost = [name for name in live.manifest.get("content", {}) if not (live.path / name).is_file()]
    if lost:
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        yield Trouble(f"the live release lacks {lost[0]}{more}", "roll back, then run the day again")


def _of_decisions(state: State) -> Iterator[Trouble]:
    """The latest decision, if it kept a release off the shop that is newer than the live one."""
    last = next(iter(state.decisions), None)
    if last is None or last.live or (state.live and last.cutoff < cutoff_of(state.live)):
        return
    said = {"stopped": "the guard stopped", "held": "a hold keeps off"}.get(last.verdict, "the gate refused")
    yield Trouble(f"{said} {last.release}: {'; '.join(last.reasons)}", FORCE, last.at.isoformat())


def _of_alerts(state: State, now: dt.datetime) -> Iterator[Trouble]:
    for alert in state.alerts:
        if now - alert.at <= RECENT:
            yield Trouble(alert.text, f"see {alert.where}", alert.at.isoformat())
