"""Progress over the stages of a run, with a clock that the tests move by hand."""

import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.workspace import Workspace
from scripts.daily_run import RunWatch
from scripts.environment import Site
from scripts.progress import Progress
from scripts.stage_plan import DAG, FIRST_RELEASE, FIRST_SNAPSHOT, Stage
from scripts.stage_times import StageTimes, record_file

PLAN = (
    Stage("shop", "demo shop"),
    Stage("ingest", "ingest", ("shop",), ("tables/*",)),
    Stage("images", "images", ("ingest",), ("images/*",)),
    Stage("score", "score", ("images",), ("scored/*",)),
    Stage("catalogue", "catalogue", ("images",), ("catalogue/*",)),
    Stage("publish", "publish", ("score", "catalogue"), ("releases/*",)),
)
TIMES = {"shop": 60, "ingest": 40, "images": 240, "score": 90, "catalogue": 4, "publish": 10}
"""Together 440 seconds on the longest path."""
NOON = 1_606_651_200 - 1_606_651_200 % 86400 + 43200


@dataclass
class Clock:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Lines:
    """A display that notes the lines."""

    said: list[str] = field(default_factory=list)

    def begin(self, title: str, text: str) -> None:
        self.said.append(f"{title} {text}")

    def tell(self, title: str, text: str, style: str) -> None:
        self.said.append(f"{title} {text}")

    def say(self, text: str) -> None:
        self.said.append(text)

    def close(self) -> None:
        self.said.append("closed")


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def progress(tmp_path: Path, clock: Clock, lines: Lines) -> Progress:
    """A run whose stages were all measured before."""
    return make(StageTimes(None, "shop", _shops={"shop": {key: [float(s)] for key, s in TIMES.items()}}), clock, lines)


def make(times: StageTimes, clock: Clock, lines: Lines | None = None, **more: Any) -> Progress:
    return Progress(times, lines or Lines(), plan=PLAN, now=clock, wall=lambda: NOON + clock(), **more)  # type: ignore[arg-type]


def run(progress: Progress, clock: Clock, key: str, seconds: float) -> None:
    progress.begin(key)
    clock.seconds += seconds
    progress.end(key, seconds)


def test_a_stage_begins_with_its_expected_time_and_the_end_of_all(progress: Progress, lines: Lines) -> None:
    """440 seconds after noon it is 12:07:20."""
    progress.begin("shop")
    assert lines.said == ["demo shop begins, about 60 s; all ends about 12:07, about 7 min left"]


def test_a_stage_ends_with_what_it_took(progress: Progress, clock: Clock, lines: Lines) -> None:
    run(progress, clock, "shop", 61)
    assert lines.said[-1] == "demo shop ended after 61 s"


def test_a_step_that_is_not_needed_is_left_out(progress: Progress, lines: Lines) -> None:
    """380 seconds without the demo shop."""
    progress.begin("ingest")
    assert lines.said[-1].endswith("all ends about 12:06, about 6 min left")


def test_stages_that_this_run_finished_scale_the_rest(progress: Progress, clock: Clock, lines: Lines) -> None:
    """Twice as slow: at 120 s there remain 2 x (40 + 240 + 90 + 10) = 760 s."""
    run(progress, clock, "shop", 120)
    progress.begin("ingest")
    assert lines.said[-1] == "ingest begins, about 80 s; all ends about 12:14, about 13 min left"
    run(progress, clock, "ingest", 80)
    progress.begin("images")
    assert lines.said[-1].startswith("images begins, about 8 min 0 s; ")


def test_two_stages_at_once_have_a_line_each(progress: Progress, clock: Clock) -> None:
    progress.begin("score")
    progress.begin("catalogue")
    clock.seconds = 2
    shown = progress.snapshot()
    assert [(line.title, line.elapsed, line.expected) for line in shown.running] == [
        ("score", 2, 90),
        ("catalogue", 2, 4),
    ]
    assert [line.share for line in shown.running] == [pytest.approx(2 / 90), 0.5]
    assert shown.share == pytest.approx(2 / 100)


