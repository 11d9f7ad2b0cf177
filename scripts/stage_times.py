"""Record of the time that each stage took: of this workspace, and a reference that the repository ships.

``python -m scripts.stage_times`` makes the workspace's record of the demo shop the new reference.
"""

import datetime as dt
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from recsys_core.store.artifacts import write_json
from recsys_core.workspace import Workspace
from scripts.environment import Site
from scripts.forecast import pace
from scripts.stage_plan import PLAN, SERVICES_ALONE, Stage
from scripts.terminal import failed, say

REFERENCE = Path(__file__).with_name("reference_times.json")
KEPT_RUNS = 3
"""Runs that the record keeps of each stage. The longest counts: some compute only a part of what is missing."""

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
SHOPS = TypeAdapter(dict[str, dict[str, list[Seconds]]])
"""By the folder of the shop's files, then by stage: seconds of the last runs that computed, the latest last."""


class Reference(BaseModel):
    """Times of a first run on another machine, of the demo shop."""

    machine: str
    measured: dt.date
    seconds: dict[str, Seconds]


@dataclass
class StageTimes:
    """Expected time of each stage for one shop."""

    file: Path | None = None
    """The workspace's record; None: times are forgotten with the process."""
    shop: str = ""
    reference: Reference | None = None
    problem: str = ""
    """Reason why the record was ignored; empty if it was not."""
    machine_pace: float = 1.0
    """Time of this machine for each second of the reference, by the record as it was opened."""
    _shops: dict[str, dict[str, list[float]]] = field(default_factory=dict)

    @classmethod
    def open(cls, workspace: Workspace, files: Path) -> "StageTimes":
        """The record of a workspace; a missing or damaged one counts as empty."""
        times = cls(record_file(workspace), str(files), Reference.model_validate_json(REFERENCE.read_text()))
        try:
            times._shops = SHOPS.validate_json(record_file(workspace).read_bytes())
        except FileNotFoundError:
            pass
        except (OSError, ValidationError) as error:
            reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
            times.problem = f"{times.file} is ignored and made anew: {reason}"
        times.machine_pace = pace(times._beside_reference())
        return times

    def expected(self, stage: Stage) -> float | None:
        """Seconds that the stage took here, else on the reference machine at our pace; None where nobody knows."""
        if self.is_measured(stage.time_key):
            return max(self._shops[self.shop][stage.time_key])
        seconds = self.reference.seconds.get(stage.time_key) if self.reference else None
        return seconds and seconds * self.machine_pace

    def is_measured(self, stage: str) -> bool:
        """True if the stage of this time key ran in this workspace, for this shop."""
        return bool(self._shops.get(self.shop, {}).get(stage))

    def add(self, stage: str, seconds: float) -> None:
        """Remember how long a stage took that computed.

        Raises
        ------
        OSError
            If the record cannot be written.
        """
        if seconds <= 0:
            return
        runs = self._shops.setdefault(self.shop, {}).setdefault(stage, [])
        runs[:] = [*runs, round(seconds, 1) or 0.1][-KEPT_RUNS:]
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            write_json(self.file, self._shops)

    def _beside_reference(self) -> Iterator[tuple[float, float]]:
        """Seconds here and on the reference machine, of each stage that was measured on both."""
        reference = self.reference.seconds if self.reference else {}
        for stage, seconds in reference.items():
            if self.is_measured(stage):
                yield max(self._shops[self.shop][stage]), seconds


def record_file(workspace: Workspace) -> Path:
    return workspace.root / "stage_times.json"


def new_reference(times: StageTimes, today: dt.date) -> Reference:
    """The record of this machine as a reference.

    A run in an empty workspace never starts the services alone, so that time may be the former reference's at our pace.
    Stages that compute nothing in such a run are left out unless they were measured.

    Raises
    ------
    ValueError
        If a stage was not measured, naming it.
    """
    if missing := [stage.title for stage in PLAN if stage.computes_first and not times.is_measured(stage.time_key)]:
        raise ValueError(f"not measured here: {', '.join(missing)}; run `make demo` in an empty workspace first")
    stages = (stage for stage in PLAN if times.is_measured(stage.time_key))
    expected = {stage.time_key: times.expected(stage) for stage in (*stages, SERVICES_ALONE)}
    seconds = {key: round(value, 1) for key, value in expected.items() if value}
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    return Reference.model_validate({"machine": machine, "measured": today, "seconds": seconds})


def main() -> int:
    workspace = Site.from_env().workspace
    try:
        reference = new_reference(StageTimes.open(workspace, workspace.demo_shop), dt.datetime.now(dt.UTC).date())
    except ValueError as error:
        return failed(str(error))
    write_json(REFERENCE, reference.model_dump(mode="json"))
    say(f"{REFERENCE} holds the times of {record_file(workspace)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
