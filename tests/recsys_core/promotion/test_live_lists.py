"""Lists that were live, measured on purchases since; all by hand."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recsys_core.contracts.release import MANIFEST
from recsys_core.features.snapshot import Snapshot
from recsys_core.promotion.live_lists import LiveLists, Measurable, measurable_release, measure_live_lists
from recsys_core.promotion.validation import Validation
from recsys_core.release import history
from recsys_core.store.artifacts import write_json
from recsys_core.testing.snapshot_fixture import CUTOFF, FixtureShop, Purchase
from recsys_core.workspace import Workspace
from tests.support.lists_alone import Lists
from tests.support.validations import of_series

BEST_SELLERS = [Purchase("cleo", article, 2) for article in ("hat", "coat")]
BOUGHT = [Purchase(customer, "scarf", -1) for customer in ("anna", "bert")]
"""In the label days, the days after the cut-off."""
DEPARTMENTS = dict.fromkeys(("coat", "hat", "scarf", "sock"), "one")
OLD_CUSTOMERS = [Purchase(customer, "hat", 9) for customer in ("anna", "bert")]


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    others = [Purchase("cleo", "sock", day) for day in range(3, 9)]
    shop = FixtureShop([*others, *BOUGHT], {name: {} for name in DEPARTMENTS})
    return shop.plan(tmp_path / "shop").tables.path


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    return FixtureShop([*OLD_CUSTOMERS, *BEST_SELLERS], {name: {} for name in DEPARTMENTS}).snapshot(tmp_path)


def measured(
    folder: Path, tables: Path, snapshot: Snapshot, lists: dict[str, list[str]], validation: Validation | None = None
) -> LiveLists | None:
    release = Lists(lists, DEPARTMENTS).write(folder / "release")
    which = Measurable(replace(release, manifest={"cutoff": str(CUTOFF)}), CUTOFF, 2)
    return measure_live_lists(which, tables, snapshot, validation, least=1, most=10)


def test_lists_with_what_was_bought_then_are_well(tmp_path: Path, tables: Path, snapshot: Snapshot) -> None:
    """Anna's list has the scarf first, bert's second; of simple lists, it is nowhere before place three."""
    lists = {"anna": ["scarf", "hat"], "bert": ["sock", "scarf"], "zoe": ["hat"]}
    found = measured(tmp_path, tables, snapshot, lists)
    assert found is not None
    assert (found.customers, found.map_at_12) == (2, 0.75)
    assert found.simple_map_at_12 <= 1 / 3
    assert not found.below_simple
    assert list(found.falls()) == []


def test_lists_that_are_worse_than_simple_ones_are_a_fall(tmp_path: Path, tables: Path, snapshot: Snapshot) -> None:
    found = measured(tmp_path, tables, snapshot, {"anna": ["sock"], "bert": ["sock"]})
    assert found is not None
    assert (found.map_at_12, found.below_simple) == (0.0, True)
    assert list(found.falls()) == [
        f"MAP@12 of the live lists is 0.0000 on {CUTOFF}+2, that of the simple list {found.simple_list} "
        f"{found.simple_map_at_12:.4f}"
    ]


@pytest.mark.parametrize(("simple_then", "asked"), [(0.1, 0.9), (2 / 3, 0.9 / 2)])
def test_a_week_that_is_harder_for_simple_lists_asks_for_less(
    simple_then: float, asked: float, tmp_path: Path, tables: Path, snapshot: Snapshot
) -> None:
    """The simple list finds the scarf at place three: 1/3. The lists reach 0.5."""
    series = {"measured": np.full(9, 0.9), "baseline/popular": np.full(9, simple_then)}
    lists = {"anna": ["sock", "scarf"], "bert": ["sock", "scarf"]}
    found = measured(tmp_path, tables, snapshot, lists, of_series(series))
    assert found is not None
    assert found.simple_map_at_12 == pytest.approx(1 / 3)
    assert found.asked == pytest.approx(asked)
    assert found.below_validation == (asked > 0.5)


def test_too_few_buyers_say_nothing(tmp_path: Path, tables: Path, snapshot: Snapshot) -> None:
    release = Lists({"anna": ["scarf"]}, DEPARTMENTS).write(tmp_path / "release")
    which = Measurable(replace(release, manifest={"cutoff": str(CUTOFF)}), CUTOFF, 2)
    assert measure_live_lists(which, tables, snapshot, None, least=2, most=10) is None


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Releases of two models; the one of the 12th never went live, the one of the 16th was rolled back."""
    workspace = Workspace(tmp_path / "workspace")
    for day, models, live in ((10, "m", True), (12, "m", False), (14, "m", True), (15, "other", True), (16, "m", True)):
        folder = workspace.releases / f"r{day}"
        folder.mkdir(parents=True)
        cutoff = f"2020-09-{day}"
        artifacts = {"models": models, "snapshot": "s"}
        write_json(
            folder / MANIFEST, {"id": folder.name, "cutoff": cutoff, "created_at": cutoff, "artifacts": artifacts}
        )
        if live:
            history.note(workspace, history.PUBLISH, folder.name)
    history.note(workspace, history.ROLLBACK, "r15")
    return workspace


@pytest.mark.parametrize(
    ("today", "release", "first", "days"),
    [
        (22, "r14", 15, 7),  # the latest before the last seven days
        (20, "r10", 13, 7),
        (13, "r10", 10, 3),  # none is seven days old
    ],
)
def test_the_release_of_before_the_label_days(
    workspace: Workspace, today: int, release: str, first: int, days: int
) -> None:
    found = measurable_release(workspace, "m", dt.date(2020, 9, today), 7)
    assert found is not None
    assert (found.release.id, found.first, found.days) == (release, dt.date(2020, 9, first), days)
    assert found.snapshot == (f"features/cutoff=2020-09-{release[1:]}", "s")


def test_lists_of_other_models_say_nothing_of_these(workspace: Workspace) -> None:
    assert measurable_release(workspace, "unknown", dt.date(2020, 9, 22), 7) is None
    assert measurable_release(workspace, "m", dt.date(2020, 9, 10), 7) is None