def test_a_late_stage_says_so_and_moves_the_end(progress: Progress, clock: Clock, lines: Lines) -> None:
    """After 120 of 90 seconds it is expected to take 12 more, and publishing 10: not the 100 s of the begin."""
    progress.begin("score")
    clock.seconds = 120
    shown = progress.snapshot()
    assert shown.running[0].late == "longer than 1:30 of last time"
    assert shown.running[0].share == pytest.approx(0.99, abs=0.005)
    assert shown.ahead == "about 12:02, less than a minute left"  # 120 + 12 + 10 seconds after noon
    progress.end("score", 120)
    assert lines.said[-1] == "score ended after 2 min 0 s, longer than 1 min 30 s of last time"


def test_a_stage_that_nobody_planned_has_a_line_and_runs_beside(progress: Progress, clock: Clock, lines: Lines) -> None:
    progress.begin("images")
    progress.begin("daily_release.first_look")
    assert lines.said[-1] == "first look begins, not measured yet; all ends about 12:05, about 6 min left"
    clock.seconds = 30
    progress.end("daily_release.first_look", 30)
    assert progress.times.expected(Stage("daily_release.first_look", "first look")) == 30
    assert [line.title for line in progress.snapshot().running] == ["images"]


@given(st.lists(st.floats(min_value=0, max_value=300), min_size=1), st.floats(min_value=0.2, max_value=1000))
def test_shares_never_fall_even_if_the_pace_changes(waits: list[float], other: float) -> None:
    """While a stage runs, another one ends much sooner or later than expected, so all expected times change."""
    clock = Clock()
    shops = {"shop": {key: [float(s)] for key, s in TIMES.items()} | {"other": [50.0]}}
    progress = make(StageTimes(None, "shop", _shops=shops), clock)
    progress.begin("score")
    progress.begin("other")
    shares, of_all = [], []
    for number, wait in enumerate(waits):
        clock.seconds += wait
        if number == 1:
            progress.end("other", other)
        shown = progress.snapshot()
        shares.append(shown.running[0].share or 0)
        of_all.append(shown.share)
    assert shares == sorted(shares)
    assert of_all == sorted(of_all)
    assert max(shares + of_all) < 1


def test_only_a_stage_that_computed_is_remembered_and_counts_for_the_pace(tmp_path: Path, clock: Clock) -> None:
    times = StageTimes.open(Workspace(tmp_path), tmp_path / "shop")
    lines = Lines()
    progress = make(times, clock, lines, computed=lambda stage, since: stage.key != "ingest")
    run(progress, clock, "shop", 50)
    run(progress, clock, "ingest", 2)
    assert json.loads(record_file(Workspace(tmp_path)).read_text()) == {str(tmp_path / "shop"): {"shop": [50]}}
    assert lines.said[-1] == "ingest ended after 2 s, nothing to compute"


def test_whether_it_computed_is_asked_since_its_begin(clock: Clock) -> None:
    asked: list[float] = []
    progress = make(StageTimes(), clock, computed=lambda stage, since: bool(asked.append(since)))
    run(progress, clock, "ingest", 25)
    assert asked == [NOON]


def test_a_repeated_attempt_is_not_remembered(progress: Progress, clock: Clock) -> None:
    """It continues what the first one left."""
    progress.begin("ingest")
    progress.fail("ingest", "failed, is tried again")
    progress.begin("ingest", attempt=2)
    progress.end("ingest", 900, attempt=2)
    assert progress.times.expected(PLAN[1]) == 40


def test_a_record_that_cannot_be_written_does_not_end_the_run(
    tmp_path: Path, clock: Clock, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: StageTimes, stage: str, seconds: float) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(StageTimes, "add", full)
    run(make(StageTimes(), clock, lines), clock, "shop", 5)
    assert lines.said[-2:] == [
        "the time of this stage is not remembered: No space left on device",
        "demo shop ended after 5 s",
    ]


def test_a_step_that_fails_says_so_and_ends_the_live_lines(progress: Progress, lines: Lines) -> None:
    with pytest.raises(ValueError, match="no space"), progress, progress.stage("shop"):
        raise ValueError("no space")
    assert lines.said[-2:] == ["demo shop failed", "closed"]
    assert progress.snapshot().running == ()


