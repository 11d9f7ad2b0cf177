"""MAP@12 of lists that were live, on the purchases since: the models' quality on days that nobody had seen."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys_core.evaluation.baselines import BASELINES
from recsys_core.evaluation.label_window import LabelWindow
from recsys_core.evaluation.metrics.accuracy import average_precision, bootstrap_interval
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.promotion.judging import models_in
from recsys_core.promotion.list_health import ReleaseLists, positions
from recsys_core.promotion.validation import MEASURED, Validation
from recsys_core.release.history import line_of_releases
from recsys_core.release.pointer import ReleaseInfo, cutoff_of, list_releases
from recsys_core.workspace import Workspace

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LiveLists:
    """Lists of a release on the days after it."""

    release: str
    label_start: str
    label_days: int
    customers: int
    """Number of buyers with a list of their own who are measured."""
    map_at_12: float
    interval: tuple[float, float]
    """Its 95 % interval; customers are drawn with replacement."""
    simple_list: str
    """Name of the best simple list on the same customers."""
    simple_map_at_12: float
    below_simple: bool
    """True if the 95 % interval of the difference to that list is below 0."""
    asked: float | None
    """Lower end of the validation's interval, less by what the best simple list lost since; None if it is not known."""

    @property
    def below_validation(self) -> bool:
        return self.asked is not None and self.interval[1] < self.asked

    def falls(self) -> Iterator[str]:
        """The falls of MAP@12, in words."""
        reached = f"MAP@12 of the live lists is {self.map_at_12:.4f} on {self.label_start}+{self.label_days}"
        if self.below_simple:
            yield f"{reached}, that of the simple list {self.simple_list} {self.simple_map_at_12:.4f}"
        if self.below_validation:
            yield f"{reached} (at most {self.interval[1]:.4f}), by the validation at least {self.asked:.4f}"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Measurable:
    """A release whose lists were live before the label days, and what they are measured with."""

    release: ReleaseInfo
    first: dt.date
    days: int

    @property
    def snapshot(self) -> tuple[str, str]:
        """Kind and key of the snapshot that its lists were made from."""
        return f"features/cutoff={cutoff_of(self.release)}", str(self.release.manifest["artifacts"]["snapshot"])

    @cached_property
    def lists(self) -> ReleaseLists:
        return ReleaseLists(self.release)


def measurable_release(workspace: Workspace, models: str, cutoff: dt.date, days: int) -> Measurable | None:
    """The release of these models that was live before the last ``days`` days before the cut-off.

    If none is so old, the oldest that there is, on the days since.
    """
    releases = {release.id: release for release in list_releases(workspace)}
    was_live = [releases[release] for release in line_of_releases(workspace, releases)]
    mine = [release for release in was_live if models_in(release) == models and cutoff_of(release)]
    by_day = sorted((dt.date.fromisoformat(cutoff_of(release)), release.id) for release in mine)
    before = [(day, release) for day, release in by_day if day < cutoff]
    if not before:
        return None
    start = cutoff - dt.timedelta(days=days)
    day, release = max((each for each in before if each[0] <= start), default=before[0])
    first = max(start, day)
    return Measurable(releases[release], first, (cutoff - first).days)


def measure_live_lists(
    which: Measurable, tables: Path, snapshot: Snapshot, validation: Validation | None, least: int, most: int
) -> LiveLists | None:
    """Measure the lists on ``least`` to ``most`` buyers; None if fewer bought."""
    window = LabelWindow.open(tables, snapshot, which.first, which.days)
    at, rows = _with_list(which.lists, snapshot, window.customers)
    if len(at) < least:
        return None
    if len(at) > most:
        drawn = np.sort(np.random.default_rng(0).choice(len(at), most, replace=False))
        at, rows = at[drawn], rows[drawn]
    truth, customers = window.truth.of(at), window.customers[at]
    ours = average_precision(truth, _lists(which.lists, snapshot, rows))
    simple = {name: average_precision(truth, make(snapshot, customers)) for name, make in BASELINES.items()}
    best = max(simple, key=lambda name: float(simple[name].mean()))
    _, difference = bootstrap_interval(ours - simple[best])
    return LiveLists(
        which.release.id,
        which.first.isoformat(),
        which.days,
        len(at),
        float(ours.mean()),
        bootstrap_interval(ours),
        best,
        float(simple[best].mean()),
        difference < 0,
        _asked(validation, float(simple[best].mean())),
    )


def _asked(validation: Validation | None, simple_now: float) -> float | None:
    """The validation's lower end. A week in which simple lists find less too asks for less."""
    if validation is None:
        return None
    simple_then = validation.mean(f"baseline/{validation.simple_list}")
    share = min(1.0, simple_now / simple_then) if simple_then else 1.0
    return bootstrap_interval(validation.series[MEASURED])[0] * share


def _with_list(
    lists: ReleaseLists, snapshot: Snapshot, customers: IntArray
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Positions of the buyers with a list of their own, and the rows of these lists."""
    known = np.flatnonzero(customers < snapshot.n_customers)
    ids = snapshot.customer_ids[customers[known]].astype(str)
    rows = positions(lists.customer_ids, np.char.encode(ids.astype(np.str_), "utf-8"))
    return known[rows >= 0], rows[rows >= 0]


def _lists(lists: ReleaseLists, snapshot: Snapshot, rows: npt.NDArray[np.int64]) -> IntArray:
    """(n, 12) lists in article rows of the snapshot; -1 pads."""
    shown = np.asarray(lists.article_idx[rows, :12])
    article = np.append(snapshot.article_rows(np.char.decode(lists.article_ids, "utf-8")), np.int32(-1))
    return article[shown].astype(np.int32)
