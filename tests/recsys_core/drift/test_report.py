import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from recsys_core.drift.config import DriftConfig
from recsys_core.drift.detection import movements
from recsys_core.drift.report import POLICY, REPORT, SILENT, write_report
from recsys_core.drift.samples import Sample, samples_of
from tests.support.drifting_shop import usual_shop
from tests.support.planted_drifts import DRIFTS

CONFIG = DriftConfig()


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Sample]]:
    """Of a shop, and of the same a week later, after its prices became cents."""
    folder, shop = tmp_path_factory.mktemp("shop"), usual_shop(40, per_day=120)
    changed = DRIFTS["prices in cents"](shop, 31)
    found = shop.snapshot(folder, 30), changed.snapshot(folder, 37)
    return [samples_of(snapshot, CONFIG.max_rows) for snapshot in found]


def test_evidently_draws_and_measures_what_we_decide_by(
    samples: list[dict[str, Sample]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("the report talks to somebody")

    monkeypatch.setattr(socket.socket, "connect", refused)
    moved = movements(*samples, {}, CONFIG)
    measured = write_report(tmp_path, "Drift <today>", ["prices & more"], moved, *samples)

    assert measured == pytest.approx({move.column: move.value for move in moved}, abs=1e-9)
    page = (tmp_path / REPORT).read_text()
    assert page.count("<section") == 1
    assert "Drift &lt;today&gt;" in page
    assert "prices &amp; more" in page
    assert '<tr class="found"><td>sold.price</td><td>wasserstein</td>' in page
    assert POLICY in page[: page.index("<script")]
    assert "http" not in POLICY
    write_report(tmp_path, "Drift <today>", ["prices & more"], moved, *samples)
    assert (tmp_path / REPORT).read_text() == page  # evidently's ids are random
    assert {name: os.environ[name] for name in SILENT} == SILENT
    assert not {"iterative_telemetry", "evidently.telemetry"} & set(sys.modules)


def test_without_the_snapshot_of_then_the_page_says_so_alone(tmp_path: Path) -> None:
    assert write_report(tmp_path, "Drift", ["the snapshot is gone"], [], {}, {}) == {}
    assert "<p>the snapshot is gone</p></section>" in (tmp_path / REPORT).read_text()


def test_neither_the_command_line_nor_the_question_whether_to_train_imports_evidently() -> None:
    code = "import sys, recsys_core.cli, recsys_core.pipeline.training_due, recsys_core.drift.report\n"
    code += "print(sorted({'evidently', 'iterative_telemetry', 'plotly'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["[]"]
