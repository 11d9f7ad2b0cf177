"""Runs the whole path on a shop of the size of Kaggle's H&M data, and measures each stage: ``make bench-full``.

The shop is a demo shop without images. Each stage is its own command. A first run trains models. Then a day of
purchases is added, and a further run makes that day's lists without training. Time and peak memory of all processes
are kept in ``<workspace>/bench_full.json``, so that a stopped bench goes on where it was. The last line is
one JSON object.

``--growth`` keeps what benches of several sizes took, by the records in their workspaces, for ``scripts.bench.report``.

Stages named by ``--kills`` are repeated: what they made is dropped, they are killed by SIGKILL after half the time that
they took, and started again. What they make then must be the same, byte by byte; of ingest the tables are compared, not
the batches.
"""

import argparse
import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from recsys_core.pipeline.peak_memory import PeakMemory
from recsys_core.pipeline.stages import SERVING, TRAINING
from recsys_core.store.artifacts import digest_of, write_json
from scripts.bench.results import FULL_SIZE, add_out_option, keep, load_now

CUSTOMERS, ARTICLES, PURCHASES = 1_371_980, 105_542, 31_788_324
"""Size of the data of Kaggle's competition."""
FIRST_RUN: Final = ("ingest", "snapshot", *TRAINING, *(stage for stage in SERVING if stage != "refresh-retrievers"))
DAY: Final = ("ingest", "snapshot", "drift", *SERVING)
NOT_COMPARED: Final = "batches/"
"""Spark writes them; their footers list a column's encodings in an order that changes from one Java to the next."""
RECORD_FILE: Final = "bench_full.json"
KEPT: Final = ("seconds", "peak_mb", "peak_own_mb")
FIRST, KILLED = "first run", "killed half-way"


@dataclass
class Measured:
    """A stage of a run. ``attempts`` is above 1 if it was stopped; the times are sums over them."""

    seconds: float = 0.0
    peak_mb: int = 0
    peak_own_mb: int = 0
    """Without mapped files."""
    attempts: int = 0
    done: bool = False
    made: dict[str, str] = field(default_factory=dict)
    """Digest of the files of every artifact and release that the stage made, by its folder."""


