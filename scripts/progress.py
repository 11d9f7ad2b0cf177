"""Progress of `make demo`: which stages run, what they took, and when all of it is expected to end."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.environment import Site
from scripts.forecast import pace, remaining_time, share_done, time_to_end
from scripts.progress_display import PlainDisplay, TerminalDisplay, is_live_terminal
from scripts.progress_view import RunningLine, Snapshot, duration, stopwatch, whole
from scripts.stage_outputs import has_written
from scripts.stage_plan import PLAN, Stage, stage_called, stages_before
from scripts.stage_times import StageTimes

TOLERANCE = 0.1
"""A stage is late if it takes more than this share longer."""


@dataclass
class RunningStage:
    stage: Stage
    began: float
    best_share: float = 0.0
    """Highest share that was shown; a smaller one is never shown after it."""


@dataclass
class Progress:
    """Follows the stages of one run and shows them; remembers what each took. Used from one thread, read by another."""

    times: StageTimes = field(default_factory=StageTimes)
    display: PlainDisplay | TerminalDisplay = field(default_factory=PlainDisplay)
    computed: Callable[[Stage, float], bool] = lambda stage, since: True
    """True if a stage wrote an output since a time (seconds since the epoch), so its time is worth remembering."""
    plan: tuple[Stage, ...] = PLAN
    now: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    _running: dict[str, RunningStage] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)
    _paces: list[tuple[float, float]] = field(default_factory=list)
    _began: float | None = None
    _best_share: float = 0.0
    _lock: Any = field(default_factory=threading.Lock)
    """Held for a moment, never while something is printed: the thread that refreshes the terminal takes it, too."""

    @classmethod
    def of(cls, site: Site, files: Path) -> "Progress":
        """Progress of a run on the shop's ``files``, shown in place on a terminal, by plain lines elsewhere."""
        progress = cls(StageTimes.open(site.workspace, files), computed=lambda *of: has_written(site.workspace, *of))
        if is_live_terminal():
            progress.display = TerminalDisplay(progress.snapshot)
        if progress.times.problem:
            progress.say(progress.times.problem)
        return progress

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the live lines, if there are any; what is said later is printed as usual."""
        self.display.close()

    def say(self, text: str) -> None:
        self.display.say(text)

    @contextlib.contextmanager
    def stage(self, key: str) -> Iterator[None]:
        """A step of the command itself, from its begin to its end."""
        self.begin(key)
        began = self.now()
        try:
            yield
        except Exception:
            self.fail(key, "failed")
            raise
        self.end(key, self.now() - began)

    def begin(self, key: str, attempt: int = 1) -> None:
        """A stage begins; stages before it that never began are left out of what remains."""
        if self._began is None:
            self._tell_reference()
        with self._lock:
            self._began = self.now() if self._began is None else self._began
            stage = self._stage(key)
            self._ended |= stages_before(key, self.plan) - self._running.keys()
            self._running[key] = RunningStage(stage, self.now())
            expected = self._expected(stage)
            ahead = whole(self.wall(), self._time_to_end())
        again = f", try {attempt}" if attempt > 1 else ""
        takes = f", about {duration(expected)}" if expected else ", not measured yet"
        self.display.begin(stage.title, f"begins{again}{takes}{ahead and f'; all ends {ahead}'}")

    def end(self, key: str, seconds: float, attempt: int = 1) -> None:
        """A stage has ended well; its last attempt took ``seconds``, and earlier ones may have done a part of it."""
        stage = self._stage(key)
        computed = self.computed(stage, self.wall() - seconds)
        with self._lock:
            late = self._late(stage, seconds)
            self._running.pop(key, None)
            self._ended.add(key)
        if computed and attempt == 1:
            self._remember(stage, seconds)
        found = "" if computed else ", nothing to compute"
        longer = f", longer than {duration(late[0])} {late[1]}" if late else ""
        self.display.tell(stage.title, f"ended after {duration(seconds)}{found}{longer}", "good")

    def fail(self, key: str, what: str) -> None:
        """A stage, or an attempt of it, ended badly; ``what`` says so."""
        with self._lock:
            self._running.pop(key, None)
        self.display.tell(self._stage(key).title, what, "bad")

    def leave_out(self, key: str) -> None:
        """A stage takes no more time in this run; that is said only if it had begun."""
        with self._lock:
            began = self._running.pop(key, None)
            self._ended.add(key)
        if began:
            self.display.tell(began.stage.title, "skipped", "good")

    def snapshot(self) -> Snapshot:
        """Lines of the running stages as of now; shares never fall."""
        with self._lock:
            now = self.now()
            lines = tuple(self._line(running, now) for running in self._running.values())
            remaining = self._time_to_end()
            if remaining and self._began is not None:
                elapsed = now - self._began
                self._best_share = max(self._best_share, elapsed / (elapsed + remaining))
            return Snapshot(lines, self._best_share, whole(self.wall(), remaining))

    def _line(self, running: RunningStage, now: float) -> RunningLine:
        elapsed = now - running.began
        expected = self._expected(running.stage)
        if expected:
            running.best_share = max(running.best_share, share_done(elapsed, expected))
        share = running.best_share if expected else None
        late = self._late(running.stage, elapsed)
        longer = f"longer than {stopwatch(late[0])} {late[1]}" if late else ""
        return RunningLine(running.stage.title, elapsed, share, expected, longer)

    def _stage(self, key: str) -> Stage:
        """The stage of a key; an unknown one becomes a part of the plan."""
        found = next((stage for stage in self.plan if stage.key == key), None)
        if found is None:
            found = stage_called(key)
            self.plan = (*self.plan, found)
        return found

    def _expected(self, stage: Stage) -> float | None:
        """Seconds that a stage takes at the pace of this run; None where nobody knows."""
        recorded = self.times.expected(stage)
        return recorded and recorded * pace(self._paces)

    def _late(self, stage: Stage, elapsed: float) -> tuple[float, str] | None:
        """Seconds that a late stage was expected to take, and whose they are; None if it is not late."""
        expected, recorded = self._expected(stage), self.times.expected(stage)
        if not expected or not recorded or elapsed <= expected * (1 + TOLERANCE) + 1:
            return None
        if self.times.is_measured(stage.time_key) and abs(expected - recorded) <= TOLERANCE * recorded:
            return recorded, "of last time"
        return expected, "expected"

    def _time_to_end(self) -> float | None:
        """Seconds until all stages have ended; None where no stage has an expected time."""
        remaining: dict[str, float] = {}
        for stage in self.plan:
            expected = None if stage.key in self._ended else self._expected(stage)
            if expected and stage.key in self._running:
                remaining[stage.key] = remaining_time(self.now() - self._running[stage.key].began, expected)
            elif expected:
                remaining[stage.key] = expected
        return time_to_end(self.plan, remaining) if remaining else None

    def _remember(self, stage: Stage, seconds: float) -> None:
        """The time counts for the pace of this run and for the next runs."""
        expected = self.times.expected(stage)
        with self._lock:
            if expected:
                self._paces.append((seconds, expected))
        try:
            self.times.add(stage.time_key, seconds)
        except OSError as error:
            self.say(f"the time of this stage is not remembered: {error}")

    def _tell_reference(self) -> None:
        """Says whose times are expected, where none is of this workspace."""
        reference, stages = self.times.reference, [stage.time_key for stage in self.plan]
        if reference and reference.seconds.keys() & set(stages) and not any(map(self.times.is_measured, stages)):
            self.say(f"Expected times: the demo shop's on {reference.machine}, adapted as stages end")