def task(state: str, attempt: int = 1, duration: float | None = None) -> dict[str, Any]:
    names = {"dag_id": DAG, "task_id": "images.train_images"}
    return {**names, "state": state, "try_number": attempt, "duration": duration}


def test_each_change_of_a_tasks_state_is_said_once(clock: Clock, lines: Lines) -> None:
    progress = Progress(StageTimes(), lines, now=clock)  # type: ignore[arg-type]
    watch = RunWatch(None, progress=progress)  # type: ignore[arg-type]
    for seen in (
        task("queued", 0),
        task("running"),
        task("running"),
        task("up_for_retry"),
        task("running", 2),
        task("success", 2, 263.4),
        task("success", 2, 263.4),
    ):
        watch._show(seen)
    assert lines.said == [
        "image encoder begins, not measured yet",
        "image encoder failed, is tried again",
        "image encoder begins, try 2, not measured yet",
        "image encoder ended after 4 min 23 s",
    ]


def of_first_release(task_id: str, state: str) -> dict[str, Any]:
    return {"dag_id": DAG, "task_id": f"first_release.{task_id}", "state": state, "try_number": 1, "duration": None}


@pytest.fixture
def beside(clock: Clock, lines: Lines) -> RunWatch:
    """A run in which nothing but the first release takes time: 68 and 9 seconds."""
    shops = {"shop": {FIRST_SNAPSHOT: [68.0], FIRST_RELEASE: [9.0]}}
    progress = Progress(StageTimes(None, "shop", _shops=shops), lines, now=clock, wall=lambda: NOON + clock())  # type: ignore[arg-type]
    assert progress._time_to_end() == 77
    return RunWatch(None, progress=progress)  # type: ignore[arg-type]


@pytest.mark.parametrize("end", [("skipped", "skipped"), ("failed", "upstream_failed")], ids=lambda end: end[0])
def test_a_first_release_that_does_not_come_takes_no_time(beside: RunWatch, end: tuple[str, str]) -> None:
    beside._show(of_first_release("features", end[0]))
    assert beside.progress._time_to_end() == 9
    beside._show(of_first_release("first_release", end[1]))
    assert beside.progress._time_to_end() is None


def test_a_first_release_that_is_tried_again_still_takes_its_time(beside: RunWatch) -> None:
    beside._show(of_first_release("features", "up_for_retry"))
    assert beside.progress._time_to_end() == 77


def test_a_stage_that_skips_itself_after_its_begin_ends_its_line(beside: RunWatch, lines: Lines) -> None:
    beside._show(of_first_release("features", "running"))
    beside._show(of_first_release("features", "skipped"))
    beside._show(of_first_release("first_release", "skipped"))
    assert lines.said[-1] == "features (first release) skipped"
    assert beside.progress.snapshot().running == ()


def test_off_a_terminal_lines_are_plain(
    clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a CI asks for colours."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    with Progress(StageTimes(), plan=PLAN, now=clock) as progress:
        run(progress, clock, "shop", 3)
        progress.fail("ingest", "failed")
    said = capsys.readouterr().out
    assert re.sub(r"\d\d:\d\d:\d\d", "12:00:00", said).splitlines() == [
        "12:00:00  demo shop                 begins, not measured yet",
        "12:00:00  demo shop                 ended after 3 s",
        "12:00:00  ingest                    failed",
    ]
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", said)


def test_a_damaged_record_is_said(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.workspace.root.mkdir()
    record_file(site.workspace).write_text("{half")
    with Progress.of(site, site.workspace.demo_shop):
        pass
    assert "stage_times.json is ignored and made anew: Invalid JSON" in capsys.readouterr().out


def test_the_reference_is_named_as_long_as_nothing_was_measured(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for _ in range(2):
        progress = Progress.of(site, site.workspace.demo_shop)
        progress.begin("services")
        progress.end("services", 20)
        said.append(capsys.readouterr().out)
    assert ["Expected times: the demo shop's on" in run for run in said] == [True, False]