class Record:
    """Measurements by run and stage, kept in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        found: Mapping[str, Mapping[str, Any]] = json.loads(file.read_text()) if file.exists() else {}
        self.runs = {run: {stage: Measured(**each) for stage, each in of.items()} for run, of in found.items()}

    def of(self, run: str, stage: str) -> Measured:
        return self.runs.setdefault(run, {}).setdefault(stage, Measured())

    def save(self) -> None:
        runs = {run: {stage: asdict(each) for stage, each in of.items()} for run, of in self.runs.items()}
        write_json(self._file, runs)


def main() -> int:
    args = parse_args()
    if args.growth:
        sizes = {"sizes": [of_size(folder) for folder in args.growth]}
        keep(args.out, FULL_SIZE, sizes, load_now())
        print(json.dumps(sizes))
        return 0
    workspace = args.workspace.absolute()
    workspace.mkdir(parents=True, exist_ok=True)
    record, shop = Record(workspace / RECORD_FILE), workspace / "shop"
    env = {**os.environ, "RECSYS_WORKSPACE": str(workspace / "workspace")}
    sizes = ["--customers", str(args.customers), "--articles", str(args.articles), "--purchases", str(args.purchases)]
    run(record, "shop", "demo-data", [*sizes, "--no-images", "--out", str(shop)], env)
    for stage in FIRST_RUN:
        run(record, FIRST, stage, options_of(stage, shop), env)
    differing = [name for stage in args.kills for name in repeat_with_kill(record, stage, shop, env)]
    if not args.first_run_only:
        add_a_day(shop)
        for stage in DAY:
            run(record, "a day", stage, [], env)
    print(table(record))
    print(json.dumps(summary(record) | ({"killed_and_differing": differing} if args.kills else {})))
    return 1 if differing else 0


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, default=Path("var/bench-full"), help="folder of shop and outputs")
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--purchases", type=int, default=PURCHASES)
    parser.add_argument("--first-run-only", action="store_true", help="without the day after it")
    parser.add_argument("--kills", nargs="*", choices=FIRST_RUN, default=[], help="stages to be killed once, see above")
    parser.add_argument("--growth", type=Path, nargs="+", metavar="WORKSPACE", help="keep those of finished benches")
    add_out_option(parser)
    return parser.parse_args()


def options_of(stage: str, shop: Path) -> list[str]:
    """Options of a stage of the first run."""
    return ["--data", str(shop)] if stage == "ingest" else []


def repeat_with_kill(record: Record, stage: str, shop: Path, env: Mapping[str, str]) -> list[str]:
    """Make the artifacts of a stage of the first run once more, with a kill; returns those that are others now.

    Raises
    ------
    ValueError
        If the stage made none.
    """
    workspace, before = Path(env["RECSYS_WORKSPACE"]), record.of(FIRST, stage).made
    if not before:
        raise ValueError(f"{stage} made no artifact and no release that could be compared")
    if not record.of(KILLED, stage).attempts:
        for name in before:
            shutil.rmtree(workspace / name)
        kill_half_way(record, stage, options_of(stage, shop), env)
    run(record, KILLED, stage, options_of(stage, shop), env)
    now, compared = contents(workspace), [name for name in before if not name.startswith(NOT_COMPARED)]
    differing = sorted(name for name in compared if now.get(name) != before[name])
    say(f"{KILLED}: {stage}: {len(compared) - len(differing)} of {len(compared)} are the same")
    return differing


def kill_half_way(record: Record, stage: str, options: Sequence[str], env: Mapping[str, str]) -> None:
    """Start a stage and kill all its processes after half the time that it took in the other run."""
    measured, after = record.of(KILLED, stage), record.of(FIRST, stage).seconds / 2
    process = subprocess.Popen(command_of(stage, options), env=env, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        say(f"{KILLED}: {stage} killed after {after:.0f} s")
    measured.attempts, measured.seconds = 1, round(after, 1)
    record.save()


def contents(workspace: Path) -> dict[str, str]:
    """Digest of the files of every artifact and release, by its folder."""

    def records(name: str) -> dict[str, Any]:
        files = (file for file in workspace.glob(name) if not file.parent.is_symlink())
        return {str(file.parent.relative_to(workspace)): json.loads(file.read_text()) for file in files}

    releases = {folder: digest_of(of["content"]) for folder, of in records("releases/*/manifest.json").items()}
    return {folder: of["content_sha256"] for folder, of in records("**/artifact.json").items()} | releases


def command_of(stage: str, options: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "recsys_core.cli", stage, *options]


def run(record: Record, name: str, stage: str, options: Sequence[str], env: Mapping[str, str]) -> None:
    """Run one command of a run and note what it took, unless it was finished before.

    Raises
    ------
    subprocess.CalledProcessError
        If it fails.
    """
    measured = record.of(name, stage)
    if measured.done:
        return
    say(f"{name}: {stage}")
    measured.attempts += 1
    workspace, started = Path(env["RECSYS_WORKSPACE"]), time.monotonic()
    before = contents(workspace)
    memory = PeakMemory()
    try:
        with memory:
            subprocess.run(command_of(stage, options), env=env, check=True, stdout=subprocess.DEVNULL)
        measured.done = True
    finally:
        measured.made |= {made: digest for made, digest in contents(workspace).items() if made not in before}
        measured.seconds += round(time.monotonic() - started, 1)
        measured.peak_mb = max(measured.peak_mb, memory.peak_mb)
        measured.peak_own_mb = max(measured.peak_own_mb, memory.peak_own_mb)
        record.save()
    say(f"{name}: {stage} {measured.seconds:.0f} s, {measured.peak_own_mb} MB, {measured.peak_mb} with mapped files")


def add_a_day(shop: Path) -> None:
    """The purchases of the last day once more, a day later, as a file of their own; only once. Lines come by day."""
    if len(list(shop.glob("transactions*.csv"))) > 1:
        return
    last: list[bytes] = []
    with (shop / "transactions_train.csv").open("rb") as file:
        header = file.readline()
        for line in file:
            if last and line[:10] > last[0][:10]:
                last.clear()
            last.append(line)
    day = dt.date.fromisoformat(last[0][:10].decode()) + dt.timedelta(days=1)
    fresh = shop / f".{day}.part"
    fresh.write_bytes(header + b"".join(str(day).encode() + line[10:] for line in last))
    fresh.rename(shop / f"transactions_{day}.csv")


def table(record: Record) -> str:
    """Each run's stages as a table of Markdown, with sums."""
    lines = ["| run | stage | seconds | peak memory, GB | with mapped files |", "|---|---|--:|--:|--:|"]
    for name, stages in record.runs.items():
        for stage, each in stages.items():
            lines.append(_row(name, stage, each))
        whole = Measured(
            sum(each.seconds for each in stages.values()),
            *(max(getattr(each, peak) for each in stages.values()) for peak in ("peak_mb", "peak_own_mb")),
        )
        lines.append(_row(name, "all", whole))
    return "\n".join(lines)


def of_size(folder: Path) -> dict[str, Any]:
    """Counts of the shop of a bench, and seconds and peak memory of its finished stages, by run."""
    counts = json.loads((folder / "workspace/tables/current/artifact.json").read_text())["summary"]
    runs = {
        run: {stage: {name: getattr(each, name) for name in KEPT} for stage, each in of.items() if each.done}
        for run, of in Record(folder / RECORD_FILE).runs.items()
    }
    return {
        "customers": counts["customers"],
        "articles": counts["articles"],
        "purchases": counts["transactions"],
        "runs": runs,
    }


def summary(record: Record) -> dict[str, Any]:
    """Seconds by run and stage, what training took of the first run, and the peak memory of all."""
    runs = {name: {stage: each.seconds for stage, each in of.items()} for name, of in record.runs.items()}
    first = runs.get(FIRST, {})
    return {
        "seconds": runs,
        "training_seconds": sum(first.get(stage, 0.0) for stage in TRAINING),
        "first_run_without_training_seconds": sum(s for stage, s in first.items() if stage not in TRAINING),
        "day_seconds": sum(runs.get("a day", {}).values()),
        "peak_own_mb": max(each.peak_own_mb for of in record.runs.values() for each in of.values()),
        "peak_mb": max(each.peak_mb for of in record.runs.values() for each in of.values()),
    }


def _row(run_name: str, stage: str, measured: Measured) -> str:
    peaks = " | ".join(f"{peak / 1024:.1f}" for peak in (measured.peak_own_mb, measured.peak_mb))
    return f"| {run_name} | {stage} | {measured.seconds:.0f} | {peaks} |"


def say(text: str) -> None:
    print(f"{dt.datetime.now():%H:%M:%S} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
