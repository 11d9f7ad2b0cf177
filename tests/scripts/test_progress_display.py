"""Lines on a terminal, rendered by rich into text; the terminal of the last test is a real one."""

import os
import pty
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from scripts.progress_display import LiveLines, console
from scripts.progress_view import RunningLine, Snapshot

REPOSITORY = Path(__file__).parents[2]
ENCODER = RunningLine("image encoder", 103, 0.39, 263, "")
LATE = RunningLine("scores of all customers", 120, 0.99, 90, "longer than 1:30 of last time")
UNKNOWN = RunningLine("first release", 61, None, None, "")


def rendered(shown: Snapshot, width: int) -> list[str]:
    output = StringIO()
    Console(file=output, width=width, color_system=None).print(LiveLines(shown))
    return [line.rstrip() for line in output.getvalue().splitlines()]


def test_each_running_stage_has_a_line_and_the_last_one_tells_the_end_of_all() -> None:
    shown = Snapshot((ENCODER, LATE, UNKNOWN), 0.2, "about 12:07, about 7 min left")
    assert rendered(shown, 80) == [
        "image encoder             ━━━       39 %  1:43 of about 4:23",
        "scores of all customers   ━━━━━━━╸  99 %  2:00, longer than 1:30 of last time",
        "first release                             1:01",
        "all ends                  ━╸        20 %  about 12:07, about 7 min left",
    ]


def test_a_narrow_terminal_has_one_line_for_each_stage() -> None:
    shown = Snapshot((ENCODER, LATE, UNKNOWN), 0.2, "about 12:07, about 7 min left")
    lines = rendered(shown, 50)
    assert len(lines) == 4
    assert all(len(line) <= 50 for line in lines)


def test_no_color_means_no_colours_and_no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    assert console().color_system is None


RUN = """
import time
from scripts.progress import Progress
from scripts.progress_display import TerminalDisplay, is_live_terminal
progress = Progress()
assert is_live_terminal()
progress.display = TerminalDisplay(progress.snapshot)
with progress, progress.stage("services"):
    time.sleep(0.1)
    progress.say("Airflow is at port 8080")
print("after")
"""


def test_on_a_terminal_ended_stages_stay_and_the_cursor_comes_back() -> None:
    control, terminal = pty.openpty()
    env = {**os.environ, "TERM": "xterm", "NO_COLOR": "1"}
    with os.fdopen(terminal, "wb") as output:
        subprocess.run([sys.executable, "-c", RUN], cwd=REPOSITORY, env=env, stdout=output, stderr=output, check=True)
    written = os.read(control, 1 << 16).decode()
    os.close(control)
    assert "\x1b[?25l" in written
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")
    assert not re.search(r"\x1b\[[0-9;]*m", written)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written)
    for line in ("Airflow is at port 8080", "ended after 0 s", "after"):
        assert line in text
